"""Counts: how many probes were made and failed, by minute for a day and by hour for a month."""

from array import array
from bisect import bisect_left
from typing import NamedTuple

MINUTES_KEPT = 25 * 60
HOURS_KEPT = 32 * 24


class Total(NamedTuple):
    """Probes over a stretch of time. `known_s` is how much of it is known."""

    probes: int
    failed: int
    known_s: float

    @property
    def error_ratio(self) -> float | None:
        """Failed of all, or None without any probe."""
        return self.failed / self.probes if self.probes else None


class _Slots:
    """Counts per slot of `step_s` seconds, newest last, bounded."""

    def __init__(self, step_s: float, kept: int) -> None:
        self.step_s = step_s
        self.kept = kept
        self.numbers, self.counts, self.failed = array("q"), array("L"), array("L")

    def add(self, at: float, ok: bool) -> bool:
        """Count one probe; says whether that began a new slot."""
        number = int(at // self.step_s)
        fresh = not self.numbers or self.numbers[-1] < number
        if fresh:
            self._begin(number)
        self.counts[-1] += 1
        self.failed[-1] += not ok
        return fresh

    def _begin(self, number: int) -> None:
        for column, value in ((self.numbers, number), (self.counts, 0), (self.failed, 0)):
            if len(column) >= self.kept:
                del column[0]
            column.append(value)

    def since(self, oldest: int, end: int | None) -> tuple[int, int]:
        """Count and failed of the slots from number `oldest` on, up to place `end`."""
        first = bisect_left(self.numbers, oldest)
        return sum(self.counts[first:end]), sum(self.failed[first:end])


class Counts:
    """A target's probes, counted. Times must not go back."""

    def __init__(self) -> None:
        self._minutes = _Slots(60.0, MINUTES_KEPT)
        self._hours = _Slots(3600.0, HOURS_KEPT)
        self._first: float | None = None
        self._closed: dict[tuple[float, int], tuple[int, int]] = {}

    def add(self, at: float, ok: bool) -> None:
        """Count one probe that ended at `at`."""
        if self._first is None:
            self._first = at
        self._hours.add(at, ok)
        if self._minutes.add(at, ok):
            self._closed.clear()

    def total(self, window_s: float, now: float) -> Total:
        """Probes of the last `window_s` seconds, exact to a minute within a day and to an hour beyond."""
        slots = self._minutes if window_s <= 86400 else self._hours
        if self._first is None or not slots.numbers:
            return Total(0, 0, 0.0)
        oldest = int((now - window_s) // slots.step_s) + 1
        count, failed = self._before_newest(slots, oldest)
        if slots.numbers[-1] >= oldest:
            count, failed = count + slots.counts[-1], failed + slots.failed[-1]
        return Total(count, failed, max(0.0, min(window_s, now - self._first)))

    def _before_newest(self, slots: _Slots, oldest: int) -> tuple[int, int]:
        """The sum of the slots that no longer change, kept until the next one begins."""
        key = slots.step_s, oldest
        if key not in self._closed:
            self._closed[key] = slots.since(oldest, -1)
        return self._closed[key]
