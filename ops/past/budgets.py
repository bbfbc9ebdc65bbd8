"""Budgets of the past: what was promised, counted anew from the store up to any minute.

An hour of the past is loaded at once, so that steps within it cost little; and it is loaded a piece at a time, so that
who looks at another moment meanwhile does not have to wait.
"""

import time
from collections.abc import Mapping, Sequence
from itertools import groupby

import msgspec

from collectors.sketch import merged
from ops.board import Budget
from ops.config.structs import Config
from ops.past.sliding import Sliding
from ops.past.structs import BudgetDetail
from ops.slo.exclusions import Exclusions
from ops.slo.kept import begins
from ops.slo.load import divided, needed_hours, read_hour, read_row, refine, series_of_row
from ops.slo.moments import ended, ending
from ops.slo.objectives import Objective
from ops.slo.observed import PERCENTILES, told
from ops.slo.series import Series
from ops.slo.status import status
from ops.slo.taken import all_objectives, reach, spans_of, taken_out
from ops.store.about import floor_of
from ops.store.contract import HOUR_S, MINUTE_S, Correction, Store
from ops.store.together import Together


def config_of(store: Store) -> Config:
    """As much of a config as the store itself tells: of the floor that it came from."""
    return floor_of(store.notes())


class _Loaded:
    """One SLO's objectives over an hour of the past."""

    def __init__(
        self, store: Together, objectives: Sequence[Objective], out: Exclusions, hour: float, began: float
    ) -> None:
        first, end, spans = objectives[0], hour + HOUR_S, tuple(out)
        self._store, self._objectives, self._hour, self._out = store, objectives, hour, out
        read = read_row(store, first, hour, end)
        read.days_in(divided(first, hour, HOUR_S), out)
        self._series: Mapping[str, Series] = series_of_row(read, objectives, hour, spans)
        for series in self._series.values():
            series.begun(began)
        timed = any(objective.limit_s is not None for objective in objectives)
        for needed in sorted(needed_hours(first, ending(end)) - needed_hours(first, hour)):
            later = read_hour(store, first.row, needed, answers=timed)
            for series in self._series.values():
                refine(series, later)
        ranked = any(objective.kind in PERCENTILES for objective in objectives)
        self._divided = min(hour, _after_edges(first, hour))
        """Between this and the hour a window that begins before it has all; else minutes decide."""
        self._between = read.merged(self._divided, hour, out) if ranked else None
        self._edge, self._since = Sliding(self._packed), Sliding(self._packed)
        self._told: tuple[float, list[Budget]] = (0.0, [])

    def budgets(self, minute: float) -> list[Budget]:
        """As they stood when `minute` ended; the same ones when they are asked for again."""
        if self._told[0] != minute:
            now, ranks = ending(minute), self._ranks(minute)
            self._told = minute, [status(one, self._series[one.id], now, told(one, ranks)) for one in self._objectives]
        return self._told[1]

    def _ranks(self, minute: float) -> tuple[float | None, ...]:
        if self._between is None:
            return (None,) * len(PERCENTILES)
        first = begins(self._objectives[0].period.at(ending(minute)).start, minute)
        parts = [self._since.between(_number(max(first, self._hour)), _number(minute))]
        inside = first <= self._divided
        parts.append(self._edge.between(_number(first), _number(self._divided if inside else self._hour)))
        if inside:
            parts.append(self._between)
        return merged(parts).ranks(*PERCENTILES.values())

    def _packed(self, minute: int) -> bytes:
        """The latencies of a minute, none of one that is taken out."""
        if self._out.covers(minute * MINUTE_S):
            return b""
        row, hour = self._objectives[0].row, minute // 60 * HOUR_S
        return self._store.latencies((row,), hour).get(row, {}).get(minute % 60, b"")


def _after_edges(objective: Objective, hour: float) -> float:
    """When the last hour before `hour` is over in which a window begins that ends within `hour`."""
    ends = (hour, ending(hour + HOUR_S))
    starts = [begins(objective.period.at(end).start, end) for end in ends]
    last = max((start for start in starts if start < hour), default=hour)
    return -(-last // HOUR_S) * HOUR_S


def _number(at: float) -> int:
    return round(at / MINUTE_S)


class PastBudgets:
    """All budgets of a floor at any minute, those with the least left first. For one thread at a time."""

    def __init__(self, store: Store, config: Config) -> None:
        self._store, self._works = store, config.maintenance
        by_slo = groupby(all_objectives(config), key=lambda objective: objective.slo)
        self._promised = [tuple(promised) for _, promised in by_slo]
        self._empty: dict[str, Budget] = {}
        self._hour = self._until = 0.0
        self._together = Together(store, ())
        self._corrections: Sequence[Correction] = ()
        self._began: Mapping[str, float] = {}
        self._loaded: dict[int, _Loaded] = {}
        """By place in `_promised`."""
        self._order: Sequence[int] = range(len(self._promised))
        self._told: tuple[float, tuple[Budget, ...]] | None = None

    def at(self, moment: float, patience_s: float | None = None) -> tuple[tuple[Budget, ...], bool]:
        """The budgets of the whole minutes that had ended at a moment, and whether that is all of them.

        With `patience_s` no more is loaded when it is over, and what is not loaded yet is told as not known.
        """
        minute = ended(moment)
        hour = ending(minute) // HOUR_S * HOUR_S
        if hour != self._hour or minute > self._until:
            span = self._store.span()
            last = span[1] // MINUTE_S * MINUTE_S if span else 0.0
            self._hour, self._until, self._loaded = hour, max(minute, min(hour + HOUR_S, last)), {}
            self._together = Together(self._store, [promised[0].row for promised in self._promised])
            self._corrections = tuple(self._store.corrections())
            self._began = {subject.row: subject.first for subject in self._store.subjects()}
        whole = self._load(None if patience_s is None else time.monotonic() + patience_s)
        if not whole or self._told is None or self._told[0] != minute:
            by_slo = [self._budgets(place, minute) for place in range(len(self._promised))]
            self._order = sorted(self._order, key=lambda place: min(map(_rank, by_slo[place])))
            budgets = tuple([budget for several in by_slo for budget in several])
            self._told = (minute, budgets) if whole else None
            return budgets, whole
        return self._told[1], whole

    def _budgets(self, place: int, minute: float) -> Sequence[Budget]:
        loaded = self._loaded.get(place)
        if loaded is not None:
            return loaded.budgets(minute)
        return [self._not_known(one, ending(minute)) for one in self._promised[place]]

    def _not_known(self, objective: Objective, now: float) -> Budget:
        """The budget without any data; only its window moves."""
        empty = self._empty.get(objective.id)
        period = objective.period.at(now)
        if empty is None or empty.window != period.name:
            empty = self._empty[objective.id] = status(objective, Series(objective), now)
        return msgspec.structs.replace(empty, start=round(period.start, 2))

    def _load(self, limit: float | None) -> bool:
        for place in self._order:
            if place in self._loaded:
                continue
            if limit is not None and time.monotonic() >= limit:
                return False
            promised, until = self._promised[place], self._hour + HOUR_S
            starts = min(reach(objective, self._hour) for objective in promised)
            taken = taken_out(self._works, self._corrections, promised[0].slo, starts, until)
            out, began = Exclusions(spans_of(taken)), self._began.get(promised[0].row, 0.0)
            self._loaded[place] = _Loaded(self._together, promised, out, self._hour, began)
        return True


def _rank(budget: Budget) -> tuple[bool, float]:
    """What is looked at first: what alerts, then what has the least left."""
    return not budget.alert, 2.0 if budget.remaining_ratio is None else budget.remaining_ratio


def budget_detail(
    store: Store, config: Config, budget_id: str, at: float, *, live: bool = False
) -> BudgetDetail | None:
    """Where one budget went in the whole minutes that had ended at a moment; None where no objective is called that.

    What is `live` has the minute that is now as well, as far as it was recorded.
    """
    from ops.slo.detail import detail

    found = next((objective for objective in all_objectives(config) if objective.id == budget_id), None)
    if found is None:
        return None
    now = at if live else ending(ended(at))
    taken = taken_out(config.maintenance, store.corrections(), found.slo, reach(found, now), now)
    return detail(store, found, now, taken)
