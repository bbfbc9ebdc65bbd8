"""Collectors that behave as a script says: the other side of the poller's seam, not a mock of ours."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from collectors.base import Collector, Entity, Reading, TargetConfig
from collectors.poller import PolledTarget
from collectors.units import Duration

READING = Reading((Entity(kind="scripted", name="x", facts={"total_s": 0.1}),))


class Scripted(Collector[TargetConfig]):
    """Runs the coroutine function that it is given."""

    name = "scripted"
    section = "scripted"
    title = "Scripted"
    Config = TargetConfig

    def __init__(self, config: TargetConfig, script: Callable[["Scripted"], Awaitable[Any]]) -> None:
        super().__init__(config, {})
        self.script = script
        self.calls = 0
        self.running = 0
        self.most = 0
        """The most polls of it that were ever in flight at once."""
        self.closed = False

    async def collect(self) -> Reading:
        """Play the script once."""
        self.calls += 1
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            found = await self.script(self)
        finally:
            self.running -= 1
        return found if isinstance(found, Reading) else READING

    async def close(self) -> None:
        """Remember that it was called."""
        self.closed = True


async def answer(_: Scripted) -> None:
    """Answer after a millisecond."""
    await asyncio.sleep(0.001)


async def hang(collector: Scripted) -> None:
    """Never answer, but let go when cancelled."""
    collector.phase = "waiting for the first byte"
    await asyncio.Event().wait()


def scripted(
    name: str, script: Callable[[Scripted], Awaitable[Any]] = answer, interval: float = 10, timeout: float = 5
) -> PolledTarget:
    """A polled target "scripted:NAME" with that script."""
    config = TargetConfig(name=name, interval=Duration(interval), timeout=Duration(timeout))
    return PolledTarget(id=f"scripted:{name}", collector=Scripted(config, script))


def of(target: PolledTarget) -> Scripted:
    """The scripted collector of a target."""
    assert isinstance(target.collector, Scripted)
    return target.collector
