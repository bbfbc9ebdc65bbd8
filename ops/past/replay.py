"""ReplaySource: the past as a BoardSource, for a floor that has nothing live below it."""

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from collectors.base import CollectError
from ops.board import Board
from ops.past.desk import PastDesk

if TYPE_CHECKING:
    from ops.backup.source import BackupSource
    from ops.drift.source import DriftSource
    from ops.fixes.source import FixSource
    from ops.incidents.source import IncidentSource


class ReplaySource:
    """Gives the Board of one moment; whoever shows it moves on by asking `past`."""

    def __init__(self, desk: PastDesk, board: Board) -> None:
        self.past = desk
        self.fixes: FixSource | None = None
        self.incidents: IncidentSource | None = None
        self.drift: DriftSource | None = None
        self.backups: BackupSource | None = None
        self._board = board
        self._closed = asyncio.Event()

    @classmethod
    async def at(cls, desk: PastDesk, moment: float) -> "ReplaySource":
        """Begin at a moment (UTC seconds), or at the end of what was recorded. Raises StoreError."""
        board = await desk.board(moment)
        first, last = desk.reach or (moment, moment)
        return cls(desk, board if first <= moment <= last else await desk.board(min(max(moment, first), last)))

    @property
    def board(self) -> Board:
        """The Board that it begins with."""
        return self._board

    async def boards(self) -> AsyncIterator[Board]:
        """That Board, and no other until the end."""
        yield self._board
        await self._closed.wait()

    def poll_now(self) -> None:
        """Do nothing: what has happened can't be asked again."""

    async def follow(self, row_id: str) -> AsyncIterator[str]:
        """Raise CollectError: a log of the past is not followed."""
        raise CollectError("there is no live log in the past", reason="missing", retry=False)
        yield row_id

    async def close(self) -> None:
        """Stop."""
        self._closed.set()
