"""What is said of one line of the tree: its diff, how grave it is, who accepted it, what puts it right. Pure."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from collectors.text import LINE_LIMIT, clean
from ops.drift.remedy import Remedy
from ops.drift.rows import meaning
from ops.drift.structs import Difference, Findings
from ops.figures import clock, several
from tui.glyphs import Glyphs
from tui.panes.cells import age
from tui.panes.drift_diff import body, is_digest
from tui.panes.drift_tree import STYLES, Node, counted, read_words, sign
from tui.panes.fix_words import wrapped
from tui.widgets.lines import Line

MOST_LINES = 3_000
MOST_LISTED = 200
"""Items that are listed under a source."""
MOST_NOTES = 3
_DIGESTS = "a salted digest stands for a value that is never kept: it tells only whether that is the same"


class Shown(NamedTuple):
    """How it is to be shown."""

    width: int
    now: float
    beside: bool
    glyphs: Glyphs
    fix_key: str = "x"
    """"" where nothing may be done from here."""


def story(node: Node, findings: Findings, remedy: Remedy | None, how: Shown) -> list[Line]:
    """Everything about one line of the tree. `remedy` is None while it is not known yet."""
    lines = list(_notes(findings, how.width))
    if node.leaf and node.difference is not None:
        lines += _difference(node.difference, findings, remedy, how)
    elif node.depth == 0:
        lines += _source(node, how)
    else:
        lines += _item(node, how)
    if len(lines) > MOST_LINES:
        return [*lines[:MOST_LINES], [(f"and {several(len(lines) - MOST_LINES, 'more line')}", "muted")]]
    return lines


def _notes(findings: Findings, width: int) -> Iterator[Line]:
    for note in findings.notes[:MOST_NOTES]:
        yield from wrapped(note, "warning", width)
    if len(findings.notes) > MOST_NOTES:
        yield [(f"and {len(findings.notes) - MOST_NOTES} more to be said of it", "muted")]


def _difference(one: Difference, findings: Findings, remedy: Remedy | None, how: Shown) -> Iterator[Line]:
    yield from wrapped(one.path, "strong", how.width)
    yield from _standing(one, how)
    yield from _remedy(one, remedy, how)
    yield []
    yield _sides(findings, how)
    yield from body(one, how.width, how.glyphs, beside=how.beside)
    if is_digest(one):
        yield []
        if stands_for := meaning(one):
            yield from wrapped(f"it is {stands_for}", "muted", how.width)
        yield from wrapped(_DIGESTS, "muted", how.width)


def _standing(one: Difference, how: Shown) -> Iterator[Line]:
    grave = f"{sign(one.severity, how.glyphs)} {one.severity}"
    since = f", first seen {age(how.now - one.since)} ago ({clock(one.since, how.now)})" if one.since else ""
    yield [(grave, STYLES[one.severity]), (f"  {one.kind}{since}", "text")]
    if one.expected:
        yield from wrapped(f"expected: {one.expected}", "ok", how.width)
    if one.ignored:
        yield from wrapped(f"ignored by the rule {one.ignored}", "muted", how.width)


def _remedy(one: Difference, remedy: Remedy | None, how: Shown) -> Iterator[Line]:
    if remedy is None:
        return
    if remedy.fix:
        key = how.fix_key or "read-only"
        yield from wrapped(f"{key}: {remedy.fix}", "accent", how.width)
    elif remedy.by_hand:
        yield from wrapped(f"by hand: {remedy.by_hand}", "accent", how.width)
    if not one.kept:
        yield from wrapped("the baseline does not hold all of it: too long, or secret", "muted", how.width)


def _sides(findings: Findings, how: Shown) -> Line:
    """What stands for what."""
    name = clean(findings.baseline.name)
    agreed = f"agreed ({name}, {age(how.now - findings.baseline.at)} ago)"
    now = clean(findings.against) or f"found {age(how.now - findings.at)} ago"
    side = (how.width - 3) // 2
    if how.beside and len(agreed) + 2 <= side:
        return [(f"{'- ' + agreed:<{side}}   ", "muted"), (f"+ {now}", "muted")]
    return [(f"- {agreed}   + {now}", "muted")]


def _item(node: Node, how: Shown) -> Iterator[Line]:
    """All differences of one thing, one after the other."""
    yield from wrapped(node.label, "strong", how.width)
    yield [(counted(node.differences, how.glyphs), "text")]
    for one in node.differences[:MOST_LISTED]:
        yield []
        yield _named(one, clean(one.place.fact, LINE_LIMIT) or "the whole of it", how.glyphs)
        if not one.counts:
            yield from wrapped(one.expected or f"ignored by the rule {one.ignored}", "muted", how.width)
        yield from body(one, how.width, how.glyphs, beside=how.beside)
    yield from _more(node)


def _named(one: Difference, name: str, glyphs: Glyphs) -> Line:
    style = STYLES[one.severity] if one.counts else "muted"
    return [(f"{sign(one.severity, glyphs)} ", style), (name, "strong"), (f"  {one.kind}", "muted")]


def _more(node: Node) -> Iterator[Line]:
    if (more := len(node.differences) - MOST_LISTED) > 0:
        yield [(f"and {several(more, 'more difference')}", "muted")]


def _source(node: Node, how: Shown) -> Iterator[Line]:
    """How reading it went, and what of it differs."""
    yield [(node.label, "strong"), (f"  {counted(node.differences, how.glyphs) or 'nothing differs'}", "text")]
    if node.read is not None:
        for text, style in read_words(node.read):
            yield from wrapped(text, style, how.width)
    yield []
    for one in node.differences[:MOST_LISTED]:
        place = one.place
        yield _named(one, clean(f"{place.item} {place.fact}".rstrip(), LINE_LIMIT), how.glyphs)
    yield from _more(node)


def as_text(lines: Sequence[Line]) -> str:
    """Lines as they are copied."""
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines)
