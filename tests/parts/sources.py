"""A BoardSource in memory: says the Boards that a test gives it, and remembers what it was asked."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

from collectors.base import CollectError
from ops.backup.source import BackupSource
from ops.board import Board
from ops.drift.source import DriftSource
from ops.fixes.source import FixSource
from ops.incidents.source import IncidentSource
from ops.past.desk import PastDesk


class MemorySource:
    """An honest BoardSource without polling. `say` gives the next Board; logs are what a test puts in."""

    def __init__(self, board: Board, logs: Mapping[str, Sequence[str]] | None = None) -> None:
        self._board = board
        self._logs = dict(logs or {})
        self._new = asyncio.Event()
        self._new.set()
        self.polls = 0
        """How often `poll_now` was called."""
        self.closed = False
        self.past: PastDesk | None = None
        self.fixes: FixSource | None = None
        self.incidents: IncidentSource | None = None
        self.drift: DriftSource | None = None
        self.backups: BackupSource | None = None

    @property
    def board(self) -> Board:
        """The newest Board."""
        return self._board

    def say(self, board: Board) -> None:
        """Let this be the newest Board."""
        self._board = board
        self._new.set()

    async def boards(self) -> AsyncIterator[Board]:
        """Each Board as it is said."""
        while not self.closed:
            await self._new.wait()
            self._new.clear()
            yield self._board

    def poll_now(self) -> None:
        """Count it, and answer with the Board that there is."""
        self.polls += 1
        self._new.set()

    async def follow(self, row_id: str) -> AsyncIterator[str]:
        """The lines of a row, then silence; raises CollectError where it has none."""
        if row_id not in self._logs:
            raise CollectError("it has no log to follow", reason="missing", retry=False)
        for line in self._logs[row_id]:
            yield line
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Stop."""
        self.closed = True
        self._new.set()
