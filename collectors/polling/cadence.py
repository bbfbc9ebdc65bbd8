"""When the next poll of a target starts: pure rules over how its last polls ended."""

from math import floor
from zlib import crc32

import msgspec

from collectors.base import Outcome, TargetConfig

BACK_OFF_AFTER = 30
"""Failed polls in a row after which a source counts as dead and is asked less and less often."""
BACK_OFF_FACTOR = 1.5
JITTER = 0.05
"""Each delay is this part longer or shorter, so that targets of one interval don't march in step."""
LONGEST_S = 60.0
TICK_S = 0.1
"""Polls start on such ticks: each alone after a moment of rest, they take half as much CPU again."""
_TICKED_FROM_S = 2.0
"""Shorter delays are left as they are."""
_FAST_PART = 3
"""While it is open whether a target is down or up again, it is asked this many times as often."""


class Cadence(msgspec.Struct, frozen=True, kw_only=True):
    """What the schedule remembers of a target: how its last polls ended."""

    failed: int = 0
    """Failed polls in a row."""
    good: int = 0
    """Good polls in a row."""
    recovering: bool = False
    """It was down, and has not yet answered often enough to count as up."""
    retry: bool = True
    """False when the last failure said that asking again can't help."""

    def after(self, outcome: Outcome, config: TargetConfig, *, retry: bool = True) -> "Cadence":
        """The cadence after one more poll. "Nothing to read" is an answer, not a failure."""
        if outcome in ("failed", "broken"):
            failed = self.failed + 1
            return Cadence(failed=failed, recovering=self.recovering or failed >= config.failures, retry=retry)
        good = self.good + 1
        return Cadence(good=good, recovering=self.recovering and good < config.successes)

    def after_bad_answer(self, config: TargetConfig) -> "Cadence":
        """The cadence after an answer that is no good: as after a failure, but what answers is never taken for dead."""
        failed = self.after("failed", config)
        return msgspec.structs.replace(failed, failed=min(failed.failed, config.failures))


def ceiling(config: TargetConfig) -> float:
    """The longest delay of a dead source in seconds: 60 s or 6 intervals, but never under its own interval."""
    return max(config.interval, min(LONGEST_S, 6 * config.interval))


def next_delay(cadence: Cadence, config: TargetConfig, jitter: float = 0.0, *, steady: bool = False) -> float:
    """Seconds from the start of the last poll to the start of the next one; `jitter` is between −1 and 1.

    `steady` is for what is counted: it is asked as often while it is dead, or a long outage would count as a short one.
    A poll that took longer than that is followed at once: the caller takes the later of now and start + delay. With
    the 10 s interval and 5 s timeout of the defaults, three failures are so known within 25.5 s of the fault.
    """
    return _plain_delay(cadence, config, steady=steady) * (1 + JITTER * jitter)


def _plain_delay(cadence: Cadence, config: TargetConfig, *, steady: bool) -> float:
    if not cadence.retry:
        return float(config.interval) if steady else ceiling(config)
    if 0 < cadence.failed < config.failures or (cadence.recovering and not cadence.failed):
        return config.interval / _FAST_PART
    excess = min(cadence.failed - BACK_OFF_AFTER, 20)
    if excess <= 0 or steady:
        return float(config.interval)
    return min(ceiling(config), config.interval * BACK_OFF_FACTOR**excess)


def on_tick(due: float, delay: float) -> float:
    """The tick to start on instead of `due`, a little earlier, with a `delay` beside which that is nothing."""
    return due if delay < _TICKED_FROM_S else floor(due / TICK_S) * TICK_S


def spread(target_id: str, count: int) -> float:
    """A stable number in [0, 1) for the poll with that count of that target: its place among all targets."""
    return crc32(f"{target_id}#{count}".encode()) / 2**32


def first_delay(target_id: str, config: TargetConfig) -> float:
    """Seconds from the very first poll to the second: a quarter to five quarters of the interval, evenly spread.

    All targets are asked at once at the start; this is where they part. A quarter at least, so that rates over the
    time between two polls have a base.
    """
    return config.interval * (0.25 + spread(target_id, 0))
