"""Loads what a store counted into a series: hours for the period, minutes where windows begin and end."""

from collections.abc import Container, Iterable, Iterator, Sequence

from collectors.sketch import Sketch
from ops.slo.exclusions import Exclusions, Span
from ops.slo.objectives import Objective
from ops.slo.series import Series, minutes_needed
from ops.slo.taken import reach
from ops.store.contract import HOUR_S, MINUTE_S, Slot, Store
from ops.store.minutes import unpack_minutes


def load_series(store: Store, objective: Objective, now: float, excluded: Iterable[Span] = ()) -> Series:
    """What counts for an objective's budget at `now`, without what lies in `excluded`. Raises StoreError."""
    return load_row(store, (objective,), now, excluded)[objective.id]


def load_row(
    store: Store,
    objectives: Sequence[Objective],
    now: float,
    excluded: Iterable[Span] = (),
    until: float | None = None,
) -> dict[str, Series]:
    """The series of one SLO's objectives by id, reading each slot once; without what begins at `until` or later."""
    read, spans = read_row(store, objectives, now, until), tuple(excluded)
    found = {one.id: series_of(read, one, spans, needed_hours(one, now)) for one in objectives}
    row = objectives[0].row
    began = next((subject.first for subject in store.subjects() if subject.row == row), None)
    for series in found.values():
        if began is not None:
            series.begun(began)
    return found


def read_row(store: Store, objectives: Sequence[Objective], now: float, until: float | None = None) -> "RowSlots":
    """What can count for budgets of one SLO at `now`, and began before `until` (the end of the minute that is now)."""
    start = min(reach(objective, now) for objective in objectives)
    return RowSlots(store, objectives[0].row, start, after(now) if until is None else until)


def series_of(read: "RowSlots", objective: Objective, excluded: Iterable[Span], hours: Container[float]) -> Series:
    """A series of slots that were read, with the minutes of those hours."""
    series = Series(objective, excluded)
    _fill(series, read, hours)
    return series


def needed_hours(objective: Objective, now: float) -> frozenset[float]:
    """When the hours begin of which minutes must be known for a budget at `now`."""
    spans = minutes_needed(objective, now)
    return frozenset(float(at) for start, end in spans for at in range(int(start), int(end), HOUR_S))


def read_hour(store: Store, row: str, hour: float, *, answers: bool) -> "RowSlots":
    """An hour of a row with its minutes, and with their latencies where `answers` are asked for."""
    read = RowSlots(store, row, hour, hour + HOUR_S)
    for slot in read.hours if answers else ():
        for minute in read.minutes(slot):
            read.answers(minute)
    return read


def refine(series: Series, read: "RowSlots") -> None:
    """Add the minutes of hours that were loaded whole: a window begins there now."""
    for hour in read.hours:
        if not (series.objective.limit_s is not None and _in_part(series.excluded, hour)):
            _refine(series, read, hour)


class RowSlots:
    """What a store counted of a row in [start, until), each slot and sketch read once for all who ask."""

    def __init__(self, store: Store, row: str, start: float, until: float) -> None:
        self._store, self._row, self.until = store, row, until
        self.hours: Sequence[Slot] = store.slots(row, start // HOUR_S * HOUR_S, until, HOUR_S)
        """The last one may have more than until then."""
        self._sketches: dict[tuple[float, bytes], Sketch] = {}
        self._minutes: dict[float, Sequence[Slot]] = {}

    def answers(self, slot: Slot) -> Sketch:
        """A slot's latencies, unpacked."""
        key = slot.at, slot.latencies
        if key not in self._sketches:
            self._sketches[key] = Sketch.unpack(slot.latencies)
        return self._sketches[key]

    def minutes(self, hour: Slot) -> Sequence[Slot]:
        """The minutes of an hour with their latencies; empty where they are not kept any more."""
        if hour.at not in self._minutes:
            end = min(hour.at + HOUR_S, self.until)
            self._minutes[hour.at] = self._store.slots(self._row, hour.at, end, MINUTE_S)
        return self._minutes[hour.at]

    def counts(self, hour: Slot) -> Iterator[Slot]:
        """The minutes of an hour until `until`, without latencies; for as long as hours are kept."""
        for minute, total, failed in unpack_minutes(hour.minutes):
            at = hour.at + MINUTE_S * minute
            if at < self.until:
                yield Slot(at=at, total=total, failed=failed)


def _fill(series: Series, read: RowSlots, needed: Container[float]) -> None:
    """Load every hour, the last one by minutes as far as it goes, and of those that are needed the minutes too."""
    answers = series.objective.limit_s is not None
    for hour in read.hours:
        cut = hour.at + HOUR_S > read.until
        if answers and (cut or _in_part(series.excluded, hour)) and read.minutes(hour):
            for minute in read.minutes(hour):
                series.load(minute, MINUTE_S, read.answers(minute))
        elif cut and hour.minutes and not answers:
            for minute in read.counts(hour):
                series.load(minute, MINUTE_S)
        else:
            series.load(hour, HOUR_S, read.answers(hour) if answers else None)
            if hour.at in needed:
                _refine(series, read, hour)


def _refine(series: Series, read: RowSlots, hour: Slot) -> None:
    if series.objective.limit_s is None:
        for minute in read.counts(hour):
            series.refine(minute)
    else:
        for minute in read.minutes(hour):
            series.refine(minute, read.answers(minute))


def _in_part(excluded: Exclusions, hour: Slot) -> bool:
    """Whether some of an hour is taken out, but not all: latencies are then told apart by minute."""
    return 0 < excluded.seconds(hour.at, hour.at + HOUR_S) < HOUR_S


def after(now: float) -> float:
    """The end of the minute that is now: a slot's step counts when it begins before it."""
    return (now // MINUTE_S + 1) * MINUTE_S
