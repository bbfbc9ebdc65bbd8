"""LiveSource: the BoardSource of a floor that polls in this process, with whoever acts on it."""

import asyncio
from collections.abc import AsyncIterator
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from collectors.base import CollectError
from collectors.clock import Clock
from collectors.text import LINE_LIMIT, clean
from collectors.waits import within
from ops.alerting import Alarm, incident_source
from ops.board import Board
from ops.config.structs import Config
from ops.engine import Engine
from ops.past.opening import desk_of
from ops.policing import Policing
from ops.scheduling import Scheduling
from ops.telling import Telling

if TYPE_CHECKING:
    from ops.backup.source import BackupSource
    from ops.drift.source import DriftSource
    from ops.fixes.desk import FixDesk
    from ops.fixes.source import FixSource
    from ops.incidents.source import IncidentSource

HURRY_S = 0.1
"""Gap between Boards at the start and after "poll now", while everything is expected to change."""
HURRY_FOR_S = 3.0


class LiveSource:
    """A BoardSource over an engine in this process."""

    def __init__(
        self,
        config: Config,
        *,
        clock: Clock | None = None,
        record: bool = False,
        before: Board | None = None,
        schedules: bool = False,
    ) -> None:
        """With `record`, what is seen goes into the history that the config names, once the first Boards are out.

        Charts go on from what `before` shows. With `schedules`, backups are taken when they are due.
        """
        self._engine = Engine(config, clock=clock, record=record)
        if before is not None:
            self._engine.go_on(before)
        self._clock = self._engine.clock
        self._refresh_s = float(config.settings.refresh)
        self._hurry_until = self._clock.monotonic() + HURRY_FOR_S
        self._running: asyncio.Task[None] | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._led = False
        self._board = self._engine.picture()
        self.past = desk_of(config)
        self._desk = fix_desk(config)
        self.fixes: FixSource | None = self._desk
        self._config = config
        self._alarm = Alarm.of(config, self._clock, self._engine.recording, self._newest)
        self._policing = Policing.of(config, self._desk, self._clock, self._engine.recording)
        self._telling = Telling.of(self._desk, self._clock, self._engine.recording)
        self._scheduling = Scheduling.of(config, self._desk, self._clock, self._tell) if schedules else None

    @property
    def board(self) -> Board:
        """The newest Board."""
        return self._board

    @cached_property
    def incidents(self) -> "IncidentSource | None":
        """Who keeps incidents here; loaded by the first who asks."""
        return incident_source(self._config)

    @cached_property
    def drift(self) -> "DriftSource":
        """Who knows what was agreed, and what differs from it; loaded by the first who asks."""
        return drift_source(self._config)

    @cached_property
    def backups(self) -> "BackupSource":
        """Who knows which backups there are; loaded by the first who asks."""
        return backup_source(self._config)

    @property
    def leads(self) -> bool:
        """Whether this process is the one that records this floor, and so the one that alerts."""
        return self._engine.recording is not None and self._engine.recording.leads

    @property
    def fault(self) -> str:
        """Why nobody would be told of anything now, by a fault of our own; "" mostly."""
        return "" if self._alarm is None else self._alarm.fault

    @property
    def looked(self) -> bool:
        """Whether the Board says which incidents there are; before the first look it has none."""
        return self._alarm is None or self._alarm.looked

    async def boards(self) -> AsyncIterator[Board]:
        """Start polling, and give each new Board; a reader that is slow skips to the newest."""
        if self._running is None:
            self._running = asyncio.create_task(self._engine.poller.run(), name="poller")
            self._keeping = asyncio.create_task(self._engine.keep_budgets(), name="budgets")
        yield self._board
        while not self._running.done():
            if self._keeping is not None and self._keeping.done() and not self._keeping.cancelled():
                self._keeping.result()
            if await self._wait_for_change():
                self._board = await self._judged(self._picture())
                yield self._board
                if self._engine.recording:
                    self._engine.recording.begin()
                if self._telling:
                    self._telling.begin()
                if self._policing:
                    self._policing.begin()
                if self._scheduling:
                    self._scheduling.begin()
                if self._alarm:
                    self._alarm.begin()
                await self._clock.sleep(self._gap_s())
        self._running.result()

    async def _wait_for_change(self) -> bool:
        await within(self._engine.changed, self._refresh_s)
        changed = self._engine.changed.is_set()
        self._engine.changed.clear()
        news = self._alarm is not None and self._alarm.news
        words = self._words_changed()
        return self._engine.age() or changed or words or news or self._running_jobs() != self._board.jobs

    async def _judged(self, board: Board) -> Board:
        if self._telling is not None:
            self._telling.look()
        if self._alarm is not None:
            board = self._alarm.on(board)
        if self._scheduling is not None:
            board = await self._scheduling.look(board)
        return board if self._policing is None else await self._policing.look(board, self._engine.polled())

    def _tell(self, row: str, text: str) -> None:
        if self._engine.recording is not None:
            self._engine.recording.tell(self._clock.time(), "fix", row, text)

    def _newest(self, seconds: float) -> Board:
        """A Board that is no older than that."""
        young = 0 <= self._clock.time() - self._board.at <= seconds
        return self._board if young else self._engine.picture()

    def _picture(self) -> Board:
        board, jobs = self._engine.picture(), self._running_jobs()
        return msgspec.structs.replace(board, jobs=jobs) if jobs else board

    def _running_jobs(self) -> int:
        return self._desk.running if self._desk is not None else 0

    def _words_changed(self) -> bool:
        recording = self._engine.recording
        if recording is None:
            return False
        led, self._led = self._led, recording.leads
        return led != self._led or recording.words != self._board.recording

    def _gap_s(self) -> float:
        hurried = self._clock.monotonic() < self._hurry_until
        return min(HURRY_S, self._refresh_s) if hurried else self._refresh_s

    def poll_now(self) -> None:
        """Ask everything at once, now."""
        self._hurry_until = self._clock.monotonic() + HURRY_FOR_S
        self._engine.poller.poll_now()

    async def follow(self, row_id: str) -> AsyncIterator[str]:
        """Live log lines of a row, each one line of printable text."""
        row = self._board.row(row_id)
        if row is None:
            raise CollectError(f"{clean(row_id)} is not there any more", reason="missing", retry=False)
        async for line in self._engine.follow(row):
            yield clean(line, LINE_LIMIT)

    async def close(self) -> None:
        """Stop polling, and have the rest recorded; waits for nothing that hangs."""
        if self._keeping is not None:
            self._keeping.cancel()
        try:
            if self._alarm is not None:
                await self._alarm.close()
            if self._policing is not None:
                await self._policing.close()
            if self._scheduling is not None:
                await self._scheduling.close()
            await self._engine.poller.close()
        finally:
            if self._engine.recording:
                await self._engine.recording.close()


def fix_desk(config: Config) -> "FixDesk | None":
    """Who acts here; it opens nothing before it is asked something. What was only discovered is never changed."""
    if not config.path:
        return None
    from ops.fixes.desk import FixDesk

    return FixDesk(config)


def backup_source(config: Config) -> "BackupSource":
    """Who knows the backups of a floor; it asks no target before it is asked something."""
    from ops.backup.apart import backups_of

    return backups_of(config)


def drift_source(config: Config) -> "DriftSource":
    """Who captures and compares for a floor; it opens nothing before it is asked something."""
    from ops.drift.apart import ApartDesk

    return ApartDesk(config)
