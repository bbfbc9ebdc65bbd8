"""Observed: the latencies of one row over a budget's window, by minute and hour, so that percentiles follow it."""

import math
from collections.abc import Iterable, Mapping

from collectors.sketch import Sketch, bin_of
from ops.slo.exclusions import Exclusions, Span
from ops.slo.kept import MINUTES_KEPT, begins
from ops.slo.objectives import Objective
from ops.store.contract import DAY_S, HOUR_S, MINUTE_S, Slot, Store
from ops.store.minutes import unpack_minutes

PERCENTILES = {"p50": 50.0, "p95": 95.0, "p99": 99.0}
"""Kinds of objectives that a percentile is seen for, with its percent."""


class Observed:
    """Packed sketches, and all of them merged. What is before the window leaves, minute by minute where they are known.

    Of the newest hours minutes are told apart; of older ones when they are `refine`d. An hour of which they are not
    leaves as soon as the window begins within it: so `Series` counts it too.
    """

    def __init__(self, hours: int = MINUTES_KEPT // 60 + 1) -> None:
        """Of the newest `hours` minutes are told apart."""
        self._by_minute = hours
        self._hours: dict[int, bytes] = {}
        self._minutes: dict[int, dict[int, bytes]] = {}
        """By hour and minute, both since the epoch."""
        self._whole = Sketch()
        self._open: tuple[int, Sketch] | None = None
        self._oldest = 0
        """Minute of the oldest."""
        self._ranks: tuple[float | None, ...] | None = None

    def add(self, at: float, answers: Sketch) -> None:
        """Take what was counted at `at`."""
        minute = int(at // MINUTE_S)
        if self._open is None or self._open[0] != minute:
            self._close()
            self._begin(minute)
            self._open = minute, Sketch.unpack(self._minutes.get(minute // 60, {}).pop(minute, b""))
        self._open[1].merge(answers)
        self._whole.merge(answers)
        self._ranks = None

    def _begin(self, minute: int) -> None:
        self._oldest = min(self._oldest, minute) if self._hours or self._minutes else minute

    def _close(self) -> None:
        if self._open is None:
            return
        minute, answers = self._open
        self._open = None
        if minute // 60 not in self._minutes:
            self._minutes[minute // 60] = {}
            for hour in [hour for hour in self._minutes if hour <= minute // 60 - self._by_minute]:
                self._fold(hour)
        self._minutes[minute // 60][minute] = answers.pack()

    def _fold(self, hour: int) -> None:
        """Tell the minutes of an hour apart no more."""
        together = Sketch.unpack(self._hours.get(hour, b""))
        for latencies in self._minutes.pop(hour).values():
            together.merge(Sketch.unpack(latencies))
        self._hours[hour] = together.pack()

    def put(self, hour: int, latencies: bytes) -> None:
        """Take a whole hour, whose latencies are in `merge` already."""
        if latencies:
            self._begin(hour * 60)
            self._hours[hour] = latencies

    def merge(self, answers: Sketch) -> None:
        """Take latencies of hours that are `put`."""
        self._whole.merge(answers)
        self._ranks = None

    def refine(self, hour: int, latencies: Mapping[int, bytes]) -> None:
        """Take those of an hour that was `put` by its minutes (0 to 59): the window begins there soon."""
        whole = self._hours.pop(hour, None)
        if whole is None:
            return
        self._whole.remove(Sketch.unpack(whole))
        for minute, packed in latencies.items():
            self.add((hour * 60 + minute) * MINUTE_S, Sketch.unpack(packed))
        self._close()
        self._ranks = None

    def ranks(self, start: float) -> tuple[float | None, ...]:
        """p50, p95 and p99 of the minutes since `start`, nearest rank, to 1 %; None without answers."""
        first = math.ceil(start / MINUTE_S)
        if self._oldest < first:
            self._forget(first)
        if self._ranks is None:
            self._ranks = self._whole.ranks(*PERCENTILES.values())
        return self._ranks

    def _forget(self, first: int) -> None:
        self._close()
        for hour in [hour for hour in self._hours if hour * 60 < first]:
            self._whole.remove(Sketch.unpack(self._hours.pop(hour)))
        for hour in [hour for hour in self._minutes if hour * 60 < first]:
            minutes = self._minutes[hour]
            for minute in [minute for minute in minutes if minute < first]:
                self._whole.remove(Sketch.unpack(minutes.pop(minute)))
            if not minutes:
                del self._minutes[hour]
        oldest = [min(self._minutes[min(self._minutes)], default=first)] if self._minutes else []
        self._oldest = min([*oldest, *(hour * 60 for hour in self._hours)], default=first)
        self._ranks = None


def told(objective: Objective, ranks: tuple[float | None, ...]) -> float | None:
    """What an objective's percentile is, of all that were observed; None for objectives of other kinds."""
    by_kind = dict(zip(PERCENTILES, ranks, strict=True))
    return _within(by_kind.get(objective.kind), objective.limit_s)


def _within(observed_s: float | None, limit_s: float | None) -> float | None:
    """A percentile as it is told: one of the limit's own bin, which counts as within, is not told as over it."""
    if observed_s is None or limit_s is None or observed_s <= limit_s or limit_s <= 0:
        return observed_s
    return limit_s if bin_of(observed_s) == bin_of(limit_s) else observed_s


def load_observed(
    store: Store,
    row: str,
    start: float,
    until: float,
    excluded: Iterable[Span] = (),
    hours: int = MINUTES_KEPT // 60 + 1,
) -> Observed:
    """The latencies of a row in [start, until), without what is excluded, as far as a series counts. Raises StoreError.

    Whole days are merged as such. Of hours that are taken out in part, and of the first and the last one, minutes are
    merged. `hours` as of `Observed`.
    """
    observed, out = Observed(hours), Exclusions(excluded)
    begin = begins(start, until)
    first, last = -(-begin // HOUR_S) * HOUR_S, until // HOUR_S * HOUR_S
    if begin < first:
        _add(observed, store.slots(row, begin, min(first, until), MINUTE_S), out)
    if last < first:
        return observed
    days = _whole_days(store, row, first, last, out)
    for slot in store.slots(row, first, last, HOUR_S) if first < last else ():
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
    _add(observed, slots, out)


def _add(observed: Observed, slots: Iterable[Slot], out: Exclusions) -> None:
    for slot in slots:
        if slot.latencies and not out.covers(slot.at):
            observed.add(slot.at, Sketch.unpack(slot.latencies))
