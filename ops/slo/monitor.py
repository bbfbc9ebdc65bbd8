"""Watches the services of SLOs without a screen: polls, counts and records them, until it is told to stop."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import suppress

import msgspec

from collectors.base import Events
from collectors.clock import SystemClock
from ops.board import Board, Change, Row
from ops.config.structs import Config
from ops.engine import Engine
from ops.recording import Recording
from ops.slo.objectives import slo_row
from ops.store.contract import Record, Store
from ops.store.memory import MemoryStore


class Tee(Recording):
    """Keeps what is counted in memory, and has it recorded as well where that is wanted."""

    def __init__(self, config: Config, clock: Callable[[], float], *, record: bool) -> None:
        super().__init__(config, clock)
        self.memory = MemoryStore()
        self._record = record

    def take(
        self, at: float, rows: Sequence[Row], counted: Mapping[str, Events], changes: Sequence[Change] = ()
    ) -> None:
        """Have what a poll added kept."""
        self.memory.append((Record(at=at, counted=counted),))
        if self._record:
            super().take(at, rows, counted, changes)

    def begin(self) -> None:
        """Start the recorder, where one is wanted."""
        if self._record:
            super().begin()


class Monitor:
    """An engine over the targets that SLOs count, and nothing else. For one event loop."""

    def __init__(self, config: Config, slos: Config) -> None:
        """`config` is the floor's, which names its history; `slos` the same with the SLOs that are asked for."""
        wanted = {row for slo in slos.slos for row in (slo_row(slo), slo_row(slo).partition("/")[0])}
        targets = tuple(spec for spec in slos.targets if spec.id in wanted)
        self._engine = Engine(msgspec.structs.replace(slos, targets=targets))
        self._tee = Tee(config, SystemClock().time, record=config.store.record and bool(config.path))
        self._engine.recording = self._tee
        self.memory: Store = self._tee.memory
        self.stop = asyncio.Event()

    @property
    def words(self) -> str:
        """Why nothing is recorded, if so."""
        return self._tee.words

    async def boards(self, interval_s: float, duration_s: float) -> AsyncGenerator[Board, None]:
        """A Board at the end of each interval, and one at the end."""
        loop = asyncio.get_running_loop()
        end = loop.time() + duration_s
        polling = asyncio.create_task(self._engine.poller.run(), name="poller")
        self._tee.begin()
        keeping = asyncio.create_task(self._engine.keep_budgets(), name="budgets")
        stopped = asyncio.create_task(self.stop.wait(), name="stop")
        try:
            while (left_s := end - loop.time()) > 0 and not self.stop.is_set():
                await asyncio.wait((stopped, polling), timeout=min(interval_s, left_s))
                if polling.done():
                    polling.result()
                    return
                yield self._engine.picture()
        finally:
            for task in (keeping, stopped):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            await self._close(polling)

    async def _close(self, polling: "asyncio.Task[None]") -> None:
        try:
            await self._engine.poller.close()
            await polling
        finally:
            await self._tee.close()
