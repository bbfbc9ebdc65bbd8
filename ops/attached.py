"""AttachedSource: the BoardSource of a floor that watches what another process polls."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from collectors.base import CollectError
from collectors.text import LINE_LIMIT, clean
from ops.alerting import incident_source
from ops.board import Board
from ops.config.structs import Config
from ops.frames import (
    Asked,
    Follow,
    FrameError,
    Greeting,
    Logged,
    Over,
    Picture,
    PollNow,
    Received,
    Unfollow,
    encoded,
    read_told,
)
from ops.live import backup_source, drift_source, fix_desk
from ops.meeting import Link
from ops.past.opening import desk_of

if TYPE_CHECKING:
    from ops.backup.source import BackupSource
    from ops.drift.source import DriftSource
    from ops.fixes.source import FixSource
    from ops.incidents.source import IncidentSource

SILENT_S = 3.0
"""A leader that says nothing for so long hangs: it says that it lives every second."""
_LINES = 1_000
"""Lines of a log that wait for who shows them; beyond, the oldest give way."""


class LeaderGone(Exception):
    """There is nothing more to come from it: one sentence."""


class AttachedSource:
    """A BoardSource over a line to a leader. Fixes, the past, incidents and drift are our own: same files."""

    def __init__(self, config: Config, link: Link, greeting: Greeting, board: Board) -> None:
        self._link, self.leader = link, greeting
        self._board = board
        self._received = Received()
        self._numbers = 0
        self._followed: dict[int, asyncio.Queue[Logged | Over]] = {}
        self._news = asyncio.Event()
        self._gone: LeaderGone | None = None
        self._reading: asyncio.Task[None] | None = None
        self.past = desk_of(config)
        self.fixes: FixSource | None = fix_desk(config)
        self._config = config

    @cached_property
    def incidents(self) -> "IncidentSource | None":
        """Who keeps incidents: the same file as the leader's; loaded by the first who asks."""
        return incident_source(self._config)

    @cached_property
    def drift(self) -> "DriftSource":
        """Who knows what was agreed, and what differs from it: the same files as the leader's."""
        return drift_source(self._config)

    @cached_property
    def backups(self) -> "BackupSource":
        """Who knows which backups there are: the same files as the leader's, and their targets."""
        return backup_source(self._config)

    @property
    def board(self) -> Board:
        """The newest Board."""
        return self._board

    async def boards(self) -> AsyncIterator[Board]:
        """Each Board that comes. Raises LeaderGone when no more will."""
        if self._reading is None:
            self._reading = asyncio.create_task(self._read(), name="attached")
        while True:
            await self._news.wait()
            self._news.clear()
            if self._gone is not None:
                raise self._gone
            yield self._board

    async def _read(self) -> None:
        """Take what comes, until the line ends."""
        try:
            while True:
                async with asyncio.timeout(SILENT_S):
                    frame = await read_told(self._link.reader)
                self._take(frame)
        except TimeoutError:
            why = f"has said nothing for {SILENT_S:.0f} s"
        except (EOFError, OSError):
            why = "has ended"
        except FrameError as error:
            why = f"can't be understood: {error}"
        self._gone = LeaderGone(f"the {self.leader.words} {why}")
        self._news.set()
        for number in tuple(self._followed):
            self._put(Over(number, str(self._gone), "reset"))

    def _take(self, frame: object) -> None:
        match frame:
            case Picture():
                board = self._received.board(frame)
                self._board = msgspec.structs.replace(board, mode="attached", watching=clean(self.leader.words))
                self._news.set()
            case Logged() | Over():
                self._put(frame)

    def _put(self, line: Logged | Over) -> None:
        lines = self._followed.get(line.number)
        if lines is None:
            return
        while lines.full():
            lines.get_nowait()
        lines.put_nowait(line)

    def _ask(self, frame: Asked) -> None:
        # What can't be sent is known soon by what does not come any more.
        with suppress(OSError):
            self._link.writer.write(encoded(frame))

    def poll_now(self) -> None:
        """Have the leader ask everything at once, now."""
        self._ask(PollNow())

    async def follow(self, row_id: str) -> AsyncIterator[str]:
        """Live log lines of a row, as the leader reads them. Raises CollectError."""
        if self._gone is not None:
            raise CollectError(str(self._gone), reason="reset")
        self._numbers += 1
        number = self._numbers
        lines = self._followed[number] = asyncio.Queue(_LINES)
        self._ask(Follow(number, row_id))
        try:
            while True:
                match await lines.get():
                    case Logged(_, text):
                        yield clean(text, LINE_LIMIT)
                    case Over(_, ""):
                        return
                    case Over(_, message, reason, retry):
                        raise CollectError(message, reason=reason, retry=retry)
        finally:
            del self._followed[number]
            self._ask(Unfollow(number))

    async def close(self) -> None:
        """Hang up."""
        if self._reading is not None:
            self._reading.cancel()
        self._gone = self._gone or LeaderGone("this floor is left")
        self._news.set()
        self._link.writer.transport.abort()
