"""Ledger: everything that one SLO promises, and what was counted for it."""

import math
from collections.abc import Sequence
from contextlib import AbstractContextManager

from collectors.base import Events
from collectors.sketch import Sketch
from ops.board import Budget
from ops.config.structs import Maintenance
from ops.slo.exclusions import Exclusions
from ops.slo.kept import MINUTES_KEPT
from ops.slo.load import load_row, needed_hours, read_hour, refine
from ops.slo.objectives import Objective
from ops.slo.observed import PERCENTILES, Observed, load_observed, told
from ops.slo.series import Series
from ops.slo.status import status
from ops.slo.taken import reach, spans_of, taken_out
from ops.store.contract import DAY_S, HOUR_S, MINUTE_S, Correction, Store

_EARLY_S = 300.0
"""Minutes are there so long before a window reaches them."""
STAYS_S = 2.0 * DAY_S
"""A ledger that was loaded stays right for longer than a day."""
_AHEAD_S = 2.0 * HOUR_S
"""How far ahead planned work is looked up."""


class Ledger:
    """The series of one SLO's objectives, with the latencies over its window. Not for two threads at a time."""

    def __init__(
        self, objectives: Sequence[Objective], works: Sequence[Maintenance], corrections: Sequence[Correction] = ()
    ) -> None:
        self.objectives = tuple(objectives)
        self._works, self._corrections = tuple(works), tuple(corrections)
        self._series = {objective.id: Series(objective) for objective in self.objectives}
        self._hours = _by_minute(self.objectives[0])
        self._observed = Observed(self._hours)
        self._timed = any(objective.limit_s is not None for objective in self.objectives)
        self._ranked = any(objective.kind in PERCENTILES for objective in self.objectives)
        self._excluded = Exclusions()
        self._planned: float | None = None
        self._loaded: float | None = None
        self._refined: set[float] = set()
        self._minute: float | None = None
        """The minute of `_budgets`; None when something was counted since."""
        self._budgets: tuple[Budget, ...] = ()

    @property
    def row(self) -> str:
        """Id of the row whose events count."""
        return self.objectives[0].row

    def count(self, at: float, events: Events) -> None:
        """Take what a poll that ended at `at` counted."""
        self._plan(at)
        self._minute = None
        answers = Sketch.unpack(events.latencies) if self._timed else None
        for series in self._series.values():
            series.count(at, events, answers)
        if self._ranked and answers is not None and events.latencies and not self._excluded.covers(at):
            self._observed.add(at, answers)

    def budgets(self, now: float) -> tuple[Budget, ...]:
        """A budget for each objective; the same ones until the minute or the counts change."""
        minute = now // MINUTE_S
        if minute != self._minute:
            self._plan(now)
            self._budgets = tuple([self._status(objective, now) for objective in self.objectives])
            self._minute = minute
        return self._budgets

    def _status(self, objective: Objective, now: float) -> Budget:
        seen = None
        if objective.kind in PERCENTILES:
            seen = told(objective, self._observed.ranks(objective.period.at(now).start))
        return status(objective, self._series[objective.id], now, seen)

    def load(self, store: Store, now: float, until: float, began: float | None = None) -> None:
        """Take what the store has of the time before `until`; for a new ledger. Raises StoreError."""
        self._plan(now)
        spans = tuple(self._excluded)
        self._series = load_row(store, self.objectives, now, spans, until, STAYS_S)
        for series in self._series.values():
            if began is not None:
                series.begun(began)
        if self._ranked:
            start = self.objectives[0].period.at(now).start
            self._observed = load_observed(store, self.row, start, until, spans, self._hours)
        self._loaded = until // HOUR_S * HOUR_S
        self._refined = set(needed_hours(self.objectives[0], now))

    def refine(self, store: Store, now: float, alone: AbstractContextManager[object]) -> None:
        """Read the minutes of hours in which a window begins now or soon; they are taken while `alone`."""
        needed = needed_hours(self.objectives[0], now) | needed_hours(self.objectives[0], now + _EARLY_S)
        begin = self.objectives[0].period.at(now + _EARLY_S).start
        for hour in sorted(needed - self._refined):
            if self._loaded is None or hour >= self._loaded:
                continue
            read = read_hour(store, self.row, hour, answers=self._timed)
            latencies = store.latencies((self.row,), hour).get(self.row, {}) if self._ranked and hour <= begin else {}
            with alone:
                for series in self._series.values():
                    refine(series, read)
                if self._ranked and hour <= begin:
                    self._observed.refine(int(hour // HOUR_S), latencies)
            self._refined.add(hour)

    def _plan(self, now: float) -> None:
        """Know what is taken out until some time from now; what was counted in it before stays out or in as it is."""
        if self._planned is not None and self._planned - _AHEAD_S <= now < self._planned - _AHEAD_S / 2:
            return
        self._planned = now + _AHEAD_S
        objective = self.objectives[0]
        start = reach(objective, now)
        taken = taken_out(self._works, self._corrections, objective.slo, start, self._planned)
        self._excluded = Exclusions(spans_of(taken))
        for series in self._series.values():
            series.excluded = self._excluded


def _by_minute(objective: Objective) -> int:
    """Of how many hours percentiles need minutes: of a long window two, in case that it begins anew within an hour."""
    longest_s = objective.period.longest_s
    return math.ceil(longest_s / HOUR_S) + 1 if longest_s <= MINUTES_KEPT * MINUTE_S else 2
