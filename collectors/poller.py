"""Polls every target on its own schedule; one that hangs delays neither another poll nor a key press.

The poller owns interval, jitter, deadline, back-off, concurrency and catching. It runs on the event loop's timers: a
target has either a timer until it is due, a place in a lane's queue, or an attempt in flight. Nothing here waits for a
collector. What a collector raises is read from its finished task, so no exception of one can reach another.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Collection, Sequence
from functools import partial
from math import exp2
from typing import Any

import msgspec

from collectors.base import Collector, Poll, TargetConfig
from collectors.clock import Clock, SystemClock
from collectors.polling.attempt import Attempt
from collectors.polling.cadence import TICK_S, Cadence, first_delay, next_delay, on_tick, spread

HEALTHY_SLOTS = 128
SUSPECT_SLOTS = 32
"""Polls in flight at once, of targets that answered last time and of those that timed out."""
CLOSE_GRACE_S = 0.05
_STARTS_A_TURN = 8
"""Polls started in one turn of the event loop, so that a key press never waits behind a crowd of starts."""
_STEP_S = 0.001
"""Polls of one tick start so far apart, or when the one before has ended: sent together, each would wait for the others
and be told as slower than it is."""
_LATE_HALF_LIFE_S = 5.0
_log = logging.getLogger(__name__)


class PolledTarget(msgspec.Struct, frozen=True, kw_only=True):
    """What is polled. Interval, timeout, failures and successes come from `collector.config`."""

    id: str
    collector: Collector[TargetConfig]
    steady: bool = False
    """It is asked as often while it is dead: its failures are counted."""


class _Lane:
    """A bounded number of polls in flight, and those that wait for a place."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.running = 0
        self.waiting: deque[_Course] = deque()


class _Course:
    """The course of one target: how its polls went, and where it stands now."""

    def __init__(self, target: PolledTarget, lane: _Lane) -> None:
        self.id = target.id
        self.collector = target.collector
        self.config = target.collector.config
        self.steady = target.steady
        self.cadence = self.cadence_before = Cadence()
        self.lane = lane
        self.count = 0
        self.due = self.base = 0.0
        """Monotonic: when the next poll should start, and what the next delay counts from."""
        self.part = True
        """It was asked together with all others: part from them before settling into the interval."""
        self.queued = False
        self.timer: asyncio.TimerHandle | None = None
        self.attempt: Attempt | None = None

    @property
    def idle(self) -> bool:
        """Neither queued nor in flight; an attempt that outlived its deadline counts as idle, but is kept."""
        return not self.queued and (self.attempt is None or self.attempt.abandoned)

    def stop_timer(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def delay(self) -> float:
        """Seconds from the start of the last poll to the next."""
        if self.part and not self.cadence.failed and not self.cadence.recovering:
            self.part = False
            return first_delay(self.id, self.config)
        return next_delay(self.cadence, self.config, 2 * spread(self.id, self.count) - 1, steady=self.steady)


class Poller:
    """Polls targets and hands every finished Poll to `deliver`, on the event loop's thread."""

    def __init__(
        self, targets: Sequence[PolledTarget], deliver: Callable[[Poll], None], *, clock: Clock | None = None
    ) -> None:
        self._clock = clock or SystemClock()
        self._deliver = deliver
        self._healthy, self._suspect = self._lanes = _Lane(HEALTHY_SLOTS), _Lane(SUSPECT_SLOTS)
        self._courses = {target.id: _Course(target, self._healthy) for target in targets}
        if len(self._courses) != len(targets):
            raise ValueError("two targets have the same id")
        self._filling: asyncio.Handle | None = None
        self._newest: _Course | None = None
        """Whose poll was started last."""
        self._repeat = False
        self._closed, self._passed = asyncio.Event(), asyncio.Event()
        self._missing: set[str] = set()
        self._round: dict[str, Poll] = {}
        self._late, self._late_at = 0.0, 0.0

    async def run(self) -> None:
        """Poll everything at once, then each target on its own schedule, until cancelled or closed."""
        self._repeat = True
        self.poll_now()
        try:
            await self._closed.wait()
        finally:
            self._repeat = False
            self._halt()

    async def once(self, only: Collection[str] | None = None) -> list[Poll]:
        """Poll everything once, or only those targets; deliver each Poll, and give them in the order of the targets."""
        wanted = [target for target in self._courses if only is None or target in only]
        self._round, self._missing = {}, set(wanted)
        self._passed.clear()
        for target in wanted:
            self.poll_now(target)
        if self._missing and not self._closed.is_set():
            await self._passed.wait()
        return [self._round[target] for target in self._courses if target in self._round]

    def poll_now(self, target_id: str | None = None) -> None:
        """Ask one target or all of them now, forgetting their back-off. Raises KeyError for an unknown id.

        A poll that is in flight or queued already is the answer; no second one is started.
        """
        courses = list(self._courses.values()) if target_id is None else [self._courses[target_id]]
        if self._closed.is_set():
            return
        for course in courses:
            course.cadence = Cadence(recovering=course.cadence.recovering)
            course.part = course.part or target_id is None
            if course.idle:
                course.stop_timer()
                course.due = self._clock.monotonic()
                self._enqueue(course)

    def doubt(self, target_id: str) -> None:
        """Take the answer that was delivered just now for no good: ask again as soon as after a failure."""
        course = self._courses[target_id]
        course.cadence = course.cadence_before.after_bad_answer(course.config)
        if course.timer is not None:
            self._schedule(course)

    @property
    def late_s(self) -> float:
        """How late the latest poll that is waiting is, or one was in the last seconds (halved every 5 s)."""
        now = self._clock.monotonic()
        waiting = [now - lane.waiting[0].due for lane in self._lanes if lane.waiting]
        return max([self._late * exp2((self._late_at - now) / _LATE_HALF_LIFE_S), *waiting])

    @property
    def pending(self) -> tuple[str, ...]:
        """Ids of targets whose poll was given up at its deadline, but has not ended."""
        return tuple(course.id for course in self._courses.values() if course.attempt and course.attempt.abandoned)

    async def close(self) -> None:
        """Stop polling and close the collectors; what does not end within a twentieth of a second is left behind."""
        self._closed.set()
        self._passed.set()
        self._repeat = False
        ending: list[asyncio.Task[Any]] = [*self._halt()]
        ending += [asyncio.create_task(course.collector.close()) for course in self._courses.values()]
        if ending:
            ended, left = await asyncio.wait(ending, timeout=CLOSE_GRACE_S)
            errors = [task.exception() for task in ended if not task.cancelled()]
            _log.debug("closed, %d left behind, errors: %r", len(left), [error for error in errors if error])

    def _halt(self) -> list[asyncio.Task[Any]]:
        """Stop all timers and cancel what is in flight; gives the tasks that have not ended yet."""
        if self._filling is not None:
            self._filling.cancel()
            self._filling = None
        for lane in self._lanes:
            lane.waiting.clear()
            lane.running = 0
        attempts = [course.attempt for course in self._courses.values() if course.attempt is not None]
        for course in self._courses.values():
            course.queued = False
            course.stop_timer()
        for attempt in attempts:
            attempt.stop()
        return [attempt.task for attempt in attempts if not attempt.task.done()]

    def _enqueue(self, course: _Course) -> None:
        """Give a due target a place in its lane; one whose last attempt never ended fails again without a new one."""
        course.timer = None
        if course.attempt is not None and course.attempt.abandoned:
            course.base = self._clock.monotonic()
            self._settle(course, course.attempt.overdue())
            return
        course.queued = True
        course.lane.waiting.append(course)
        if self._filling is None:
            self._fill_soon()

    def _fill_soon(self) -> None:
        if self._filling is not None:
            self._filling.cancel()
        self._filling = asyncio.get_running_loop().call_soon(self._fill)

    def _fill(self) -> None:
        self._filling = None
        for _ in range(_STARTS_A_TURN):
            lane = next((lane for lane in self._lanes if lane.waiting and lane.running < lane.slots), None)
            if lane is None:
                return
            course = lane.waiting.popleft()
            lane.running += 1
            in_step = not course.part and self._clock.monotonic() - course.due < TICK_S
            self._start(course)
            if in_step:
                self._filling = asyncio.get_running_loop().call_later(_STEP_S, self._fill)
                return
        self._fill_soon()

    def _start(self, course: _Course) -> None:
        now = self._clock.monotonic()
        if now - course.due > self.late_s:
            self._late, self._late_at = now - course.due, now
        self._newest = course
        course.queued = False
        course.count += 1
        course.base = now
        course.attempt = Attempt(course.id, course.collector, self._clock, partial(self._ended, course))

    def _ended(self, course: _Course, poll: Poll) -> None:
        course.lane.running -= 1
        if course.attempt is not None and course.attempt.task.done():
            course.attempt = None
        self._settle(course, poll)

    def _settle(self, course: _Course, poll: Poll) -> None:
        """Schedule the target's next poll, then deliver this one."""
        course.lane = self._suspect if poll.reason == "timeout" else self._healthy
        course.cadence_before = course.cadence
        course.cadence = course.cadence.after(poll.outcome, course.config, retry=poll.retry)
        if self._repeat:
            self._schedule(course)
        if (self._filling is None or course is self._newest) and any(lane.waiting for lane in self._lanes):
            self._fill_soon()
        if course.id in self._missing:
            self._missing.discard(course.id)
            self._round[course.id] = poll
            if not self._missing:
                self._passed.set()
        self._deliver(poll)

    def _schedule(self, course: _Course) -> None:
        course.stop_timer()
        now = self._clock.monotonic()
        delay = course.delay()
        course.due = max(now, on_tick(course.base + delay, delay))
        course.timer = asyncio.get_running_loop().call_later(course.due - now, self._enqueue, course)
