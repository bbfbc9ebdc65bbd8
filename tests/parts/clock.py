"""A virtual clock: an event loop whose time jumps to the next timer, so that no test sleeps.

    def test_something() -> None:
        async def main(clock: VirtualClock) -> None:
            await clock.sleep(3600)          # returns at once
        run_virtual(main)

Timers, `asyncio.sleep` and `asyncio.timeout` all follow it. Real sockets and threads don't: leave them to real time.
"""

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
START = 1_700_000_000.0
"""UTC seconds at which virtual time begins."""


class _JumpingSelector(selectors.DefaultSelector):
    """Never waits: with nothing to read, it moves time on by what the loop would have waited."""

    now = 1000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0 if timeout is None or timeout > 0 else timeout)
        if timeout is None and not ready:
            raise RuntimeError("the test waits for something that no timer will ever bring")
        if not ready and timeout:
            self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop that runs on virtual time."""

    def __init__(self) -> None:
        self.jumping = _JumpingSelector()
        super().__init__(self.jumping)

    def time(self) -> float:
        """The virtual monotonic time in seconds."""
        return self.jumping.now


class VirtualClock:
    """A `collectors.clock.Clock` on a VirtualLoop, whose wall clock can also be set wrong."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self._begin = loop.time()
        self._shift = 0.0

    def time(self) -> float:
        """UTC seconds, as the system's clock shows them."""
        return START + self._shift + self._loop.time() - self._begin

    def monotonic(self) -> float:
        """Virtual seconds."""
        return self._loop.time()

    def elapsed(self) -> float:
        """Virtual seconds, too."""
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        """Let virtual time pass, with everything that is due in it."""
        await asyncio.sleep(seconds)

    def step_wall(self, seconds: float) -> None:
        """Set the system's clock: only `time` jumps."""
        self._shift += seconds

    def stall(self, seconds: float) -> None:
        """Let time pass while nothing runs, as when the machine sleeps or the loop is blocked."""
        self._loop.jumping.now += seconds


def run_virtual(main: Callable[[VirtualClock], Awaitable[T]]) -> T:
    """Run a coroutine function on virtual time and give what it returns."""
    loop = VirtualLoop()

    async def body() -> T:
        return await main(VirtualClock(loop))

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(body())
