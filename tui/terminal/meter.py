"""What the line to the terminal carries: bytes, round trip, and what still waits to be carried."""

import time
from collections import deque
from collections.abc import Callable

WINDOW_S = 5.0
"""`bytes_per_s` is the mean of this long."""
_SMOOTHING = 0.25
"""How much a new round trip moves the one that is told; the first counts whole (as TCP smooths, RFC 6298)."""


class LineMeter:
    """Counts what is written to one terminal; all zero where there is none. Read on the event loop's thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self._recent: deque[tuple[int, int]] = deque(maxlen=int(WINDOW_S) + 1)
        self.sent_bytes = 0
        """Bytes given to the terminal since the start."""
        self.merged_frames = 0
        """Frames that were not sent by themselves, because the line was busy: a later one shows what they showed."""
        self.backlog_bytes = 0
        """Bytes that the line has not carried yet: not taken by the kernel, or sent and not yet confirmed."""
        self.round_trip_s: float | None = None
        """Seconds from a question to the terminal's answer, smoothed; None while no answer has come."""

    @property
    def bytes_per_s(self) -> float:
        """Mean of the last seconds (`WINDOW_S`), or of the time since the start when that is shorter."""
        now = self._clock()
        first = int(now) - int(WINDOW_S) + 1
        told = sum(count for second, count in self._recent if second >= first)
        return told / max(1.0, min(WINDOW_S, now - self._began))

    def sent(self, count: int) -> None:
        """Count bytes that were given to the terminal."""
        self.sent_bytes += count
        second = int(self._clock())
        if self._recent and self._recent[-1][0] == second:
            count += self._recent.pop()[1]
        self._recent.append((second, count))

    def answered(self, seconds: float) -> None:
        """Count an answer of the terminal that took so long."""
        known = self.round_trip_s
        self.round_trip_s = seconds if known is None else known + (seconds - known) * _SMOOTHING
