"""What an incident cost, as a history has it: failed requests, spent error budgets, and the course of latency."""

from collections.abc import Iterator, Sequence

from ops.config.structs import Config
from ops.incidents.account import Course, Failures, Spent
from ops.past.charts import chart
from ops.slo.load import load_series, needed_hours, read_hour, refine
from ops.slo.objectives import Objective
from ops.slo.status import spent_ratio, status
from ops.slo.taken import all_objectives, reach, spans_of, taken_out
from ops.store.contract import HOUR_S, MINUTE_S, Store
from ops.store.minutes import unpack_minutes

COLUMNS = 60
MOST_COURSES = 3
_LEAST_AROUND_S = 600.0
_OF_USERS = frozenset({"access_log", "prometheus"})
"""Kinds of rows that count what users did; others count our own probes."""


def failures(store: Store, rows: Sequence[str], start: float, end: float) -> tuple[Failures, ...]:
    """What was counted of each row in the minutes of [start, end], most failures first. Raises StoreError."""
    counted = set(store.counted_rows())
    found = [_failures(store, row, start, end) for row in rows if row in counted]
    return tuple(sorted((each for each in found if each.total), key=lambda each: (-each.failed, -each.total)))


def _failures(store: Store, row: str, start: float, end: float) -> Failures:
    minutes = list(_minutes(store, row, start // MINUTE_S, end // MINUTE_S))
    of = "requests" if row.partition(":")[0].partition(".")[0] in _OF_USERS else "probes"
    return Failures(row=row, of=of, total=sum(total for total, _ in minutes), failed=sum(bad for _, bad in minutes))


def _minutes(store: Store, row: str, first: float, last: float) -> Iterator[tuple[int, int]]:
    """Total and failed of each minute with a number from `first` to `last`; hours know their minutes for 400 days."""
    start = first * MINUTE_S // HOUR_S * HOUR_S
    for hour in store.slots(row, start, (last + 1) * MINUTE_S, HOUR_S):
        for minute, total, failed in unpack_minutes(hour.minutes):
            if first <= hour.at // MINUTE_S + minute <= last:
                yield total, failed


def spent(store: Store, config: Config, rows: Sequence[str], start: float, end: float) -> tuple[Spent, ...]:
    """What each objective that counts one of these rows paid for it, dearest first. Raises StoreError."""
    found = [_spent(store, config, one, start, end) for one in all_objectives(config) if one.row in rows]
    return tuple(sorted((each for each in found if each.total), key=lambda each: -each.spent_ratio))


def _spent(store: Store, config: Config, objective: Objective, start: float, end: float) -> Spent:
    """Counted as the objective itself counts: without planned work and what was corrected, slices as slices."""
    taken = taken_out(config.maintenance, store.corrections(), objective.slo, reach(objective, end), end)
    series = load_series(store, objective, end, spans_of(taken))
    hour = start // HOUR_S * HOUR_S
    if hour not in needed_hours(objective, end):
        refine(series, read_hour(store, objective.row, hour, answers=objective.limit_s is not None))
    part, period = series.since(start // MINUTE_S * MINUTE_S, end), objective.period.at(end)
    total, bad = (part.slices, part.bad_slices) if objective.slice_s else (part.total, part.bad)
    return Spent(
        budget=objective.id,
        row=objective.row,
        window=period.name,
        bad=bad,
        total=total,
        spent_ratio=spent_ratio(objective, bad, series.since(period.start, end), period.length_s),
        remaining_ratio=status(objective, series, end).remaining_ratio,
    )


def courses(store: Store, rows: Sequence[str], start: float, end: float, now: float) -> tuple[Course, ...]:
    """Latency and failures of the first of these rows, with as much around it as it lasted. Raises StoreError."""
    around_s = max(end - start, _LEAST_AROUND_S) / 2
    until = min(end + around_s, now)
    found = [_course(store, row, start - around_s, until) for row in rows[:MOST_COURSES]]
    return tuple(course for course in found if any(bucket.count for bucket in course.columns))


def _course(store: Store, row: str, start: float, end: float) -> Course:
    drawn = chart(store, row, end, end - start, COLUMNS, marks=False)
    columns = tuple(drawn.columns)
    step_s = columns[1].at - columns[0].at if len(columns) > 1 else end - drawn.start
    return Course(row=row, start=drawn.start, end=end, step_s=step_s, columns=columns)
