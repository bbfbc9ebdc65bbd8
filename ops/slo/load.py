"""Loads what a store counted into a series: hours for the period, minutes where windows begin and end."""

from collections.abc import Container, Iterable, Iterator, Sequence

from collectors.sketch import Packed
from ops.slo.columns import Hours, Minutes
from ops.slo.exclusions import Exclusions, Span
from ops.slo.objectives import Objective
from ops.slo.series import MINUTES_KEPT, Series, minutes_needed
from ops.slo.taken import reach
from ops.store.contract import DAY_S, HOUR_S, MINUTE_S, Slot, Store
from ops.store.minutes import unpack_minutes


def load_series(store: Store, objective: Objective, now: float, excluded: Iterable[Span] = ()) -> Series:
    """What counts for an objective's budget at `now`, without what lies in `excluded`. Raises StoreError."""
    series = load_row(store, (objective,), now, excluded)[objective.id]
    series.begun(first_of(store, objective.row))
    return series


def first_of(store: Store, row: str) -> float:
    """When the oldest that is known of a row was recorded; 0 where nothing is."""
    return next((subject.first for subject in store.subjects() if subject.row == row), 0.0)


def load_row(
    store: Store,
    objectives: Sequence[Objective],
    now: float,
    excluded: Iterable[Span] = (),
    until: float | None = None,
    ahead_s: float = 0.0,
) -> dict[str, Series]:
    """The series of one SLO's objectives by id, reading each slot once; without what begins at `until` or later.

    With `ahead_s` they stay right for so long while the period rolls on. What is in between is loaded by whole days.
    """
    read, spans = read_row(store, objectives[0], now, until), tuple(excluded)
    read.days_in(*_undivided(objectives[0], now, ahead_s), Exclusions(spans))
    return {one.id: series_of(read, one, spans, needed_hours(one, now)) for one in objectives}


def read_row(store: Store, objective: Objective, now: float, until: float | None = None) -> "RowSlots":
    """What can count for an SLO's budgets at `now`, and began before `until` (the end of the minute that is now)."""
    return RowSlots(store, objective.row, reach(objective, now), after(now) if until is None else until)


def _undivided(objective: Objective, now: float, ahead_s: float) -> Span:
    """The stretch of whole days in which no window begins or ends, now and for so long."""
    longest_s = max([MINUTES_KEPT * MINUTE_S, *(pair.long_s for pair in objective.pairs)])
    start = objective.period.at(now).start + ahead_s
    return -(-start // DAY_S) * DAY_S, (now - longest_s) // DAY_S * DAY_S


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
        read.all_minutes(slot, answers=True).read()
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
        self._start = start // HOUR_S * HOUR_S
        self._hours: Sequence[Slot] | None = None
        self.days: Sequence[Slot] = ()
        """Days that are not among `hours`."""
        self._sketches: dict[tuple[float, bytes], Packed] = {}
        self._minutes: dict[float, Sequence[Slot]] = {}
        self._columns: dict[tuple[bool, tuple[float, ...]], Hours] = {}
        self._all_minutes: dict[tuple[bool, float], Minutes] = {}

    @property
    def hours(self) -> Sequence[Slot]:
        """By hours, oldest first; the last one may have more than until then."""
        if self._hours is None:
            self._hours = self._store.slots(self._row, self._start, self.until, HOUR_S)
        return self._hours

    def days_in(self, start: float, end: float, excluded: Exclusions) -> None:
        """Take what lies in [start, end) by whole days, but for the first and those of which something is taken out."""
        if self._start >= start or start >= end:
            return
        days = self._store.slots(self._row, start, end, DAY_S)[1:]
        self.days = [day for day in days if not excluded.touches(day.at, day.at + DAY_S)]
        whole = {day.at for day in self.days}
        hours: list[Slot] = []
        at = start
        for day in range(int(start), int(end), DAY_S):
            if day in whole:
                hours += self._slots(at, day)
                at = day + DAY_S
        self._hours = [*self._slots(self._start, start), *hours, *self._slots(max(at, start), self.until)]

    def _slots(self, start: float, end: float) -> Sequence[Slot]:
        return self._store.slots(self._row, start, end, HOUR_S) if start < end else ()

    def answers(self, slot: Slot) -> Packed:
        """A slot's latencies, to be asked."""
        key = slot.at, slot.latencies
        if key not in self._sketches:
            self._sketches[key] = Packed(slot.latencies)
        return self._sketches[key]

    def minutes(self, hour: Slot) -> Sequence[Slot]:
        """The minutes of an hour with their latencies; empty where they are not kept any more."""
        if hour.at not in self._minutes:
            end = min(hour.at + HOUR_S, self.until)
            self._minutes[hour.at] = self._store.slots(self._row, hour.at, end, MINUTE_S)
        return self._minutes[hour.at]

    def is_cut(self, hour: Slot) -> bool:
        """Whether only a part of it was before `until`."""
        return hour.at + HOUR_S > self.until

    def columns(self, hours: Sequence[Slot], *, answers: bool) -> Hours:
        """Whole hours as columns, with their latencies where `answers` are asked for."""
        key = answers, tuple([hour.at for hour in hours])
        if key not in self._columns:
            self._columns[key] = Hours(hours, [self.answers(hour) for hour in hours] if answers else ())
        return self._columns[key]

    def all_minutes(self, hour: Slot, *, answers: bool) -> Minutes:
        """The minutes of a whole hour as columns, with their latencies where `answers` are asked for."""
        key = answers, hour.at
        if key not in self._all_minutes:
            kept = self._store.latencies((self._row,), hour.at).get(self._row) if answers else None
            self._all_minutes[key] = Minutes(hour, self.answers(hour) if answers else None, kept)
        return self._all_minutes[key]

    def counts(self, hour: Slot) -> Iterator[Slot]:
        """The minutes of an hour until `until`, without latencies; for as long as hours are kept."""
        for minute, total, failed in unpack_minutes(hour.minutes):
            at = hour.at + MINUTE_S * minute
            if at < self.until:
                yield Slot(at=at, total=total, failed=failed)


def _fill(series: Series, read: RowSlots, needed: Container[float]) -> None:
    """Load every hour, the last one by minutes as far as it goes, and of those that are needed the minutes too."""
    answers = series.objective.limit_s is not None
    for day in read.days:
        series.load_day(day, read.answers(day) if answers else None)
    whole = frozenset[float]()
    if not series.objective.slice_s:
        plain = tuple([hour for hour in read.hours if not (read.is_cut(hour) or _touched(series.excluded, hour))])
        whole = frozenset([hour.at for hour in plain])
        if plain:
            series.load_hours(read.columns(plain, answers=answers).counted(series.objective))
    for hour in read.hours:
        if hour.at not in whole:
            _load(series, read, hour)
        if hour.at in needed and not (read.is_cut(hour) or (answers and _in_part(series.excluded, hour))):
            _refine(series, read, hour)


def _load(series: Series, read: RowSlots, hour: Slot) -> None:
    """Load an hour of which something is taken out, or that is not over, or of which slices count."""
    answers = series.objective.limit_s is not None
    if answers and (read.is_cut(hour) or _in_part(series.excluded, hour)) and read.minutes(hour):
        for minute in read.minutes(hour):
            series.load(minute, MINUTE_S, read.answers(minute))
    elif read.is_cut(hour) and hour.minutes and not answers:
        for minute in read.counts(hour):
            series.load(minute, MINUTE_S)
    else:
        series.load(hour, HOUR_S, read.answers(hour) if answers else None)


def _refine(series: Series, read: RowSlots, hour: Slot) -> None:
    answers = series.objective.limit_s is not None
    if not (read.is_cut(hour) or _touched(series.excluded, hour)):
        minutes = read.all_minutes(hour, answers=answers).counted(series.objective)
        if minutes is not None:
            series.refine_hour(minutes)
    elif answers:
        for minute in read.minutes(hour):
            series.refine(minute, read.answers(minute))
    else:
        for minute in read.counts(hour):
            series.refine(minute)


def _touched(excluded: Exclusions, hour: Slot) -> bool:
    return excluded.touches(hour.at, hour.at + HOUR_S)


def _in_part(excluded: Exclusions, hour: Slot) -> bool:
    """Whether some of an hour is taken out, but not all: latencies are then told apart by minute."""
    return 0 < excluded.seconds(hour.at, hour.at + HOUR_S) < HOUR_S


def after(now: float) -> float:
    """The end of the minute that is now: a slot's step counts when it begins before it."""
    return (now // MINUTE_S + 1) * MINUTE_S
