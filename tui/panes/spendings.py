"""What stretches of time spent of an error budget: days, the worst ten minutes, outages, and what was taken out."""

import time
from collections.abc import Iterator, Sequence

from ops.board import LEVELS, Budget
from ops.figures import count
from ops.past.marks import named
from ops.past.structs import Mark, Spend, TakenOut
from tui.glyphs import Glyphs
from tui.panes import promises
from tui.widgets.lines import Line, cut
from tui.widgets.sparkline import bar, sparkline

MOST = 20
"""Stretches that are listed of one sort; the rest is counted."""
_MARKS = 4
"""What happened, for each stretch."""
_BAR = 12
_DAY_S = 86400.0
_MOST_DAYS = 400


def moment(at: float) -> str:
    """A moment: "2026-11-13 22:01 UTC"."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at))


def days(spends: Sequence[Spend], budget: Budget, width: int, glyphs: Glyphs) -> Iterator[Line]:
    """All days of the window as a line of blocks, then those that spent something, newest first."""
    if not spends:
        return
    spending = [spend for spend in spends if spend.spent_ratio > 0]
    told = f"  {len(spending)} of {len(spends)} with data spent something" if spending else "  none spent anything"
    yield [("Budget by day", "strong"), (told, "muted")]
    if len(spends) > 1:
        by_day = _by_day(spends)
        yield [("  " + sparkline(by_day, glyphs, width=max(width - 4, 10)), "series-1")]
        yield [(f"  {_date(spends[0])} to {_date(spends[-1])}, {_tallest(by_day)}", "muted")]
    for spend in spending[: -MOST - 1 : -1]:
        yield _line(_date(spend), spend, width, glyphs)
    yield from _rest(len(spending))


def _by_day(spends: Sequence[Spend]) -> list[float | None]:
    """What each day spent, from the first to the last; None for a day without data."""
    values: list[float | None] = []
    for before, spend in zip((None, *spends), spends, strict=False):
        missing = round((spend.start - before.start) / _DAY_S) - 1 if before else 0
        values += [None] * min(missing, _MOST_DAYS)
        values.append(max(spend.spent_ratio, 0.0))
    return values


def _tallest(values: Sequence[float | None]) -> str:
    most = max((value for value in values if value is not None), default=0.0)
    return f"the tallest spent {promises.percent(most)} of the budget"


def _date(spend: Spend) -> str:
    """The day that a stretch is: its noon is on the same date in UTC for time zones up to 11 hours away."""
    return time.strftime("%Y-%m-%d", time.gmtime(spend.start + _DAY_S / 2))


def spent(title: str, spends: Sequence[Spend], width: int, glyphs: Glyphs, *, long: bool = False) -> Iterator[Line]:
    """Stretches in their order, each with what happened then; `long` says how long each was."""
    if not spends:
        return
    yield [(title, "strong"), (f"  {len(spends)}", "muted")]
    for spend in spends[:MOST]:
        yield _line(_stretch(spend, long=long), spend, width, glyphs)
        yield from _happened(spend.happened, width, glyphs)
    yield from _rest(len(spends))


def _stretch(spend: Spend, *, long: bool) -> str:
    """From when to when, in UTC, to the second where that matters."""
    form = "%H:%M" if spend.start % 60 == 0 and spend.end % 60 == 0 else "%H:%M:%S"
    start = time.strftime(f"%Y-%m-%d {form}", time.gmtime(spend.start))
    if not long:
        return start
    return f"{start}  {promises.short(spend.end - spend.start):>7}"


def _line(when: str, spend: Spend, width: int, glyphs: Glyphs) -> Line:
    style = "critical" if spend.spent_ratio >= 0.1 else "warning" if spend.spent_ratio > 0 else "muted"
    head = f"  {when}  "
    told = f"  {count(spend.bad)} bad of {count(spend.total)}"
    share = f"{_percent(spend.spent_ratio):>7} "
    room = max(width - len(head) - len(share) - _BAR, 0)
    return [
        (head, "text"),
        (share, style),
        (bar(spend.spent_ratio, _BAR, glyphs), style),
        (cut(told, room, glyphs), "muted"),
    ]


def _percent(ratio: float) -> str:
    return "<0.1%" if 0 < ratio < 0.0005 else promises.percent(ratio)


def _happened(marks: Sequence[Mark], width: int, glyphs: Glyphs) -> Iterator[Line]:
    for mark in marks[:_MARKS]:
        clock = time.strftime("      %H:%M:%S ", time.gmtime(mark.at))
        level = next((each for each in LEVELS if each == mark.after), None) if mark.kind == "level" else None
        sign = glyphs.levels[level] if level else mark.kind
        room = max(width - len(clock) - len(sign) - 1, 0)
        yield [(clock, "muted"), (f"{sign} ", level or "accent"), (cut(named(mark), room, glyphs), "text")]
    if len(marks) > _MARKS:
        yield [(f"      and {len(marks) - _MARKS} more", "muted")]


def _rest(found: int) -> Iterator[Line]:
    if found > MOST:
        yield [(f"  and {found - MOST} more", "muted")]


def taken_out(stretches: Sequence[TakenOut], width: int, glyphs: Glyphs) -> Iterator[Line]:
    """Maintenance and corrections, newest first."""
    if not stretches:
        return
    yield [("Taken out", "strong"), ("  neither good nor bad", "muted")]
    for each in stretches[: -MOST - 1 : -1]:
        head = f"  {moment(each.start)}  {promises.short(each.end - each.start):>7}  "
        yield [(head, "text"), (cut(each.why, max(width - len(head), 0), glyphs), "muted")]
    yield from _rest(len(stretches))
