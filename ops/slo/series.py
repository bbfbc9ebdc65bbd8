"""Series: what was counted for one objective, by minute for three days and by hour for its whole period.

It is the same whether it was filled live, one poll after another, or loaded from a store, in any order: so both give
the same budget. Whole hours are summed as such, only the ends of a stretch by minute; beyond the minutes that are kept
an hour that is not wholly within a stretch is left out.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

from collectors.base import Events
from collectors.sketch import Answers, Packed
from ops.slo.columns import Counts
from ops.slo.exclusions import Exclusions, Span, merged
from ops.slo.kept import BAD, BAD_SLICES, KNOWN, MINUTES_KEPT, SLICES, TOTAL, Kept
from ops.slo.objectives import Objective
from ops.slo.slots import hours_of_day, measured_day, measured_hour
from ops.store.contract import DAY_S, MINUTE_S, Slot, Step


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
        self._kept = Kept(objective)

    @property
    def nbytes(self) -> int:
        """What the counts take."""
        return self._kept.nbytes

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
        if self._kept.make_room(minute):
            self.first = None
        if known:
            self._since(at)
        self._kept.add_minute(minute, total, bad, known, hourly=True)

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
                self._kept.add_minute(int(slot.at // MINUTE_S), total, bad, known, hourly=True)
            return
        if latencies is None and self.objective.limit_s is not None:
            latencies = Packed(slot.latencies)
        hours = hours_of_day(slot) if step == DAY_S else (slot,)
        share = slot.total and (latencies.count / slot.total if latencies is not None else 1.0)
        measured = self.objective.measured(slot.total, slot.failed, latencies)
        for hour in hours:
            found = measured_hour(self.objective, hour, slot, measured, share, self.excluded)
            if self._kept.add_hour(int(hour.at // 3600), found):
                self._since(found.first)

    def load_day(self, day: Slot, latencies: Answers | None = None) -> None:
        """Take a day of a store as a whole: much quicker than its hours, for a day that no stretch will divide.

        Nothing of it may be taken out, and it is not the oldest that is known.
        """
        if latencies is None and self.objective.limit_s is not None:
            latencies = Packed(day.latencies)
        share = day.total and (latencies.count / day.total if latencies is not None else 1.0)
        found = measured_day(self.objective, day, self.objective.measured(day.total, day.failed, latencies), share)
        if self._kept.add_hour(int(day.at // 3600), found):
            self._since(found.first)

    def load_hours(self, hours: Counts) -> None:
        """Take hours of which nothing is taken out, for an objective that counts no slices of time."""
        if hours.first is not None and self._kept.put_hours(hours):
            self._since(hours.first)

    def refine_hour(self, minutes: Counts) -> None:
        """Take all minutes of an hour that was loaded whole, of which nothing is taken out."""
        self._kept.put_minutes(minutes)

    def refine(self, slot: Slot, latencies: Answers | None = None) -> None:
        """Take a minute of an hour that was loaded whole."""
        if not self.excluded.covers(slot.at):
            self._kept.add_minute(int(slot.at // MINUTE_S), *self._measured(slot, latencies), hourly=False)

    def tally(self, start: float, end: float) -> Tally:
        """What was counted in [start, end): in all steps that begin within, so that stretches side by side add up."""
        return self._tally(start, end, math.ceil(end / MINUTE_S))

    def since(self, start: float, now: float) -> Tally:
        """What was counted from `start` until now, with all of the minute that is now."""
        return self._tally(start, now, int(now // MINUTE_S) + 1)

    def _measured(self, counts: Events | Slot, latencies: Answers | None) -> tuple[int, int, bool]:
        """Total, bad, and whether anything is known of it: nobody asking is, events that tell nothing are not."""
        if latencies is None and self.objective.limit_s is not None:
            latencies = Packed(counts.latencies)
        total, bad = self.objective.measured(counts.total, counts.failed, latencies)
        return total, bad, total > 0 or not counts.total

    def _since(self, at: float) -> None:
        if self.first is None or at < self.first:
            self.first = at

    def _tally(self, start: float, end: float, last: int) -> Tally:
        if self.first is None:
            return Tally(0, 0, 0.0, 0.0)
        sums = self._kept.sums(start, last)
        begins = max(start, self.first)
        excluded_s = self.excluded.seconds(begins, end)
        known_s = min(sums[KNOWN] * self.objective.step_s, round(max(0.0, end - begins - excluded_s), 2))
        return Tally(sums[TOTAL], sums[BAD], known_s, excluded_s, sums[SLICES], sums[BAD_SLICES])


def window_lengths(objective: Objective) -> frozenset[float]:
    """The lengths of all windows that an objective's burns look at, seconds."""
    return frozenset((300.0, 3600.0, *(side for pair in objective.pairs for side in (pair.long_s, pair.short_s))))


def minutes_needed(objective: Objective, now: float) -> tuple[Span, ...]:
    """The hours of which minutes must be known (`refine`) for a budget at `now`, where hours were loaded whole."""
    starts = [now, objective.period.at(now).start, *(now - length_s for length_s in window_lengths(objective))]
    kept = now - MINUTES_KEPT * MINUTE_S
    hours = [start // 3600 * 3600.0 for start in starts if start >= kept]
    return tuple(merged((hour, hour + 3600.0) for hour in hours))
