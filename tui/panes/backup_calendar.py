"""The calendar of kept backups: months side by side, each day with a sign of how well its backups are proven. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo

from ops.slo.calendar import zone
from tui.glyphs import Glyphs
from tui.panes.backup_known import WORDS, Day, Mark, number_of
from tui.widgets.lines import Line

CELL = 4
"""Cells of a day: two digits, its sign, a space."""
MONTH = 7 * CELL
GAP = 2
MOST = 4
"""Months that stand side by side at most."""
_FIRST = date(1970, 1, 1)
_HEADS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
STYLES: Mapping[Mark, str] = {
    "drilled": "ok", "verified": "ok", "unverified": "unknown", "expires": "muted", "broken": "critical",
    "failed": "critical",
}  # fmt: skip


def sign(mark: Mark, glyphs: Glyphs) -> str:
    """The sign of a mark: each has its own, so that none needs its colour."""
    return {
        "drilled": glyphs.marks["deploy"],
        "verified": glyphs.levels["ok"],
        "unverified": glyphs.levels["unknown"],
        "expires": glyphs.dash,
        "broken": glyphs.levels["critical"],
        "failed": glyphs.marks["gone"],
    }[mark]


def months(width: int) -> int:
    """How many have room side by side."""
    return min(max((width + GAP) // (MONTH + GAP), 1), MOST)


def calendar(
    days: Mapping[int, Day], back: int, width: int, now: float, glyphs: Glyphs, time_zone: str = "UTC"
) -> list[Line]:
    """Months up to this one, or up to the one so many months `back`; newest at the right, below it what signs mean."""
    today = _today(now, zone(time_zone))
    shown = [_before(today.replace(day=1), back + place) for place in reversed(range(months(width)))]
    columns = [list(_lines(first, days, number_of(today), glyphs)) for first in shown]
    height = max(len(column) for column in columns)
    lines: list[Line] = []
    for y in range(height):
        line: list[tuple[str, str]] = []
        for column in columns:
            line += [(" " * GAP, "text")] if line else []
            line += column[y] if y < len(column) else [(" " * MONTH, "text")]
        lines.append(line)
    where: list[Line] = [] if time_zone == "UTC" else [[(f"days of {time_zone}", "muted")]]
    return [*lines, *where, *_legend(days, shown, glyphs)]


def farthest(days: Mapping[int, Day], now: float, time_zone: str = "UTC") -> int:
    """How many months back the oldest day is."""
    if not days:
        return 0
    oldest, newest = _FIRST + timedelta(days=min(days)), _today(now, zone(time_zone))
    return max((newest.year - oldest.year) * 12 + newest.month - oldest.month, 0)


def _today(now: float, here: tzinfo) -> date:
    return datetime.fromtimestamp(now, here).date()


def _before(first: date, number: int) -> date:
    count = first.year * 12 + first.month - 1 - number
    return date(max(count // 12, 1), count % 12 + 1, 1)


def _lines(first: date, days: Mapping[int, Day], today: int, glyphs: Glyphs) -> Iterator[Sequence[tuple[str, str]]]:
    yield [(f"{first:%Y-%m}".center(MONTH), "strong")]
    yield [("".join(f"{head:<{CELL}}" for head in _HEADS), "head")]
    day = first - timedelta(days=first.weekday())
    while day.month == first.month or day < first:
        line: list[tuple[str, str]] = []
        for _ in _HEADS:
            line += _day(day, days, today, glyphs) if day.month == first.month else [(" " * CELL, "text")]
            day += timedelta(days=1)
        yield line


def _day(day: date, days: Mapping[int, Day], today: int, glyphs: Glyphs) -> list[tuple[str, str]]:
    number = number_of(day)
    found = days.get(number)
    style = "muted" if number > today else "accent" if number == today else "text"
    if found is None:
        return [(f"{day.day:>2}  ", style)]
    return [(f"{day.day:>2}", style), (f"{sign(found.mark, glyphs)} ", STYLES[found.mark])]


def _legend(days: Mapping[int, Day], shown: Sequence[date], glyphs: Glyphs) -> Iterator[Line]:
    """What the signs that are in view mean."""
    begin, end = number_of(shown[0]), number_of(_before(shown[-1], -1))
    there = {found.mark for day, found in days.items() if begin <= day < end}
    line: list[tuple[str, str]] = []
    for mark, word in WORDS.items():
        if mark in there:
            line += [(f"{sign(mark, glyphs)} ", STYLES[mark]), (f"{word}  ", "muted")]
    yield line or [("none in these months", "muted")]
