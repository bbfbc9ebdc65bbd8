"""What every store must do alike: the edges of time at which things are dropped, and the order of the floor."""

from collections.abc import Iterable, Mapping

import msgspec

from ops.board import Row
from ops.store.contract import DAY_S, HOUR_S, MINUTE_S, Record, Retention

RECENT_S = 600.0
"""A picture needs something that was recorded in this time before it."""
CLOSED_AFTER_S = 120.0
"""So long after its end an hour is rolled up."""
TARGETS_NOTE = "targets"
"""The note with the ids of all targets in the order of the floor, one a line."""


class Edges(msgspec.Struct, frozen=True):
    """Hours since the epoch, from which on things are kept; what is older is not given, even before it is deleted."""

    raw: int = 0
    minutes: int = 0
    hours: int = 0
    """The first hour of a day: days are dropped whole."""

    def moved(self, retention: Retention, now: float) -> "Edges":
        """As of now; they never move back."""
        return Edges(
            raw=max(self.raw, int((now - retention.raw_s) // HOUR_S)),
            minutes=max(self.minutes, int((now - retention.minutes_s) // HOUR_S)),
            hours=max(self.hours, int((now - retention.hours_s) // DAY_S) * 24),
        )


def steps(start: float, end: float, step: int) -> tuple[int, int]:
    """The numbers of the steps that begin in [start, end), as (first, first not)."""
    return _at_or_after(start, step), _at_or_after(end, step)


def _at_or_after(moment: float, step: int) -> int:
    bounded = min(max(moment, 0.0), 1e12)
    return int(-(-bounded // step))


def minute_of(moment: float) -> int:
    """Which minute since the epoch."""
    return int(moment // MINUTE_S)


def hour_of(moment: float) -> int:
    """Which hour since the epoch."""
    return int(moment // HOUR_S)


def begins(record: Record) -> bool:
    """Whether the recording began with it: rows from before are not there until they are polled again."""
    return any(event.kind == "start" and not event.row for event in record.happened)


def kind_of(row_id: str) -> str:
    """The kind that an id tells, for rows that were only counted."""
    return row_id.partition(":")[0]


def in_order(rows: Iterable[tuple[int, Row]], seen: Mapping[str, int], targets: str) -> tuple[Row, ...]:
    """Rows, given with their place among their target's, as on the floor.

    Targets stand as the note says (`targets`), others behind them as they were first `seen` (rank by row id).
    """
    noted = {target: rank for rank, target in enumerate(targets.splitlines())}
    last = len(noted)

    def rank(item: tuple[int, Row]) -> tuple[int, int, str, int, str]:
        place, row = item
        return noted.get(row.target, last), seen.get(row.target, 2**62), row.target, place, row.id

    return tuple([row for _, row in sorted(rows, key=rank)])
