"""Loads what a store counted into a series: hours for the period, minutes where windows begin and end."""

from collections.abc import Container, Iterable, Sequence

from ops.slo.columns import whole_days
from ops.slo.exclusions import Exclusions, Span
from ops.slo.objectives import Objective
from ops.slo.row_slots import Counted, RowSlots, in_part, touched
from ops.slo.series import Series, minutes_needed, window_lengths
from ops.slo.taken import reach
from ops.store.contract import DAY_S, HOUR_S, MINUTE_S, Slot, Store


def load_series(store: Store, objective: Objective, now: float, excluded: Iterable[Span] = ()) -> Series:
    """What counts for an objective's budget at `now`, without what lies in `excluded`. Raises StoreError."""
    series = load_row(store, (objective,), now, excluded)[objective.id]
    series.begun(first_of(store, objective.row))
    return series


def first_of(store: Store, row: str) -> float:
    """When the oldest that is known of a row was recorded; 0 where nothing is."""
    return next((subject.first for subject in store.subjects() if subject.row == row), 0.0)


def load_row(
    store: Counted,
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
    read.days_in(divided(objectives[0], now, ahead_s), Exclusions(spans))
    return series_of_row(read, objectives, now, spans)


def series_of_row(
    read: RowSlots, objectives: Sequence[Objective], now: float, excluded: Iterable[Span]
) -> dict[str, Series]:
    """The series of one SLO's objectives by id, of slots that were read."""
    spans = tuple(excluded)
    return {one.id: series_of(read, one, spans, needed_hours(one, now)) for one in objectives}


def read_row(store: Counted, objective: Objective, now: float, until: float | None = None) -> RowSlots:
    """What can count for an SLO's budgets at `now`, and began before `until` (the end of the minute that is now)."""
    return RowSlots(store, objective.row, reach(objective, now), after(now) if until is None else until)


def divided(objective: Objective, now: float, ahead_s: float = 0.0) -> frozenset[int]:
    """Numbers of the days in which a window begins, now or in so long, and of the last one: those are not whole."""
    starts = {now, *(now - length_s for length_s in window_lengths(objective)), objective.period.at(now).start}
    return frozenset(day for start in starts for day in range(int(start // DAY_S), int((start + ahead_s) // DAY_S) + 1))


def series_of(read: RowSlots, objective: Objective, excluded: Iterable[Span], hours: Container[float]) -> Series:
    """A series of slots that were read, with the minutes of those hours."""
    series = Series(objective, excluded)
    _fill(series, read, hours)
    return series


def needed_hours(objective: Objective, now: float) -> frozenset[float]:
    """When the hours begin of which minutes must be known for a budget at `now`."""
    spans = minutes_needed(objective, now)
    return frozenset(float(at) for start, end in spans for at in range(int(start), int(end), HOUR_S))


def read_hour(store: Counted, row: str, hour: float, *, answers: bool) -> RowSlots:
    """An hour of a row with its minutes, and with their latencies where `answers` are asked for."""
    read = RowSlots(store, row, hour, hour + HOUR_S)
    for slot in read.hours if answers else ():
        read.all_minutes(slot).read()
    return read


def refine(series: Series, read: RowSlots) -> None:
    """Add the minutes of hours that were loaded whole: a window begins there now."""
    for hour in read.hours:
        if not (series.objective.limit_s is not None and in_part(series.excluded, hour)):
            _refine(series, read, hour)


def _fill(series: Series, read: RowSlots, needed: Container[float]) -> None:
    """Load every hour, the last one by minutes as far as it goes, and of those that are needed the minutes too."""
    answers = series.objective.limit_s is not None
    apart = read.hours
    if series.objective.slice_s:
        for day in read.days:
            series.load_day(day)
    else:
        for days in whole_days(read.days, series.objective):
            series.load_hours(days)
        plain = read.plain(series.excluded)
        for hours in read.columns(plain, answers=answers):
            series.load_hours(hours.counted(series.objective))
        there = {hour.at for hour in plain}
        apart = [hour for hour in read.hours if hour.at not in there]
    for hour in apart:
        _load(series, read, hour)
    for hour in read.hours:
        if hour.at in needed and not (read.is_cut(hour) or (answers and in_part(series.excluded, hour))):
            _refine(series, read, hour)


def _load(series: Series, read: RowSlots, hour: Slot) -> None:
    """Load an hour of which something is taken out, or that is not over, or of which slices count."""
    answers = series.objective.limit_s is not None
    if answers and (read.is_cut(hour) or in_part(series.excluded, hour)) and read.minutes(hour):
        for minute in read.minutes(hour):
            series.load(minute, MINUTE_S, read.answers(minute))
    elif read.is_cut(hour) and hour.minutes and not answers:
        for minute in read.counts(hour):
            series.load(minute, MINUTE_S)
    else:
        series.load(hour, HOUR_S, read.answers(hour) if answers else None)


def _refine(series: Series, read: RowSlots, hour: Slot) -> None:
    answers = series.objective.limit_s is not None
    if not (read.is_cut(hour) or touched(series.excluded, hour)):
        minutes = read.all_minutes(hour).counted(series.objective)
        if minutes is not None:
            series.refine_hour(minutes)
    elif answers:
        for minute in read.minutes(hour):
            series.refine(minute, read.answers(minute))
    else:
        for minute in read.counts(hour):
            series.refine(minute)


def after(now: float) -> float:
    """The end of the minute that is now: a slot's step counts when it begins before it."""
    return (now // MINUTE_S + 1) * MINUTE_S
