"""What a monitor hands to the scheduler of backups: light until the floor is live, for nothing is loaded before."""

from typing import TYPE_CHECKING

from msgspec.structs import replace

from collectors.clock import Clock
from ops.board import Board
from ops.config.backed import sets
from ops.config.structs import Config

if TYPE_CHECKING:
    from ops.backup.scheduler import Scheduler, Tell
    from ops.fixes.source import FixSource


class Scheduling:
    """Has the scheduler look at each Board, and puts what it can't do on it."""

    def __init__(self, config: Config, fixes: "FixSource", clock: Clock, tell: "Tell") -> None:
        self._config, self._fixes, self._clock, self._tell = config, fixes, clock, tell
        self._scheduler: Scheduler | None = None

    @classmethod
    def of(cls, config: Config, fixes: "FixSource | None", clock: Clock, tell: "Tell") -> "Scheduling | None":
        """None where nothing is backed up, or nothing may be done: no config file, read-only."""
        if fixes is None or not config.path or config.settings.read_only or not sets(config):
            return None
        return cls(config, fixes, clock, tell)

    def begin(self) -> None:
        """Load it; a second call does nothing."""
        if self._scheduler is None:
            from ops.backup.scheduler import Scheduler

            self._scheduler = Scheduler(self._config, self._fixes, self._clock, self._tell)

    async def look(self, board: Board) -> Board:
        """The Board, with what could not be done; before `begin` as it is."""
        if self._scheduler is None:
            return board
        await self._scheduler.look(board)
        notes = self._scheduler.notes
        return replace(board, notes=tuple(dict.fromkeys((*board.notes, *notes)))) if notes else board

    async def close(self) -> None:
        """Begin nothing more; what runs goes on by itself."""
        if self._scheduler is not None:
            await self._scheduler.close()
