"""The product under drill, as a process of its own: it tells each of its Boards as a line of JSON.

`python -m tests.drills.watched CONFIG FD` runs the engine alone; `… CONFIG FD --floor` opens the floor over it, in the
terminal that it was given.
"""

import asyncio
import fcntl
import os
import sys
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import msgspec

from tests.drills.stalls import Stalls

if TYPE_CHECKING:
    from ops.backup.source import BackupSource
    from ops.board import Board, Row
    from ops.drift.source import DriftSource
    from ops.fixes.source import FixSource
    from ops.incidents.source import IncidentSource
    from ops.past.desk import PastDesk
    from tests.drills.drill import SeenBoard, SeenRow

PIPE_BYTES = 2**20


class Teller:
    """A BoardSource around the real one that writes down what it hands on."""

    def __init__(self, config_path: str, fd: int) -> None:
        from ops.config.load import load
        from ops.live import LiveSource

        self.config = load(config_path)
        self._source = LiveSource(self.config, record=True)
        self._fd = fd
        self._stalls = Stalls()
        self.poll_now, self.follow, self.close = self._source.poll_now, self._source.follow, self._source.close

    @property
    def past(self) -> "PastDesk | None":
        """What the real one remembers."""
        return self._source.past

    @property
    def fixes(self) -> "FixSource | None":
        """Who does fixes there."""
        return self._source.fixes

    @property
    def incidents(self) -> "IncidentSource | None":
        """Who keeps incidents there."""
        return self._source.incidents

    @property
    def drift(self) -> "DriftSource | None":
        """Who knows there what was agreed."""
        return self._source.drift

    @property
    def backups(self) -> "BackupSource | None":
        """Who knows there which backups there are."""
        return self._source.backups

    @property
    def board(self) -> "Board":
        """The newest Board."""
        return self._source.board

    async def boards(self) -> "AsyncIterator[Board]":
        """Each Board, told before it is shown."""
        self._stalls.start()
        async for board in self._source.boards():
            os.write(self._fd, msgspec.json.encode(seen(board, *self._stalls.take())) + b"\n")
            yield board


def seen(board: "Board", stall_s: float, held_in: str = "") -> "SeenBoard":
    """What a drill needs of a Board."""
    from tests.drills.drill import SeenBoard
    from tests.drills.heap import heap

    rows = tuple(_row(row) for row in board.rows)
    causes = tuple(cause.text for cause in board.causes)
    return SeenBoard(board.at, board.late_s, stall_s, rows, causes, held_in, sys.getallocatedblocks(), heap())


def _row(row: "Row") -> "SeenRow":
    from tests.drills.drill import SeenRow

    checks = tuple((check.level, check.word, check.text) for check in row.checks if check.level != "ok" or check.word)
    told = [str(row.facts[fact]) for fact in ("newest_error", "output") if row.facts.get(fact)]
    broken = any(check.word == "broken" for check in row.checks)
    figures = "; ".join((*told, *row.hints, row.texts.get("errors", "")))[:600].replace("\n", " | ")
    return SeenRow(
        row.id, row.target, row.level, row.word, row.reason, row.at, row.stale, broken, checks, figures
    )  # fmt: skip


async def _run_alone(teller: Teller) -> None:
    async for _ in teller.boards():
        pass


def main(config_path: str, fd: int, *, floor: bool) -> int:
    """Run until the end of standard input (alone), or until the floor is left."""
    fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    if not floor:
        asyncio.run(_until_told(config_path, fd))
        return 0
    from tui.terminal import memory, skeleton

    skeleton.paint()
    memory.hold()
    from tui.app import run_floor

    teller = Teller(config_path, fd)
    return run_floor(teller.config, source=teller)


async def _until_told(config_path: str, fd: int) -> None:
    teller = Teller(config_path, fd)
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(0, told.set)
    running = asyncio.create_task(_run_alone(teller))
    ending = asyncio.create_task(told.wait())
    await asyncio.wait([running, ending], return_when=asyncio.FIRST_COMPLETED)
    loop.remove_reader(0)
    await teller.close()
    running.cancel()
    ended = await asyncio.gather(running, return_exceptions=True)
    problems = [error for error in ended if isinstance(error, Exception)]
    if problems:
        raise problems[0]


if __name__ == "__main__":
    from tui.__main__ import leave

    leave(main(sys.argv[1], int(sys.argv[2]), floor="--floor" in sys.argv))
