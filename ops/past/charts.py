"""Latency over any span, by columns of time: percentiles, counts by how long it took, the week before, what happened.

Columns are whole slots of a store, merged: a percentile of a column is the nearest-rank percentile of all that was
counted in it, to 1 %, whatever the slots were.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from collectors.sketch import Sketch, merged
from ops.board import Bucket
from ops.past.bands import band_counts, edges_of
from ops.past.marks import marks_of
from ops.past.structs import Chart, Heat
from ops.slo.quantiles import SKETCH
from ops.store.contract import DAY_S, HOUR_S, Slot, Step, Store

RULE = SKETCH
WEEK_S = 7 * DAY_S
_LENGTHS = (
    *(60 * minutes for minutes in (1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 16, 18, 20, 24, 30, 32, 36, 40, 45, 48)),
    *(HOUR_S * hours for hours in (1, 2, 3, 4, 6, 8, 12, 24)),
)
"""How long a column may be: what divides a day, so that columns stand still while time passes."""
_FINER: dict[Step, Step] = {86400: 3600, 3600: 60}


class Counted(NamedTuple):
    """One slot, read."""

    at: float
    total: int
    failed: int
    latencies: Sketch


class Grid(NamedTuple):
    """Columns of equal length that begin at multiples of it."""

    first: int
    length: int
    columns: int

    @property
    def last(self) -> int:
        """Where the last column ends."""
        return self.first + self.length * self.columns

    @property
    def step(self) -> Step:
        """The longest slots of which a column is made."""
        if self.length % DAY_S == 0:
            return 86400
        return 3600 if self.length % HOUR_S == 0 else 60


def column_s(span_s: float, columns: int) -> int:
    """How long each of at most `columns` columns is, seconds; one more can be needed where the ends are not round."""
    least = span_s / max(columns, 1)
    return next((length for length in _LENGTHS if length >= least), DAY_S * math.ceil(least / DAY_S))


def chart(store: Store, row: str, end: float, span_s: float, columns: int, *, marks: bool = True) -> Chart:
    """Percentiles of a row over the `span_s` seconds up to `end` (UTC), in about `columns` columns.

    `before` are the same columns a week earlier, with their times moved on by the week.
    """
    minutes_from = _minutes_from(store)
    grid = _grid(end - span_s, end, columns, minutes_from)
    earlier = _grid(end - span_s - WEEK_S, end - WEEK_S, columns, minutes_from)
    slots = _both(store, row, earlier, grid, end)
    before = _buckets(earlier, slots, WEEK_S)
    return Chart(
        row=row,
        start=grid.first,
        end=end,
        columns=_buckets(grid, slots, 0),
        whole=_bucket(_all_of(grid, slots), grid.last - grid.first),
        before=before if any(bucket.count for bucket in before) else (),
        marks=marks_of(store, row, grid.first, end, grid.length) if marks else (),
        rule=RULE,
    )


def heat(store: Store, row: str, end: float, span_s: float, columns: int, bands: int) -> Heat:
    """How many answers of a row took how long over the `span_s` seconds up to `end`, in at most `bands` bands."""
    minutes_from = _minutes_from(store)
    grid = _grid(end - span_s, end, columns, minutes_from)
    sorted_in = _sorted_in(grid, _read(store, row, grid.first, end, grid.step, minutes_from))
    edges = edges_of([column.latencies for column in sorted_in], bands)
    return Heat(
        row=row,
        start=grid.first,
        end=grid.last,
        edges_s=edges,
        columns=tuple(band_counts(column.latencies, edges) for column in sorted_in),
        failed=tuple(column.failed for column in sorted_in),
    )


def _minutes_from(store: Store) -> float:
    """From when on there are minutes and not only hours."""
    span = store.span()
    return span[1] - store.retention.minutes_s if span else 0.0


def _grid(start: float, end: float, columns: int, minutes_from: float) -> Grid:
    length = column_s(end - start, columns)
    if start < minutes_from and length % HOUR_S:
        length = column_s(end - start, max(int((end - start) // HOUR_S), 1))
    first = int(start // length) * length
    # What began less than half a column before the start is left out: that much of it is not in the span.
    first += length if start - first > length / 2 else 0
    return Grid(first, length, max(math.ceil((end - first) / length), 1))


def _both(store: Store, row: str, earlier: Grid, grid: Grid, end: float) -> list[Counted]:
    """The slots of both grids; where they overlap none is read twice."""
    minutes_from = _minutes_from(store)
    found = list(_read(store, row, earlier.first, min(earlier.last, end), earlier.step, minutes_from))
    start = grid.first
    if earlier.last > start and earlier.step == grid.step:
        start = min(earlier.last, math.ceil(end))
    else:
        found = [slot for slot in found if slot.at < start]
    return [*found, *_read(store, row, start, end, grid.step, minutes_from)]


def _read(store: Store, row: str, start: float, end: float, step: Step, minutes_from: float) -> Iterator[Counted]:
    """Slots of [start, end): whole steps, and finer ones for what is left, so that nothing after `end` is in it."""
    whole = end // step * step
    finer = _FINER.get(step)
    if finer is None or whole < minutes_from:
        yield from map(_counted, store.slots(row, start, end, step))
        return
    if whole > start:
        yield from map(_counted, store.slots(row, start, whole, step))
    if whole < end:
        yield from _read(store, row, max(whole, start), end, finer, minutes_from)


def _counted(slot: Slot) -> Counted:
    return Counted(slot.at, slot.total, slot.failed, Sketch.unpack(slot.latencies))


def _sorted_in(grid: Grid, slots: Iterator[Counted] | Sequence[Counted]) -> list[Counted]:
    """What was counted in each column, at the column's start."""
    totals, failed = [0] * grid.columns, [0] * grid.columns
    sketches = [Sketch() for _ in range(grid.columns)]
    for slot in slots:
        place = int(slot.at - grid.first) // grid.length
        if 0 <= place < grid.columns:
            totals[place] += slot.total
            failed[place] += slot.failed
            sketches[place].merge(slot.latencies)
    starts = range(grid.first, grid.last, grid.length)
    return [Counted(*column) for column in zip(starts, totals, failed, sketches, strict=True)]


def _buckets(grid: Grid, slots: Sequence[Counted], moved_s: float) -> tuple[Bucket, ...]:
    return tuple(_bucket(column, grid.length + moved_s) for column in _sorted_in(grid, slots))


def _all_of(grid: Grid, slots: Sequence[Counted]) -> Counted:
    """What was counted in all columns."""
    within = [slot for slot in slots if grid.first <= slot.at < grid.last]
    total, failed = sum(slot.total for slot in within), sum(slot.failed for slot in within)
    return Counted(grid.first, total, failed, merged(slot.latencies for slot in within))


def _bucket(column: Counted, closes_s: float) -> Bucket:
    p50_s, p95_s, p99_s = column.latencies.ranks(50, 95, 99)
    return Bucket(
        at=column.at + closes_s, p50_s=p50_s, p95_s=p95_s, p99_s=p99_s, failed=column.failed, count=column.total
    )
