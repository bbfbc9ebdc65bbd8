"""One poll of one collector: told exactly once, when it ends or at its deadline, whichever comes first."""

import asyncio
import logging
from collections.abc import Callable

from collectors.base import Collector, Poll, Reading, TargetConfig
from collectors.clock import Clock
from collectors.polling.inert import sanitize
from collectors.polling.outcome import timed_out, unread

GRACE_S = 0.1
"""How long a poll may take to end after its deadline has cancelled it; then it is told as timed out all the same."""
_log = logging.getLogger(__name__)


async def _read(collector: Collector[TargetConfig]) -> Reading:
    reading = sanitize(await collector.collect())
    if not reading.entities:
        raise ValueError("the collector gave an empty reading")
    return reading


class Attempt:
    """A poll in flight. `tell` gets its Poll once; a task that outlives that is `abandoned` until it really ends."""

    def __init__(
        self, target_id: str, collector: Collector[TargetConfig], clock: Clock, tell: Callable[[Poll], None]
    ) -> None:
        self._id, self._collector, self._clock, self._tell = target_id, collector, clock, tell
        self._timeout_s = collector.config.timeout
        self._loop = asyncio.get_running_loop()
        self._phase: str | None = None
        self._spared = self._told = False
        self.started = clock.monotonic()
        self.task = self._loop.create_task(_read(collector))
        self.task.add_done_callback(self._done)
        self._timer = self._loop.call_later(self._timeout_s, self._expire)

    @property
    def abandoned(self) -> bool:
        """It was told at its deadline, or stopped, but its task has not ended."""
        return self._told and not self.task.done()

    def stop(self) -> None:
        """Cancel it and tell nothing."""
        self._told = True
        self._timer.cancel()
        self.task.cancel()

    def overdue(self) -> Poll:
        """The Poll of one that has still not ended."""
        return self._unread(timed_out(self._timeout_s, self._phase or "stopping"))

    def _expire(self) -> None:
        """Cancel it at its deadline. After a stall of the loop its answer may lie there unread: then wait once more."""
        stalled_s = self._clock.monotonic() - self.started - self._timeout_s
        if stalled_s > GRACE_S and not self._spared:
            self._spared = True
            self._timer = self._loop.call_later(GRACE_S, self._expire)
            return
        self._phase = self._collector.phase
        self.task.cancel()
        self._timer = self._loop.call_later(GRACE_S, self._abandon)

    def _abandon(self) -> None:
        self._told = True
        self._tell(self.overdue())

    def _done(self, task: asyncio.Task[Reading]) -> None:
        self._timer.cancel()
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if self._told:
            _log.debug("%s: its abandoned poll ended: %r", self._id, error)
            return
        self._told = True
        if self._phase is not None:
            self._tell(self.overdue())
        elif error is not None:
            self._tell(self._unread(error))
        else:
            self._tell(self._fresh(task.result()))

    def _fresh(self, reading: Reading) -> Poll:
        return Poll(target=self._id, outcome="fresh", at=self._clock.time(), took_s=self._took(), reading=reading)

    def _unread(self, error: BaseException) -> Poll:
        return unread(self._id, error, at=self._clock.time(), took_s=self._took())

    def _took(self) -> float:
        return self._clock.monotonic() - self.started
