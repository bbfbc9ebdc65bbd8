"""Rows of the past with what was known around them: counts and percentiles of windows, and the sparkline."""

from functools import lru_cache

import msgspec

from collectors.base import Entity
from collectors.sketch import Sketch
from ops.board import WINDOWS, Row, WindowStats
from ops.store.contract import HOUR_S, MINUTE_S, Step, Store
from ops.trend import MINUTES, leading

_KEPT = 8192
"""Slots that are kept read, so that a step to the next minute reads only that one anew."""


def with_surroundings(
    store: Store, row: Row, minute: float, step_s: float, counted: frozenset[str], *, newest: bool = False
) -> Row:
    """A row of a picture with `stats` and `trend`, both of the whole minutes that had ended at `minute`.

    `step_s` is how exact the picture is: where only hours are known, only the window of an hour has counts. `counted`
    are the rows that have slots. Where nothing was recorded later, this is the `newest`: then a row that has nothing
    but the minute that is open has `stats` of that one.
    """
    follows = leading(Entity(kind=row.kind, name=row.name, facts=row.facts))
    own = row.id == row.target
    return msgspec.structs.replace(
        row,
        trend=trend(store, row.id, follows, minute) if follows and step_s < HOUR_S else (None,) * MINUTES,
        trend_of=follows,
        stats=_stats(store, row.id, minute, step_s, newest) if own and row.id in counted else _nothing() if own else (),
    )


def _stats(store: Store, row: str, minute: float, step_s: float, newest: bool) -> tuple[WindowStats, ...]:
    found = stats(store, row, minute, step_s)
    if newest and step_s < MINUTE_S and not found[-1].count:
        return stats(store, row, minute + MINUTE_S, step_s)
    return found


def trend(store: Store, row: str, fact: str, minute: float) -> tuple[float | None, ...]:
    """The last 30 whole minutes of a fact, oldest first: the last value of each."""
    start = minute - MINUTES * MINUTE_S
    values: list[float | None] = [None] * MINUTES
    for figure in store.figures(row, fact, start, minute, 60):
        place = int(figure.at - start) // MINUTE_S
        if 0 <= place < MINUTES:
            values[place] = figure.value
    return tuple(values)


def stats(store: Store, row: str, minute: float, step_s: float) -> tuple[WindowStats, ...]:
    """Counts and percentiles (nearest rank, to 1 %) for each of `ops.board.WINDOWS`, from whole slots."""
    step: Step = 3600 if step_s >= HOUR_S else 60
    end = minute // step * step
    slots = store.slots(row, end - max(span_s for _, span_s in WINDOWS), end, step)
    newest_first = iter(reversed(slots))
    whole, total, failed = Sketch(), 0, 0
    found: list[WindowStats] = []
    waiting = next(newest_first, None)
    for _, span_s in WINDOWS:
        while waiting is not None and span_s >= step and waiting.at >= end - span_s:
            whole.merge(_read(waiting.latencies))
            total, failed = total + waiting.total, failed + waiting.failed
            waiting = next(newest_first, None)
        p50_s, p95_s, p99_s = whole.ranks(50, 95, 99)
        found.append(WindowStats(window_s=span_s, count=total, failed=failed, p50_s=p50_s, p95_s=p95_s, p99_s=p99_s))
    return tuple(found)


def _nothing() -> tuple[WindowStats, ...]:
    return tuple([WindowStats(window_s=span_s, count=0, failed=0) for _, span_s in WINDOWS])


@lru_cache(maxsize=_KEPT)
def _read(latencies: bytes) -> Sketch:
    """A slot's sketch, which nobody changes."""
    return Sketch.unpack(latencies)
