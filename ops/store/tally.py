"""Tally: what was counted of one row in one step, while it is added up."""

from collections.abc import Iterable

from collectors.sketch import Sketch
from ops.store.contract import Slot
from ops.store.minutes import pack_minutes

Counts = tuple[int, int]


class Tally:
    """Totals, latencies, and counts by minute of a step."""

    __slots__ = ("failed", "minutes", "sketch", "total")

    def __init__(self) -> None:
        self.total = 0
        self.failed = 0
        self.sketch = Sketch()
        self.minutes: dict[int, Counts] = {}
        """By minute within the step: total and failed."""

    def add(self, total: int, failed: int, latencies: bytes) -> None:
        """Take counts and a packed sketch."""
        self.total += total
        self.failed += failed
        if latencies:
            self.sketch.merge(Sketch.unpack(latencies))

    def spread(self, minutes: Iterable[tuple[int, int, int]], offset: int = 0) -> None:
        """Take counts by minute: (minute, total, failed), each `offset` minutes later."""
        for minute, total, failed in minutes:
            before = self.minutes.get(minute + offset, (0, 0))
            self.minutes[minute + offset] = (before[0] + total, before[1] + failed)

    def packed_minutes(self) -> bytes:
        """Its counts by minute, as slots have them."""
        return pack_minutes((minute, *counts) for minute, counts in sorted(self.minutes.items()))

    def slot(self, at: float) -> Slot:
        """As a slot that begins at `at`."""
        minutes = self.packed_minutes() if self.minutes else b""
        return Slot(at=at, total=self.total, failed=self.failed, latencies=self.sketch.pack(), minutes=minutes)
