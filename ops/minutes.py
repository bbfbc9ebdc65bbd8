"""Minutes: what the probes of one target said in the last hour, minute by minute, in a buffer of one size."""

from struct import Struct

from collectors.sketch import Sketch
from collectors.spread import Spread

MINUTE_S = 60.0
_HEAD = Struct("<HqII")
_SPARE = 0.25
"""By how much a minute may become bigger than those before it until the buffer is made anew."""


class LongWindow:
    """The last `span_s` seconds to the minute; percentiles are right to 1 %."""

    __slots__ = ("_quantiles", "_spread", "count", "failed", "oldest", "span_s")

    def __init__(self, span_s: float) -> None:
        self.span_s = span_s
        self.count = self.failed = 0
        self.oldest = 0
        """The place of its first minute."""
        self._spread = Spread()
        self._quantiles: tuple[float | None, ...] | None = None

    def __len__(self) -> int:
        return self.count

    def add(self, good: bool, latency_s: float | None) -> None:
        """Count one of the minute that is now."""
        self.count += 1
        self.failed += not good
        if latency_s is not None:
            self._spread.add(latency_s)
            self._quantiles = None

    def remove(self, count: int, failed: int, latencies: Sketch) -> None:
        """Count a minute no more."""
        self.count -= count
        self.failed -= failed
        self._spread.remove(latencies)
        self._quantiles = None

    def quantiles(self) -> tuple[float | None, ...]:
        """p50, p95 and p99 by nearest rank, to 1 %."""
        if self._quantiles is None:
            self._quantiles = self._spread.ranks(50, 95, 99)
        return self._quantiles


class Minutes:
    """Windows over one row of minutes, each kept once for all of them, in some 70 bytes.

    Its buffer has room for the longest window's minutes as soon as there is one of them, and is written round and
    round: an hour of them takes no more than the first few.
    """

    def __init__(self, *spans_s: float) -> None:
        self.windows = tuple([LongWindow(span_s) for span_s in spans_s])
        self._most = int(max(spans_s) // MINUTE_S) + 2
        self._data = bytearray()
        self._begin = self._end = self._biggest = 0  # places count on when what is old is overwritten
        self._open: int | None = None
        self._count = self._failed = 0
        self._latencies = Sketch()

    def add(self, at: float, good: bool, latency_s: float | None) -> None:
        """Take a sample that is no older than the one before."""
        self.forget(at)
        self._open = int(at // MINUTE_S)
        self._count += 1
        self._failed += not good
        if latency_s is not None:
            self._latencies.add(latency_s)
        for window in self.windows:
            window.add(good, latency_s)

    def forget(self, now: float) -> None:
        """Drop from each window the minutes that lie wholly as long ago as it spans, or longer."""
        if self._open is not None and self._open != int(now // MINUTE_S):
            self._close(self._open)
        for window in self.windows:
            while window.oldest < self._end:
                length, minute, count, failed = _HEAD.unpack_from(self._data, window.oldest - self._begin)
                if (minute + 1) * MINUTE_S > now - window.span_s:
                    break
                begins = window.oldest + _HEAD.size
                window.oldest = begins + length
                window.remove(count, failed, Sketch.unpack(self._part(begins, window.oldest)))

    def _close(self, minute: int) -> None:
        latencies = self._latencies.pack()
        self._keep(_HEAD.pack(len(latencies), minute, self._count, self._failed) + latencies)
        self._open, self._count, self._failed, self._latencies = None, 0, 0, Sketch()

    def _keep(self, minute: bytes) -> None:
        """Write a minute behind the others; where the buffer ends, they begin at its beginning again."""
        self._biggest = max(self._biggest, len(minute))
        needed = self._most * self._biggest
        if needed > len(self._data) or self._end - self._begin + len(minute) > len(self._data):
            oldest = min(window.oldest for window in self.windows)
            kept = self._part(oldest, self._end)
            if needed > len(self._data):
                # Written, so that the system gives the memory now.
                self._data = bytearray(b"\xff") * int(needed * (1 + _SPARE))
            self._data[: len(kept)] = kept
            self._begin = oldest
        place = self._end - self._begin
        self._data[place : place + len(minute)] = minute
        self._end += len(minute)

    def _part(self, begins: int, ends: int) -> bytes:
        return bytes(self._data[begins - self._begin : ends - self._begin])
