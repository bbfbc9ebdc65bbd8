"""Series: what was counted for one objective, by minute for three days and by hour for its whole period.

It is the same whether it was filled live, one poll after another, or loaded from a store, in any order: so both give
the same budget. Whole hours are summed as such, only the ends of a stretch by minute; beyond the minutes that are kept
an hour that is not wholly within a stretch is left out.
"""

import math
from collections.abc import Iterable
from operator import add
from typing import NamedTuple

from collectors.base import Events
from collectors.sketch import Answers, Packed
from ops.slo.columns import BLIND, SEEN, Counts
from ops.slo.exclusions import Exclusions, Span, merged
from ops.slo.objectives import Objective
from ops.slo.slots import hours_of_day, measured_day, measured_hour
from ops.slo.steps import Steps
from ops.store.contract import DAY_S, MINUTE_S, Slot, Step

MINUTES_KEPT = 74 * 60
"""Three days, and what the hours at both ends need."""
_SUMS_KEPT = 64
_TOTAL, _BAD, _KNOWN, _SLICES, _BAD_SLICES = range(5)
"""Columns: of hours the numbers of known minutes and slices, of minutes the first three and in the third a mark."""


class Tally(NamedTuple):
    """What was counted in a stretch of time."""

    total: int
    bad: int
    """Events."""
    known_s: float
    """How much of it the source was read in, whether anyone asked or not."""
    excluded_s: float
    """How much of it was taken out; that is neither known nor counted."""
    slices: int = 0
    bad_slices: int = 0
    """Slices of time that are known, and those that are bad, where the objective counts those."""


class Series:
    """The counts of one objective. What lies in `excluded` is not taken."""

    def __init__(self, objective: Objective, excluded: Iterable[Span] = ()) -> None:
        self.objective = objective
        self.excluded = Exclusions(excluded)
        """May be replaced: it holds for what is added from then on; what was added before stays as it was."""
        self.first: float | None = None
        """When the oldest that is known began."""
        longest_s = max([objective.period.longest_s, *(pair.long_s for pair in objective.pairs)])
        self._minutes = Steps(MINUTES_KEPT, "IIB")
        self._hours = Steps(math.ceil(longest_s / 3600) + 26, "IIIII" if objective.slice_s else "III")
        self._per = max(1, round(objective.slice_s / MINUTE_S))
        self._newest = 0
        self._sums: dict[tuple[int, int], tuple[int, ...]] = {}

    @property
    def nbytes(self) -> int:
        """What the counts take."""
        return self._minutes.nbytes + self._hours.nbytes

    def count(self, at: float, events: Events, latencies: Answers | None = None) -> None:
        """Take what a poll that ended at `at` counted, whose `latencies` may be unpacked already."""
        self.add(at, *self._measured(events, latencies))

    def add(self, at: float, total: int, bad: int, known: bool = True) -> None:
        """Take events that were counted at `at`; of none it is known that nobody asked. Late ones are merged in.

        Not `known` are events that tell nothing, as a probe without an answer tells nothing of latencies. What lies
        before all that is kept can't be late: the clock was set back, and what is kept begins anew there.
        """
        if self.excluded.covers(at):
            return
        minute = int(at // MINUTE_S)
        if self._hours.place(minute // 60) < 0:
            self._hours.clear()
            self.first = None
        if self._minutes.place(minute) < 0:
            self._minutes.clear()
            self._newest = 0
        if known:
            self._since(at)
        self._minute(minute, total, bad, known, hourly=True)

    def begun(self, at: float) -> None:
        """Say when the oldest of what was loaded began, exactly: slots only tell their step."""
        if self.first is not None and 0 <= at - self.first < MINUTE_S:
            self.first = at

    def load(self, slot: Slot, step: Step, latencies: Answers | None = None) -> None:
        """Take a slot of a store, whose `latencies` may be unpacked already. Each step of time must come once.

        Minutes count for their hour too; of an hour that was loaded whole its minutes are added with `refine`.
        """
        if step == MINUTE_S:
            total, bad, known = self._measured(slot, latencies)
            if not self.excluded.covers(slot.at):
                if known:
                    self._since(slot.at)
                self._minute(int(slot.at // MINUTE_S), total, bad, known, hourly=True)
            return
        if latencies is None and self.objective.limit_s is not None:
            latencies = Packed(slot.latencies)
        hours = hours_of_day(slot) if step == DAY_S else (slot,)
        share = slot.total and (latencies.count / slot.total if latencies is not None else 1.0)
        measured = self.objective.measured(slot.total, slot.failed, latencies)
        for hour in hours:
            found = measured_hour(self.objective, hour, slot, measured, share, self.excluded)
            place = self._hours.place(int(hour.at // 3600)) if found.is_known else -1
            if place >= 0:
                self._since(found.first)
                self._newest = max(self._newest, int(hour.at // MINUTE_S))
                self._hours.add(place, found.total, found.bad, found.known, *found.slices[: 2 if self._sliced else 0])
        self._sums.clear()

    def load_day(self, day: Slot, latencies: Answers | None = None) -> None:
        """Take a day of a store as a whole: much quicker than its hours, for a day that no stretch will divide.

        Nothing of it may be taken out, and it is not the oldest that is known.
        """
        if latencies is None and self.objective.limit_s is not None:
            latencies = Packed(day.latencies)
        share = day.total and (latencies.count / day.total if latencies is not None else 1.0)
        found = measured_day(self.objective, day, self.objective.measured(day.total, day.failed, latencies), share)
        place = self._hours.place(int(day.at // 3600)) if found.is_known else -1
        if place >= 0:
            self._since(found.first)
            self._hours.add(place, found.total, found.bad, found.known, *found.slices[: 2 if self._sliced else 0])
        self._sums.clear()

    def load_hours(self, hours: Counts) -> None:
        """Take hours of which nothing is taken out, for an objective that counts no slices of time."""
        if hours.first is None or not self._hours.put(hours.number, hours.totals, hours.bads, hours.known):
            return
        self._since(hours.first)
        last = max(
            place for place, (total, known) in enumerate(zip(hours.totals, hours.known, strict=True)) if total or known
        )
        self._newest = max(self._newest, (hours.number + last) * 60)
        self._sums.clear()

    def refine_hour(self, minutes: Counts) -> None:
        """Take all minutes of an hour that was loaded whole, of which nothing is taken out."""
        number, totals, bads, known, _ = minutes
        if not any(self._minutes.part(number, number + len(known), _KNOWN)):
            self._minutes.put(number, totals, bads, known)
            last = max((place for place, mark in enumerate(known) if mark), default=0)
            self._newest = max(self._newest, number + last)
            self._sums.clear()
            return
        for place, mark in enumerate(known):
            if mark:
                self._minute(number + place, totals[place], bads[place], mark == SEEN, hourly=False)

    def refine(self, slot: Slot, latencies: Answers | None = None) -> None:
        """Take a minute of an hour that was loaded whole."""
        if not self.excluded.covers(slot.at):
            self._minute(int(slot.at // MINUTE_S), *self._measured(slot, latencies), hourly=False)

    def tally(self, start: float, end: float) -> Tally:
        """What was counted in [start, end): in all steps that begin within, so that stretches side by side add up."""
        return self._tally(start, end, math.ceil(end / MINUTE_S))

    def since(self, start: float, now: float) -> Tally:
        """What was counted from `start` until now, with all of the minute that is now."""
        return self._tally(start, now, int(now // MINUTE_S) + 1)

    @property
    def _sliced(self) -> bool:
        return self.objective.slice_s > 0

    def _measured(self, counts: Events | Slot, latencies: Answers | None) -> tuple[int, int, bool]:
        """Total, bad, and whether anything is known of it: nobody asking is, events that tell nothing are not."""
        if latencies is None and self.objective.limit_s is not None:
            latencies = Packed(counts.latencies)
        total, bad = self.objective.measured(counts.total, counts.failed, latencies)
        return total, bad, total > 0 or not counts.total

    def _since(self, at: float) -> None:
        if self.first is None or at < self.first:
            self.first = at

    def _minute(self, minute: int, total: int, bad: int, known: bool, *, hourly: bool) -> None:
        place = self._minutes.place(minute)
        hour = self._hours.place(minute // 60) if hourly else -1
        before = self._slice(minute) if self._sliced else (0, 0)
        gained = self._mark(place, total, bad, known) if place >= 0 else int(known)
        if hour >= 0:
            self._hours.add(hour, total, bad, gained)
            if self._sliced:
                sliced, worse = self._slice(minute)
                self._hours.columns[_SLICES][hour] += sliced - before[0]
                self._hours.columns[_BAD_SLICES][hour] += worse - before[1]
        if minute > self._newest:
            self._newest = minute
            self._sums.clear()
        elif minute < self._open(self._newest):
            self._sums.clear()

    def _mark(self, place: int, total: int, bad: int, known: bool) -> int:
        """Add to a minute; says by how many more minutes are known: one less where what now came tells nothing."""
        self._minutes.add(place, total, bad)
        marks = self._minutes.columns[_KNOWN]
        before = marks[place]
        if self._minutes.columns[_TOTAL][place]:
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
        total = sum(self._minutes.part(first, first + self._per, _TOTAL))
        bad = sum(self._minutes.part(first, first + self._per, _BAD))
        known = SEEN in self._minutes.part(first, first + self._per, _KNOWN)
        return known, known and is_bad_slice(self.objective, total, bad)

    def _tally(self, start: float, end: float, last: int) -> Tally:
        if self.first is None:
            return Tally(0, 0, 0.0, 0.0)
        first = math.ceil(start / MINUTE_S)
        if self._sliced:
            first = -(-first // self._per) * self._per
        closed = min(max(first, self._open(min(last, self._newest))), max(first, last))
        sums = self._closed(first, closed)
        if closed < last:
            sums = tuple(map(add, sums, self._summed(closed, last)))
        begins = max(start, self.first)
        excluded_s = self.excluded.seconds(begins, end)
        known_s = min(sums[_KNOWN] * self.objective.step_s, max(0.0, end - begins - excluded_s))
        return Tally(sums[_TOTAL], sums[_BAD], known_s, excluded_s, sums[_SLICES], sums[_BAD_SLICES])

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
        totals, bads = self._minutes.part(first, last, _TOTAL), self._minutes.part(first, last, _BAD)
        known = self._minutes.part(first, last, _KNOWN).count(SEEN)
        slices = bad_slices = 0
        if self._sliced and known:
            for minute in range(first, last, self._per):
                is_known, is_bad = self._slice(minute)
                slices, bad_slices = slices + is_known, bad_slices + is_bad
        return sum(totals), sum(bads), known, slices, bad_slices


def is_bad_slice(objective: Objective, total: int, bad: int) -> bool:
    """Whether more than the allowed percent of a slice's events failed; of none nothing did."""
    return bad * 100 > objective.slice_bad * total


def window_lengths(objective: Objective) -> frozenset[float]:
    """The lengths of all windows that an objective's burns look at, seconds."""
    return frozenset((300.0, 3600.0, *(side for pair in objective.pairs for side in (pair.long_s, pair.short_s))))


def minutes_needed(objective: Objective, now: float) -> tuple[Span, ...]:
    """The hours of which minutes must be known (`refine`) for a budget at `now`, where hours were loaded whole."""
    starts = [now, objective.period.at(now).start, *(now - length_s for length_s in window_lengths(objective))]
    kept = now - MINUTES_KEPT * MINUTE_S
    hours = [start // 3600 * 3600.0 for start in starts if start >= kept]
    return tuple(merged((hour, hour + 3600.0) for hour in hours))
