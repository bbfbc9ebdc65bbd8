"""Differences in full, as one reads a diff: item by item, fact by fact, texts line by line."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ops.drift.rows import short
from ops.drift.structs import Difference, Value
from ops.drift.text_diff import EMPTY, MASKED, unified
from ops.figures import duration
from ops.redact import mask, shown
from tui.cli.drift_told import grade, why_not
from tui.cli.output import glyphs, in_colour

if TYPE_CHECKING:
    from ops.drift.desk import DriftDesk

_SIGNS = {"added": "+", "removed": "-", "changed": "~", "reordered": "~", "unreadable": "?"}
_SGR = {"+": "32", "-": "31"}
WHOLE = "the whole of it"
_MENDED = 100
"""Differences for which it is looked what puts them right."""


def diff_lines(found: Sequence[Difference], mending: Mapping[str, str], now: float) -> Iterator[str]:
    """All of them, those of one item together. `mending` says by path what puts them right."""
    items: dict[str, list[Difference]] = {}
    for one in found:
        place = one.place
        items.setdefault(f"{place.source}:{place.item}", []).append(one)
    for name, differences in items.items():
        yield name
        for one in differences:
            yield from _fact(one, now)
            if one.path in mending:
                yield f"    {mending[one.path]}"


def _fact(one: Difference, now: float) -> Iterator[str]:
    since = f", for {duration(now - one.since)}" if 0 < one.since < now else ""
    beside = f"; {why_not(one)}" if why_not(one) else ""
    sign = _SIGNS[one.kind]
    yield f"{grade(one.severity)} {_coloured(sign, f'{sign} {one.place.fact or WHOLE}')} ({one.kind}{since}{beside})"
    if one.kind == "unreadable":
        yield f"    {shown(one.reason)}"
    elif not one.place.fact:
        yield from (_coloured(sign, f"    {sign} {name} {short(value)}") for name, value in sorted(one.facts.items()))
    else:
        yield from _values(one)


def _values(one: Difference) -> Iterator[str]:
    before, after = _text(one.before), _text(one.after)
    if before == after:
        sign = "+" if one.before is None else "-" if one.after is None else ""
        yield _coloured(sign, f"    {sign} {EMPTY}") if sign else f"    {MASKED}"
    for line in unified(before, after):
        sign = glyphs().ellipsis if line.sign == "…" else line.sign
        yield _coloured(line.sign, f"    {sign} {line.text}".rstrip())


def _text(value: Value | None) -> str:
    """A value as lines that can be compared; each ends with a line feed, but for a text, which is as it is."""
    if isinstance(value, str) and "\n" in value:
        return mask(value)
    if isinstance(value, tuple):
        return "".join(f"{shown(one)}\n" for one in value)
    if value is None or value == "":
        return ""
    return f"{shown(value) if isinstance(value, str) else short(value)}\n"


def _coloured(sign: str, text: str) -> str:
    return f"\x1b[{_SGR[sign]}m{text}\x1b[0m" if sign in _SGR and in_colour() else text


def mending(desk: "DriftDesk", found: Sequence[Difference]) -> dict[str, str]:
    """What puts each of these right, by path: the fix that fits best, or what a person should do."""
    return {one.path: _mending(desk, one) for one in found[:_MENDED]}


def _mending(desk: "DriftDesk", one: Difference) -> str:
    from ops.drift.remedy import remedy

    found = remedy(desk, one)
    return f"fix: {found.fix}" if found.fix else f"by hand: {found.by_hand}"
