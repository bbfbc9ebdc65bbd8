"""Kept counts of one objective, by minute for three days and by hour for its whole period, and their sums."""

import math
from operator import add

from ops.slo.columns import BLIND, SEEN, Counts
from ops.slo.objectives import Objective
from ops.slo.slots import Hour
from ops.slo.steps import Steps
from ops.store.contract import HOUR_S, MINUTE_S

MINUTES_KEPT = 74 * 60
"""Three days, and what the hours at both ends need."""
_SUMS_KEPT = 64
TOTAL, BAD, KNOWN, SLICES, BAD_SLICES = range(5)
"""Columns: of hours the numbers of known minutes and slices, of minutes the first three and in the third a mark."""


class Kept:
    """Whole hours are summed as such, only the ends of a stretch by minute. Times are numbers of minutes and hours."""

    def __init__(self, objective: Objective) -> None:
        self._objective = objective
        self._sliced = objective.slice_s > 0
        longest_s = max([objective.period.longest_s, *(pair.long_s for pair in objective.pairs)])
        self._minutes = Steps(MINUTES_KEPT, "IIB")
        self._hours = Steps(math.ceil(longest_s / 3600) + 26, "IIIII" if self._sliced else "III")
        self._per = max(1, round(objective.slice_s / MINUTE_S))
        self._newest = 0
        self._sums: dict[tuple[int, int], tuple[int, ...]] = {}

    @property
    def nbytes(self) -> int:
        """What the counts take."""
        return self._minutes.nbytes + self._hours.nbytes

    def make_room(self, minute: int) -> bool:
        """Begin anew where a minute lies before all that is kept; says whether no hour is left."""
        forgotten = self._hours.place(minute // 60) < 0
        if forgotten:
            self._hours.clear()
        if self._minutes.place(minute) < 0:
            self._minutes.clear()
            self._newest = 0
        return forgotten

    def add_hour(self, number: int, found: Hour) -> bool:
        """Add an hour, or a day as its first hour; says whether it is kept."""
        place = self._hours.place(number) if found.is_known else -1
        if place >= 0:
            self._newest = max(self._newest, number * 60)
            self._hours.add(place, found.total, found.bad, found.known, *found.slices[: 2 if self._sliced else 0])
            self._sums.clear()
        return place >= 0

    def put_hours(self, hours: Counts) -> bool:
        """Add hours side by side, for an objective that counts no slices of time; says whether they are kept."""
        if hours.first is None or not self._hours.put(hours.number, hours.totals, hours.bads, hours.known):
            return False
        last = len(hours.totals) - 1
        while not (hours.totals[last] or hours.known[last]):
            last -= 1
        self._newest = max(self._newest, (hours.number + last) * 60)
        self._sums.clear()
        return True

    def put_minutes(self, minutes: Counts) -> None:
        """Add all minutes of an hour that was added whole."""
        number, totals, bads, known, _ = minutes
        if not any(self._minutes.part(number, number + len(known), KNOWN)):
            self._minutes.put(number, totals, bads, known)
            self._newest = max(self._newest, number + len(bytes(known).rstrip(b"\0")) - 1)
            self._sums.clear()
            return
        for place, mark in enumerate(known):
            if mark:
                self.add_minute(number + place, totals[place], bads[place], mark == SEEN, hourly=False)

    def add_minute(self, minute: int, total: int, bad: int, known: bool, *, hourly: bool) -> None:
        """Add to a minute, and to its hour where that was not added whole."""
        place = self._minutes.place(minute)
        hour = self._hours.place(minute // 60) if hourly else -1
        before = self._slice(minute) if self._sliced else (0, 0)
        gained = self._mark(place, total, bad, known) if place >= 0 else int(known)
        if hour >= 0:
            self._hours.add(hour, total, bad, gained)
            if self._sliced:
                sliced, worse = self._slice(minute)
                self._hours.columns[SLICES][hour] += sliced - before[0]
                self._hours.columns[BAD_SLICES][hour] += worse - before[1]
        if minute > self._newest:
            self._newest = minute
            self._sums.clear()
        elif minute < self._open(self._newest):
            self._sums.clear()

    def sums(self, start: float, last: int) -> tuple[int, ...]:
        """The columns' sums over the minutes that begin at `start` (UTC seconds) or later, and before minute `last`."""
        first = math.ceil(start / MINUTE_S)
        if self._sliced:
            first = -(-first // self._per) * self._per
        closed = min(max(first, self._open(min(last, self._newest))), max(first, last))
        sums = self._closed(first, closed)
        return tuple(map(add, sums, self._summed(closed, last))) if closed < last else sums

    def _mark(self, place: int, total: int, bad: int, known: bool) -> int:
        """Add to a minute; says by how many more minutes are known: one less where what now came tells nothing."""
        self._minutes.add(place, total, bad)
        marks = self._minutes.columns[KNOWN]
        before = marks[place]
        if self._minutes.columns[TOTAL][place]:
            marks[place] = SEEN
        else:
            marks[place] = before or SEEN if known else BLIND
        return (marks[place] == SEEN) - (before == SEEN)

    def _open(self, minute: int) -> int:
        """The first minute of the slice that a minute is in."""
        return minute - minute % self._per

    def _slice(self, minute: int) -> tuple[int, int]:
        """Whether the slice that a minute is in is known, and whether it is bad, as 0 or 1."""
        first = self._open(minute)
        total = sum(self._minutes.part(first, first + self._per, TOTAL))
        bad = sum(self._minutes.part(first, first + self._per, BAD))
        known = SEEN in self._minutes.part(first, first + self._per, KNOWN)
        return known, known and is_bad_slice(self._objective, total, bad)

    def _closed(self, first: int, last: int) -> tuple[int, ...]:
        """The sums of minutes that seldom change, kept until another minute begins."""
        found = self._sums.get((first, last))
        if found is None:
            if len(self._sums) >= _SUMS_KEPT:
                self._sums.clear()
            found = self._sums[first, last] = self._summed(first, last)
        return found

    def _summed(self, first: int, last: int) -> tuple[int, ...]:
        begin, end = -(-first // 60), last // 60
        if begin >= end:
            return self._by_minute(first, last)
        hours = [sum(self._hours.part(begin, end, column)) for column in range(len(self._hours.columns))]
        ends = map(add, self._by_minute(first, begin * 60), self._by_minute(end * 60, last))
        return tuple(map(add, (*hours, 0, 0), ends))

    def _by_minute(self, first: int, last: int) -> tuple[int, ...]:
        totals, bads = self._minutes.part(first, last, TOTAL), self._minutes.part(first, last, BAD)
        known = self._minutes.part(first, last, KNOWN).count(SEEN)
        slices = bad_slices = 0
        if self._sliced and known:
            for minute in range(first, last, self._per):
                is_known, is_bad = self._slice(minute)
                slices, bad_slices = slices + is_known, bad_slices + is_bad
        return sum(totals), sum(bads), known, slices, bad_slices


def begins(start: float, now: float) -> float:
    """When the first minute begins that counts of a stretch until `now`; before minutes are kept, the first hour."""
    step_s = HOUR_S if start < now - MINUTES_KEPT * MINUTE_S else MINUTE_S
    return float(math.ceil(start / step_s) * step_s)


def is_bad_slice(objective: Objective, total: int, bad: int) -> bool:
    """Whether more than the allowed percent of a slice's events failed; of none nothing did."""
    return bad * 100 > objective.slice_bad * total
