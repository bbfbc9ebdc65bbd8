"""The spans of time that the latency chart can show, and the words on its time axis."""

import time
from collections.abc import Sequence
from typing import NamedTuple

from tui.widgets.lines import Line

HOUR_S, DAY_S = 3600.0, 86400.0


class Span(NamedTuple):
    """One of the spans."""

    label: str
    seconds: float
    words: str
    """In a sentence: "these 15 minutes", "this hour"."""


SPANS = (
    Span("15 m", 900.0, "these 15 minutes"),
    Span("30 m", 1800.0, "these 30 minutes"),
    Span("1 h", HOUR_S, "this hour"),
    Span("6 h", 6 * HOUR_S, "these 6 hours"),
    Span("24 h", DAY_S, "these 24 hours"),
    Span("30 d", 30 * DAY_S, "these 30 days"),
)
FIRST = 1
"""The one that a floor starts with: half an hour."""
LIVE_S = 1800.0
"""Up to this length a live floor draws what it has in memory."""
_STEPS = (*(60.0 * minutes for minutes in (1, 2, 5, 10, 15, 30)), *(HOUR_S * hours for hours in (1, 2, 3, 6, 12)))
_DAYS = (1, 2, 7, 14)
_MONDAY_S = 4 * DAY_S
"""The first Monday of 1970."""


class Axis(NamedTuple):
    """A stretch of time over some cells of the screen."""

    start: float
    end: float
    """UTC seconds."""
    cells: int
    ago: bool = False
    """Whether it is told in minutes before now, not as times of day."""

    def cell(self, at: float) -> int:
        """The cell of a moment, counted from 0 at the left."""
        share = (at - self.start) / max(self.end - self.start, 1.0)
        return min(max(round(share * (self.cells - 1)), 0), self.cells - 1)


def axis_line(axis: Axis, left: int) -> Line:
    """The labels under a chart whose first cell stands after `left` others; times are UTC, as in the header."""
    labels = _ago(axis) if axis.ago else _times(axis)
    head = "" if axis.ago else "UTC"
    text = head.rjust(left - 1)[:left].ljust(left) if left > len(head) else " " * left
    for cell, label in labels:
        at = min(max(left + cell - len(label) // 2, 0), left + axis.cells - len(label))
        if at > len(text.rstrip()) or not text.strip():
            text = text.rstrip().ljust(at) + label
    return [(text[: left + axis.cells], "muted")]


def _ago(axis: Axis) -> list[tuple[int, str]]:
    minutes = (axis.end - axis.start) / 60
    return [(0, f"-{minutes:g}m"), (axis.cells // 2, f"-{minutes / 2:g}m"), (axis.cells - 1, "now")]


def _times(axis: Axis) -> list[tuple[int, str]]:
    """As many round times as have room: minutes and hours within a day, else days with their weekday."""
    span_s = axis.end - axis.start
    if span_s <= 2 * DAY_S:
        moments = _moments(axis, _STEPS, 0.0, 8)
        return [(axis.cell(at), _time(at)) for at in moments]
    moments = _moments(axis, [days * DAY_S for days in _DAYS], _MONDAY_S, 9)
    return [(axis.cell(at), _day(at)) for at in moments]


def _moments(axis: Axis, steps: Sequence[float], origin: float, wide: int) -> list[float]:
    """The round moments of an axis, so many that each has `wide` cells."""
    most = max(axis.cells // wide, 1)
    span_s = axis.end - axis.start
    step = next((step for step in steps if span_s / step <= most), steps[-1])
    first = origin - (origin - axis.start) // step * step
    return [at for i in range(int(span_s // step) + 2) if axis.start <= (at := first + i * step) <= axis.end]


def _time(at: float) -> str:
    """ "14:00"; midnight is told by the day that begins: "Tue 3"."""
    moment = time.gmtime(at)
    return time.strftime("%H:%M", moment) if at % DAY_S else f"{time.strftime('%a', moment)} {moment.tm_mday}"


def _day(at: float) -> str:
    """ "Mon 24", in the first week of a month with its name: "Mon 3 Nov"."""
    moment = time.gmtime(at)
    month = time.strftime(" %b", moment) if moment.tm_mday <= 7 else ""
    return f"{time.strftime('%a', moment)} {moment.tm_mday}{month}"


def moment(at: float, span_s: float) -> str:
    """A moment in words as exact as a chart of that span shows it: "14:02", "Tue 3 14:02"."""
    told = time.gmtime(at)
    day = f"{time.strftime('%a', told)} {told.tm_mday} " if span_s > DAY_S else ""
    return day + time.strftime("%H:%M", told)
