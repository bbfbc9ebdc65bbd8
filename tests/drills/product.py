"""The watched process seen from outside: started over a config, its Boards read as they come, keys pressed, ended."""

import asyncio
import fcntl
import os
import struct
import sys
import termios
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import msgspec

from tests.bench.terminal import Terminal
from tests.drills.drill import SeenBoard, unprintable
from tests.drills.keys import Keys
from tests.drills.site import Site

LINE_LIMIT = 8 * 2**20
QUIT_S = 10.0


class Window(Terminal):
    """A terminal whose size can be changed."""

    def resize(self, width: int, height: int) -> None:
        """Give it another size, as a dragged window does."""
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))


class Product:
    """One process of the product; `board` is its newest Board."""

    def __init__(self) -> None:
        self.board: SeenBoard | None = None
        self.pid = 0
        self.polled: dict[str, list[float]] = defaultdict(list)
        """Times of the good readings of each target, by target id."""
        self.targets: dict[str, str] = {}
        """Which target reads each row that was ever seen, by row id."""
        self.late_s = self.stall_s = 0.0
        """Worst so far; `forget` begins anew."""
        self.stalls: list[float] = []
        self.held_in: list[str] = []
        self.unprintable: list[str] = []
        self.broken: list[str] = []
        self.ended: asyncio.Task[None] | None = None
        self._news = asyncio.Condition()
        self._alone: asyncio.subprocess.Process | None = None
        self._terminal: Window | None = None
        self.keys: Keys | None = None

    async def start(self, config: Path, site: Site, *, floor: bool) -> None:
        """Start it on that ground, and begin to read."""
        told, tell = os.pipe()
        os.set_inheritable(tell, True)
        argv = [sys.executable, "-m", "tests.drills.watched", str(config), str(tell)]
        if floor:
            self._terminal = Window(site.command(*argv, "--floor"))
            self.pid = self._terminal.pid
            self.keys = Keys(self._terminal)
            self.keys.start()
        else:
            self._alone = await asyncio.create_subprocess_exec(
                *site.command(*argv), stdin=asyncio.subprocess.PIPE, pass_fds=(tell,)
            )
            self.pid = self._alone.pid
        os.close(tell)
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=LINE_LIMIT)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(told, "rb"))
        self.ended = asyncio.create_task(self._read(reader))

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            board = msgspec.json.decode(line, type=SeenBoard)
            self._note(board)
            async with self._news:
                self.board = board
                self._news.notify_all()
        async with self._news:
            self._news.notify_all()

    def _note(self, board: SeenBoard) -> None:
        for row in board.rows:
            self.targets[row.id] = row.target
            times = self.polled[row.target] if row.id == row.target else None
            if times is not None and row.at and (not times or row.at > times[-1]):
                times.append(row.at)
            if row.broken:
                self.broken.append(f"{row.id}: {row.reason}")
        self.late_s, self.stall_s = max(self.late_s, board.late_s), max(self.stall_s, board.stall_s)
        self.stalls.append(board.stall_s)
        if board.held_in:
            self.held_in.append(f"{1000 * board.stall_s:.0f} ms: {board.held_in}")
        self.unprintable += unprintable(board)

    async def until(self, so: Callable[[SeenBoard], bool], limit_s: float) -> float | None:
        """Seconds until a Board is so, from now; None when none was within the limit or the process ended."""
        begun = time.monotonic()
        try:
            async with asyncio.timeout(limit_s), self._news:
                while self.board is None or not so(self.board):
                    if self.ended is None or self.ended.done():
                        return None
                    await self._news.wait()
        except TimeoutError:
            return None
        return time.monotonic() - begun

    def press(self, keys: bytes) -> None:
        """Type, where it has a terminal."""
        if self._terminal:
            self._terminal.press(keys)

    def resize(self, width: int, height: int) -> None:
        """Give its terminal another size, where it has one."""
        if self._terminal:
            self._terminal.resize(width, height)

    @property
    def written_bytes(self) -> int:
        """What it has sent to its terminal."""
        return self._terminal.written_bytes if self._terminal else 0

    async def quit(self) -> float | None:
        """Leave it as an operator does; seconds until the process has ended, None when it had to be killed."""
        begun = time.monotonic()
        if self._terminal:
            assert self.keys
            await asyncio.to_thread(self.keys.stop)
            spent = await asyncio.to_thread(self._terminal.quit, b"q", QUIT_S)
        else:
            spent = await self._quit_alone(begun)
        if self.ended:
            await self.ended
        return spent

    async def _quit_alone(self, begun: float) -> float | None:
        assert self._alone
        assert self._alone.stdin
        self._alone.stdin.close()
        try:
            async with asyncio.timeout(QUIT_S):
                await self._alone.wait()
        except TimeoutError:
            self._alone.kill()
            await self._alone.wait()
            return None
        return time.monotonic() - begun
