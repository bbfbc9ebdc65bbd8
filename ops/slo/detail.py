"""Where an error budget went: its curve, its days, its worst minutes and outages, and what happened then."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

from ops.board import Budget
from ops.past.structs import BudgetDetail, Mark, Spend, TakenOut
from ops.slo.calendar import days
from ops.slo.grains import Grain, grains_of, minutes_of
from ops.slo.load import after, first_of, needed_hours, read_row, series_of
from ops.slo.objectives import Objective
from ops.slo.observed import PERCENTILES, load_observed, told
from ops.slo.row_slots import RowSlots
from ops.slo.series import Series, Tally
from ops.slo.status import spent_ratio, status
from ops.slo.stretches import Stretch, spells_of, worst_of
from ops.slo.taken import spans_of
from ops.store.contract import HOUR_S, Event, Store

POINTS = 180
"""Of the curve, about."""
WORST = 10
SPELLS = 50
_TOLD = 20
"""Of so many outages it is looked up what happened then."""
MARKS = 6
BEFORE_S, AFTER_S = 300.0, 60.0
"""What happened so long before a stretch may be its cause."""
_WEIGHT = {"deploy": 0, "config": 1, "restart": 2, "gone": 3, "stop": 4, "start": 4, "level": 5}
_STEPS_S = (60, 120, 300, 600, 900, 1800, *(HOUR_S * hours for hours in (1, 2, 3, 4, 6, 8, 12, 24)))


Ranks = tuple[float | None, ...]
"""p50, p95 and p99."""


def detail(
    store: Store, objective: Objective, now: float, taken: Sequence[TakenOut] = (), seen: "Seen | None" = None
) -> BudgetDetail:
    """The budget of an objective at `now` and where it went, without what was taken out. Raises StoreError.

    What was `seen` of its row serves all objectives of one SLO.
    """
    seen = seen or Seen(store, objective, now, taken)
    series = series_of(seen.read, objective, spans_of(taken), needed_hours(objective, now))
    series.begun(first_of(store, objective.row))
    ranks = seen.ranks() if objective.kind in PERCENTILES else (None,) * len(PERCENTILES)
    budget = status(objective, series, now, told(objective, ranks))
    return _Costs(store, seen.read, series, now).detail(budget, taken)


class Seen:
    """What a store has of one SLO's row, read once."""

    def __init__(self, store: Store, objective: Objective, now: float, taken: Sequence[TakenOut]) -> None:
        self._store, self._row, self._spans = store, objective.row, spans_of(taken)
        self._start = objective.period.at(now).start
        self._ranks: Ranks | None = None
        self.read = read_row(store, objective, now)

    def ranks(self) -> Ranks:
        """The percentiles over the window."""
        if self._ranks is None:
            observed = load_observed(self._store, self._row, self._start, self.read.until, self._spans)
            self._ranks = observed.ranks(self._start)
        return self._ranks


class _Costs:
    """The pieces of one budget's window, each with what it spent."""

    def __init__(self, store: Store, read: RowSlots, series: Series, now: float) -> None:
        self._store, self._read, self._now = store, read, now
        self._objective, self._excluded = series.objective, series.excluded
        self._period = series.objective.period.at(now)
        self._whole: Tally = series.since(self._period.start, now)
        self._days = list(days(series.objective.time_zone, self._period.start, now))
        cuts = [day.start for day in self._days]
        self._grains = grains_of(read, series.objective, series.excluded, self._period.start, cuts, now)

    def detail(self, budget: Budget, taken: Sequence[TakenOut]) -> BudgetDetail:
        """Everything together."""
        worst = [self._spend(self._filled(one), marked=True) for one in worst_of(self._grains, WORST)]
        spells = spells_of(self._objective, self._grains)[: -SPELLS - 1 : -1]
        return BudgetDetail(
            budget=budget,
            curve=self._curve(budget),
            days=self._by_day(),
            worst=worst,
            spells=[self._spend(one, marked=place < _TOLD) for place, one in enumerate(spells)],
            at_end_ratio=self._at_end(budget),
            taken_out=[one for one in taken if one.start < self._now and one.end > self._period.start],
        )

    def _spent(self, bad: int) -> float:
        return spent_ratio(self._objective, bad, self._whole, self._period.length_s)

    def _curve(self, budget: Budget) -> list[tuple[float, float | None]]:
        """What was left at steps of the window: all at its start, less what was spent until then."""
        start, least_s = self._period.start, (self._now - self._period.start) / POINTS
        step_s = next((step for step in _STEPS_S if step >= least_s), _STEPS_S[-1])
        ats = [grain.at for grain in self._grains]
        bads = list(accumulate((grain.bad for grain in self._grains), initial=0))
        points: list[tuple[float, float | None]] = []
        at = start // step_s * step_s + step_s
        while at < self._now:
            place = bisect_right(ats, at)
            known = place > 0 and at - self._end(place - 1) <= max(step_s, self._objective.step_s)
            points.append((at, 1 - self._spent(bads[place]) if known else None))
            at += step_s
        return [*points, (round(self._now, 2), budget.remaining_ratio)]

    def _end(self, place: int) -> float:
        return self._grains[place].at + self._grains[place].length_s

    def _by_day(self) -> list[Spend]:
        ats = [grain.at for grain in self._grains]
        found = []
        for day in self._days:
            within = self._grains[bisect_right(ats, day.start - 1e-3) : bisect_right(ats, day.end - 1e-3)]
            if within:
                found.append(self._spend(_sum(day.start, min(day.end, after(self._now)), within)))
        return found

    def _filled(self, ten: Stretch) -> Stretch:
        """Ten minutes with the good ones of an hour that was not looked at by the minute."""
        hours = range(int(ten.start // HOUR_S) * HOUR_S, int(ten.end), HOUR_S)
        pieces = [
            grain
            for hour in hours
            for grain in minutes_of(self._read, self._objective, float(hour), self._excluded)
            if ten.start <= grain.at < ten.end
        ]
        return _sum(ten.start, min(ten.end, after(self._now)), pieces)

    def _spend(self, stretch: Stretch, *, marked: bool = False) -> Spend:
        return Spend(
            start=stretch.start,
            end=stretch.end,
            total=stretch.total,
            bad=stretch.bad,
            spent_ratio=self._spent(stretch.bad),
            happened=self._happened(stretch) if marked else (),
        )

    def _happened(self, stretch: Stretch) -> tuple[Mark, ...]:
        """What happened in a stretch or shortly before."""
        return heaviest(self._store.events(stretch.start - BEFORE_S, stretch.end + AFTER_S), self._objective.row)

    def _at_end(self, budget: Budget) -> float | None:
        if budget.burn_1h is None or budget.remaining_ratio is None:
            return None
        if self._period.end <= self._now:
            return 1 - budget.burn_1h
        return budget.remaining_ratio - budget.burn_1h * (self._period.end - self._now) / self._period.length_s


def heaviest(events: Iterable[Event], row: str) -> tuple[Mark, ...]:
    """The `MARKS` that say most, in the order of time: deploys and restarts first, the row itself before others."""
    heavy = sorted(events, key=lambda event: (_weight(event, row), event.at))[:MARKS]
    return tuple(
        Mark(at=event.at, kind=event.kind, row=event.row, text=event.text, after=event.after)
        for event in sorted(heavy, key=lambda event: event.at)
    )


def _weight(event: Event, row: str) -> tuple[int, bool, bool]:
    return _WEIGHT.get(event.kind, 6), event.row != row, event.after == "ok"


def _sum(start: float, end: float, grains: Iterable[Grain]) -> Stretch:
    total = bad = 0
    for grain in grains:
        total, bad = total + grain.total, bad + grain.bad
    return Stretch(start, end, total, bad)
