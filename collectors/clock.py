"""The clock that schedules run by: UTC for what people read, monotonic for every interval and deadline."""

import asyncio
import sys
import time
from typing import Protocol


class Clock(Protocol):
    """What time it is. `monotonic` must run at the pace of the event loop's own `time`, which drives the timers."""

    def time(self) -> float:
        """UTC seconds since 1970; may step when the system's clock is set."""

    def monotonic(self) -> float:
        """Seconds that never step, from an arbitrary start."""

    def elapsed(self) -> float:
        """The same, but they run on while a laptop sleeps: only what this and `time` disagree on is a set clock."""

    async def sleep(self, seconds: float) -> None:
        """Wait that long by the monotonic clock."""


class SystemClock:
    """The machine's own clocks."""

    def time(self) -> float:
        """UTC seconds since 1970."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since some start; stands still while a laptop sleeps on Linux."""
        return time.monotonic()

    def elapsed(self) -> float:
        """Seconds since the machine was started, with those that it slept."""
        return time.clock_gettime(time.CLOCK_BOOTTIME) if sys.platform == "linux" else time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait that long."""
        await asyncio.sleep(seconds)
