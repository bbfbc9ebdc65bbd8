"""Observed: the latencies of one row over a budget's window, by hour, so that percentiles follow the window."""

from collections.abc import Iterable

from collectors.sketch import Sketch, bin_of
from ops.slo.exclusions import Exclusions, Span
from ops.slo.objectives import Objective
from ops.store.contract import DAY_S, HOUR_S, MINUTE_S, Slot, Store
from ops.store.minutes import unpack_minutes

PERCENTILES = {"p50": 50.0, "p95": 95.0, "p99": 99.0}
"""Kinds of objectives that a percentile is seen for, with its percent."""


class Observed:
    """A packed sketch for each hour, and all of them merged. Hours leave when they are wholly before the window."""

    def __init__(self) -> None:
        self._hours: dict[int, bytes] = {}
        self._whole = Sketch()
        self._open: tuple[int, Sketch] | None = None
        self._oldest = 0
        self._ranks: tuple[float | None, ...] | None = None

    def add(self, at: float, answers: Sketch) -> None:
        """Take what was counted at `at`."""
        hour = int(at // HOUR_S)
        if self._open is None or self._open[0] != hour:
            self._close()
            self._oldest = min(self._oldest, hour) if self._hours else hour
            self._open = hour, Sketch.unpack(self._hours.get(hour, b""))
        self._open[1].merge(answers)
        self._whole.merge(answers)
        self._ranks = None

    def _close(self) -> None:
        if self._open is not None:
            self._hours[self._open[0]] = self._open[1].pack()
            self._open = None

    def put(self, hour: int, latencies: bytes) -> None:
        """Take a whole hour, whose latencies are in `merge` already."""
        if latencies:
            self._oldest = min(self._oldest, hour) if self._hours else hour
            self._hours[hour] = latencies

    def merge(self, answers: Sketch) -> None:
        """Take latencies of hours that are `put`."""
        self._whole.merge(answers)
        self._ranks = None

    def ranks(self, start: float) -> tuple[float | None, ...]:
        """p50, p95 and p99 since `start`, nearest rank, to 1 % and at the old end to the hour; None without answers."""
        first = int(start // HOUR_S)
        if self._oldest < first:
            self._forget(first)
        if self._ranks is None:
            self._ranks = self._whole.ranks(*PERCENTILES.values())
        return self._ranks

    def ranks_with(self, more: Sketch) -> tuple[float | None, ...]:
        """The same with some more latencies, of all that is here; nothing changes."""
        whole = Sketch()
        whole.merge(self._whole)
        whole.merge(more)
        return whole.ranks(*PERCENTILES.values())

    def _forget(self, first: int) -> None:
        self._close()
        for hour in [hour for hour in self._hours if hour < first]:
            self._whole.remove(Sketch.unpack(self._hours.pop(hour)))
            self._ranks = None
        self._oldest = min(self._hours, default=first)


def told(objective: Objective, ranks: tuple[float | None, ...]) -> float | None:
    """What an objective's percentile is, of all that were observed; None for objectives of other kinds."""
    by_kind = dict(zip(PERCENTILES, ranks, strict=True))
    return _within(by_kind.get(objective.kind), objective.limit_s)


def _within(observed_s: float | None, limit_s: float | None) -> float | None:
    """A percentile as it is told: one of the limit's own bin, which counts as within, is not told as over it."""
    if observed_s is None or limit_s is None or observed_s <= limit_s or limit_s <= 0:
        return observed_s
    return limit_s if bin_of(observed_s) == bin_of(limit_s) else observed_s


def load_observed(store: Store, row: str, start: float, until: float, excluded: Iterable[Span] = ()) -> Observed:
    """The latencies of a row in [start, until), without what is excluded; the old end to the hour. Raises StoreError.

    Whole days are merged as such. Of hours that are taken out in part, and of the last one, minutes are merged.
    """
    observed, out = Observed(), Exclusions(excluded)
    first = start // HOUR_S * HOUR_S
    last = until // HOUR_S * HOUR_S
    hours = store.slots(row, first, last, HOUR_S)
    days = _whole_days(store, row, first, last, out)
    for slot in hours:
        gone = out.seconds(slot.at, slot.at + HOUR_S)
        if gone:
            if gone < HOUR_S:
                _add_minutes(observed, store, row, (slot.at, slot.at + HOUR_S), out)
            continue
        observed.put(int(slot.at // HOUR_S), slot.latencies)
        if slot.at // DAY_S * DAY_S not in days:
            observed.merge(Sketch.unpack(slot.latencies))
    for latencies in days.values():
        observed.merge(Sketch.unpack(latencies))
    _add_minutes(observed, store, row, (last, until), out)
    return observed


def _has_part(hour: Slot, span: Span) -> bool:
    """Whether something was counted in that part of an hour; without its minutes nobody knows, and it may be."""
    minutes = [hour.at + MINUTE_S * minute for minute, total, _ in unpack_minutes(hour.minutes) if total]
    return not minutes or any(span[0] <= at < span[1] for at in minutes)


def _whole_days(store: Store, row: str, first: float, last: float, out: Exclusions) -> dict[float, bytes]:
    begin, end = -(-first // DAY_S) * DAY_S, last // DAY_S * DAY_S
    slots = store.slots(row, begin, end, DAY_S) if begin < end else ()
    return {slot.at: slot.latencies for slot in slots if not out.touches(slot.at, slot.at + DAY_S)}


def _add_minutes(observed: Observed, store: Store, row: str, span: Span, out: Exclusions) -> None:
    slots = store.slots(row, *span, MINUTE_S) if span[0] < span[1] else ()
    if not slots and span[0] < span[1]:
        # Minutes are not kept any more: the whole hour stands for its part, where that has anything.
        hours = store.slots(row, span[0] // HOUR_S * HOUR_S, span[1], HOUR_S)
        slots = [hour for hour in hours if _has_part(hour, span)]
    for slot in slots:
        if slot.latencies and not out.covers(slot.at):
            observed.add(slot.at, Sketch.unpack(slot.latencies))
