"""History: what the probes of one target said over the last hour, kept so that a sample costs microseconds."""

import math
from array import array
from bisect import bisect_left, insort
from collections.abc import Sequence
from struct import Struct

from ops.board import WINDOWS, Bucket, WindowStats
from ops.columns import Columns
from ops.minutes import MINUTE_S, LongWindow, Minutes

MOST_SAMPLES = 3000
"""Samples kept one by one, whatever the interval: five minutes at ten a second."""
EXACT_S = 300.0
"""Up to this length a window keeps every sample; longer ones keep sketches of minutes."""
STEP_S = 10.0
COLUMNS = 180
"""Half an hour of chart columns, each with the minute that ends there."""
_STILL_FAILING_S = 15.0

_ONE = Struct("<d?d")
"""When, whether it was good, and its latency in seconds (nan: no answer)."""


class Window:
    """The samples of the last `span_s` seconds, with their latencies in order.

    They lie in two buffers: thousands of small things that each live for minutes would hold up what pages of the
    allocator they happen to be in.
    """

    def __init__(self, span_s: float) -> None:
        self.span_s = span_s
        self.failed = 0
        self._samples = bytearray()
        self._sorted = array("d")

    def __len__(self) -> int:
        return len(self._samples) // _ONE.size

    def add(self, at: float, good: bool, latency_s: float | None) -> None:
        """Take a sample that is no older than the one before; without a latency nothing answered."""
        self.forget(at)
        if len(self) >= MOST_SAMPLES:
            self._drop_oldest()
        self._samples += _ONE.pack(at, good, math.nan if latency_s is None else latency_s)
        self.failed += not good
        if latency_s is not None:
            insort(self._sorted, latency_s)

    def forget(self, now: float) -> None:
        """Drop what is `span_s` old or older."""
        oldest_kept = now - self.span_s
        while self._samples and _ONE.unpack_from(self._samples)[0] <= oldest_kept:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        _, good, latency_s = _ONE.unpack_from(self._samples)
        del self._samples[: _ONE.size]
        self.failed -= not good
        if not math.isnan(latency_s):
            del self._sorted[bisect_left(self._sorted, latency_s)]

    def quantiles(self) -> tuple[float | None, float | None, float | None]:
        """p50, p95 and p99 by nearest rank: the ⌈q × n⌉th smallest latency."""
        return self._rank(50), self._rank(95), self._rank(99)

    def _rank(self, percent: int) -> float | None:
        count = len(self._sorted)
        return self._sorted[max(0, -(-percent * count // 100) - 1)] if count else None

    def spells(self) -> int:
        """How many times the samples turned from good to failed; the first counts when it failed."""
        turns, before = 0, True
        for _, good, _ in _ONE.iter_unpack(self._samples):
            turns += before and not good
            before = good
        return turns


class History:
    """One target's probes. Its clock only goes forward: a wall clock that is set back leaves nothing in the future."""

    def __init__(self, before: Columns | None = None) -> None:
        """`before` are the columns of another one, after which the chart goes on."""
        self._recent, self._minute = Window(EXACT_S), Window(MINUTE_S)
        self._long = Minutes(*[span_s for _, span_s in WINDOWS if span_s > EXACT_S])
        self._columns = before or Columns()
        self._closes = (before[-1].at // STEP_S + 1) * STEP_S if before else None
        self._last = 0.0
        self._ahead = 0.0
        self._last_failed: float | None = None
        self._last_added: float | None = None
        self._since: float | None = None
        self._gap_s = 0.0

    def add(self, at: float, ok: bool, latency_s: float | None) -> None:
        """Take one probe that ended at `at` (UTC seconds)."""
        here = self._forward(at)
        if self._since is None:
            self._since = here
        self._close_columns(here)
        for window in (self._recent, self._minute, self._long):
            window.add(here, ok, latency_s)
        if not ok:
            self._last_failed = here
        if self._last_added is not None:
            self._gap_s = here - self._last_added
        self._last_added = here

    def stats(self, now: float) -> tuple[WindowStats, ...]:
        """Counts and percentiles for each of `ops.board.WINDOWS`."""
        here = self._forward(now)
        self._recent.forget(here)
        self._long.forget(here)
        longer = [self._counted(window, here) for window in self._long.windows]
        return self._counted(self._recent, here), *longer

    def _counted(self, window: Window | LongWindow, here: float) -> WindowStats:
        p50_s, p95_s, p99_s = window.quantiles()
        young = self._since is not None and here - self._since < window.span_s
        since = self._since - self._ahead if young and self._since is not None else None
        return WindowStats(
            window_s=window.span_s, count=len(window), failed=window.failed, p50_s=p50_s, p95_s=p95_s, p99_s=p99_s,
            since=since,
        )  # fmt: skip

    def buckets(self, now: float) -> Sequence[Bucket]:
        """The closed chart columns, oldest first; the same ones until another one closes.

        A column closes when its end is past, and has the samples of (end − 60 s, end].
        """
        self._close_columns(self._forward(now))
        return self._columns

    def error_percent(self, now: float) -> float | None:
        """Failed probes of the last 5 minutes in percent while failures come and go, 0 when none failed, else None.

        One outage, from its first failure to its end, is told by "down" and is no error rate; and what has ended is
        history. So it takes two spells of failures, of which the last is at most 15 s or two polls old.
        """
        here = self._forward(now)
        window = self._recent
        window.forget(here)
        still_s = max(_STILL_FAILING_S, 2 * self._gap_s)
        if self._last_failed is None or here - self._last_failed > still_s or window.spells() < 2:
            return None if window.failed else 0.0
        return 100.0 * window.failed / len(window)

    def _forward(self, now: float) -> float:
        """The time on this history's own clock, which stands still while the wall clock catches up after a set-back."""
        here = now + self._ahead
        if here < self._last:
            self._ahead += self._last - here
            here = self._last
        self._last = here
        return here

    def _close_columns(self, here: float) -> None:
        if self._closes is None:
            self._closes = (here // STEP_S + 1) * STEP_S
            return
        if here <= self._closes:
            return
        self._closes = max(self._closes, (here // STEP_S - COLUMNS + 1) * STEP_S)
        while self._closes < here:
            self._columns = self._columns.with_last(self._column(self._closes), COLUMNS)
            self._closes += STEP_S

    def _column(self, closes: float) -> Bucket:
        self._minute.forget(closes)
        p50_s, p95_s, p99_s = self._minute.quantiles()
        return Bucket(
            at=closes - self._ahead,
            p50_s=p50_s,
            p95_s=p95_s,
            p99_s=p99_s,
            failed=self._minute.failed,
            count=len(self._minute),
        )
