"""The head of the drift screen, and drift over time: words and a line for each detection that was news. Pure."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from collectors.text import LINE_LIMIT, clean
from ops.drift.structs import Difference, Findings, Head, Seen, Severity
from ops.figures import clock, duration, several
from tui.glyphs import Glyphs
from tui.panes.cells import age
from tui.panes.drift_tree import SPANS, STYLES, View, counts, sign
from tui.panes.fix_words import wrapped
from tui.widgets.lines import Line, cut
from tui.widgets.sparkline import bar, sparkline

_BAR = 10
MOST_LISTED = 300
"""Differences that are listed of what is expected, and of what is ignored."""


def standing(findings: Findings, glyphs: Glyphs) -> list[tuple[str, str]]:
    """How much differs: "● 2 critical ▲ 5 warning · 12 info, 3 expected"."""
    parts = [
        (f"{sign(severity, glyphs)} {number:,} {severity} ", STYLES[severity])
        for severity, number in counts(findings.differences).items()
        if number
    ]
    expected = sum(bool(one.expected) for one in findings.differences)
    ignored = sum(bool(one.ignored) for one in findings.differences)
    more = [f"{number:,} {word}" for number, word in ((expected, "expected"), (ignored, "ignored")) if number]
    if unread := sum(bool(one.unreadable) for one in findings.sources):
        parts.append((f"{glyphs.levels['unknown']} {several(unread, 'source')} unreadable ", "unknown"))
    parts = parts or [(f"{glyphs.levels['ok']} as agreed ", "ok")]
    return [*parts, (", ".join(more) + " ", "muted")] if more else parts


def filtered(view: View) -> list[tuple[str, str]]:
    """What is not shown of it, in words."""
    parts = [f"/{'!' if view.inverse else ''}{view.text}"] if view.text else []
    parts += [f"new {SPANS[view.new][1]}"] if view.new else []
    parts += ["with all that is expected or ignored"] if view.all else []
    return [(f"  {', '.join(parts)} ", "accent")] if parts else []


def whence(findings: Findings | None, current: Head | None, now: float) -> str:
    """What is compared with what, and when."""
    if findings is None:
        return f'baseline "{clean(current.name)}", nothing compared yet' if current else "no baseline yet"
    head = findings.baseline
    agreed = f'baseline "{clean(head.name)}" of {clean(head.host)}, {age(now - head.at)} ago by {clean(head.user)}'
    return f"compared {age(now - findings.at)} ago in {duration(findings.took_s)} with {agreed}"


def outdated(findings: Findings | None, current: Head | None) -> str:
    """That what is shown was compared with another baseline than the one that counts now; "" mostly."""
    if findings is None or current is None or findings.baseline.id == current.id:
        return ""
    return f'these were compared with another baseline than "{clean(current.name)}": d compares anew'


def progress(doing: str, what: str, ratio: float, glyphs: Glyphs) -> list[tuple[str, str]]:
    """How far something is: "▶ detecting ███░░░░░░░ 31 % containers"."""
    return [
        (f" {glyphs.runs} {doing} ", "strong"),
        (bar(ratio, _BAR, glyphs), "bar"),
        (f" {ratio * 100:.0f} % {clean(what)}  ", "accent"),
    ]


def fitted(parts: Sequence[tuple[str, str]], width: int, glyphs: Glyphs) -> Line:
    """As many words as there is room for; what matters least stands last."""
    line: list[tuple[str, str]] = []
    for text, style in parts:
        line.append((cut(text, max(width, 0), glyphs), style))
        width -= cell_len(line[-1][0])
    return line


def over_time(lines: Sequence[Seen], width: int, now: float, glyphs: Glyphs) -> Iterator[Line]:
    """Drift over time: a picture of it, then what came and went. `lines` come newest first."""
    if not lines:
        yield [("nothing was ever compared here: d on the drift screen compares", "muted")]
        return
    oldest = lines[-1]
    values = [float(one.critical + one.warning + one.info) for one in reversed(lines)]
    yield [(f"differences that counted, since {clock(oldest.at, now)}, at most {max(values):,.0f}", "muted")]
    yield [(sparkline(values, glyphs, width=max(width, 10)), "bar")]
    yield []
    for one in lines:
        yield from _moment(one, width, now, glyphs)


def _moment(one: Seen, width: int, now: float, glyphs: Glyphs) -> Iterator[Line]:
    counts: dict[Severity, int] = {"critical": one.critical, "warning": one.warning, "info": one.info}
    numbers = [
        (f"  {sign(severity, glyphs)} {number:,} {severity}", STYLES[severity])
        for severity, number in counts.items()
        if number
    ]
    rest = [
        f"{number:,} {word}"
        for number, word in ((one.unreadable, "unreadable"), (one.expected, "expected"), (one.ignored, "ignored"))
        if number
    ]
    when = f"{clock(one.at, now)}  "
    line = [(when, "accent"), *(numbers or [("  as agreed", "ok")]), ("  " + ", ".join(rest), "muted")]
    yield fitted([*line, (f'  with "{clean(one.baseline)}" in {duration(one.took_s)}', "muted")], width, glyphs)
    for word, style, paths in (("new: ", "came", one.new), ("gone: ", "gone", one.gone)):
        for path in paths:
            yield [(f"    {word}", "muted"), (cut(clean(path, LINE_LIMIT), max(width - 10, 10), glyphs), style)]


def accepted(differences: Sequence[Difference], width: int) -> Iterator[Line]:
    """Who accepted what, and what else is expected or ignored."""
    expected = [one for one in differences if one.expected]
    ignored = [one for one in differences if one.ignored]
    yield [(f"expected: {several(len(expected), 'difference')}, ignored: {len(ignored):,}", "strong")]
    for one in expected[:MOST_LISTED]:
        yield from wrapped(one.path, "text", width, "  ")
        yield from wrapped(one.expected, "ok", width, "    ")
    for one in ignored[:MOST_LISTED]:
        yield from wrapped(f"{one.path}  ignored by the rule {one.ignored}", "muted", width, "  ")
    if (more := sum(max(len(some) - MOST_LISTED, 0) for some in (expected, ignored))) > 0:
        yield [(f"  and {several(more, 'more difference')}", "muted")]
