"""Counts: how many probes were made and failed, by minute for a day and by hour for a month."""

from collections import deque
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
        self.slots: deque[list[int]] = deque(maxlen=kept)
        """[slot number, count, failed]"""

    def add(self, at: float, ok: bool) -> bool:
        """Count one probe; says whether that began a new slot."""
        number = int(at // self.step_s)
        fresh = not self.slots or self.slots[-1][0] < number
        if fresh:
            self.slots.append([number, 0, 0])
        self.slots[-1][1] += 1
        self.slots[-1][2] += not ok
        return fresh


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
        if self._first is None or not slots.slots:
            return Total(0, 0, 0.0)
        oldest = int((now - window_s) // slots.step_s) + 1
        count, failed = self._before_newest(slots, oldest)
        newest = slots.slots[-1]
        if newest[0] >= oldest:
            count, failed = count + newest[1], failed + newest[2]
        return Total(count, failed, max(0.0, min(window_s, now - self._first)))

    def _before_newest(self, slots: _Slots, oldest: int) -> tuple[int, int]:
        """The sum of the slots that no longer change, kept until the next one begins."""
        key = slots.step_s, oldest
        if key not in self._closed:
            closed = [slot for slot in list(slots.slots)[:-1] if slot[0] >= oldest]
            self._closed[key] = sum(slot[1] for slot in closed), sum(slot[2] for slot in closed)
        return self._closed[key]
