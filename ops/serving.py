"""Serves the Boards of a leader to the floors that are attached to it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from collectors.base import CollectError
from collectors.waits import within
from ops.board import Board
from ops.frames import (
    Alive,
    Follow,
    FrameError,
    GiveWay,
    Greeting,
    Logged,
    Over,
    PollNow,
    Sent,
    Told,
    Unfollow,
    encoded,
    read_asked,
)
from ops.meeting import leave, listen, peer_of
from ops.source import BoardSource

ALIVE_S = 1.0
"""How often a floor hears that the leader lives, at least."""
MOST = 64
"""Floors at once."""
_FOLLOWED = 8
"""Logs that one floor may follow at once."""
_FAREWELL_S = 1.0
"""So long all have to let go at the end."""
_GONE = (OSError, EOFError, FrameError)


class Serving:
    """One socket, and the floors at it. A floor that reads slowly gets the newest Board when it is ready for it."""

    def __init__(self, folder: Path, greeting: Greeting, *, asked_away: Callable[[], None] | None = None) -> None:
        """`asked_away` is called when a monitor would lead instead; without it nobody gives way."""
        self._folder, self.greeting, self._asked_away = folder, greeting, asked_away
        self._source: BoardSource | None = None
        self._board: Board | None = None
        self._server: asyncio.Server | None = None
        self._floors: set[_Floor] = set()
        self._meetings: set[asyncio.Task[None]] = set()
        self._shut = False
        """Whether the socket is not to be opened, or not again."""
        self.trouble = ""
        """Why nobody can attach; "" where everybody can."""

    async def show(self, board: Board, source: BoardSource) -> None:
        """The newest Board, and who is asked for logs and polls. The first one opens the socket."""
        self._board, self._source = board, source
        if self._server is None and not self._shut:
            await self._open()
        for floor in self._floors:
            floor.news.set()

    async def _open(self) -> None:
        try:
            made = listen(self._folder)
            self._server = await asyncio.start_unix_server(self._met, sock=made)
        except OSError as error:
            self._shut = True
            why = error.strerror or str(error)
            self.trouble = f"no other floor can attach to this one: no socket can be made in {self._folder}: {why}"

    def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task that asyncio made itself would complain of being cancelled at the end.
        meeting = asyncio.create_task(self._meet(reader, writer), name="attached floor")
        self._meetings.add(meeting)
        meeting.add_done_callback(self._meetings.discard)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        made = writer.get_extra_info("socket")
        try:
            if len(self._floors) < MOST and peer_of(made).trusted:
                await self._serve(_Floor(reader, writer))
        except _GONE:
            pass  # a floor that has ended, or that speaks otherwise, needs no farewell
        finally:
            writer.transport.abort()

    async def _serve(self, floor: "_Floor") -> None:
        self._floors.add(floor)
        work = [asyncio.create_task(self._tell(floor)), asyncio.create_task(self._listen(floor))]
        try:
            done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            self._floors.discard(floor)
            for task in (*work, *floor.following.values()):
                task.cancel()
            await asyncio.gather(*work, *floor.following.values(), return_exceptions=True)

    async def _tell(self, floor: "_Floor") -> None:
        await floor.send(self.greeting)
        shown: Board | None = None
        sent = Sent()
        while True:
            floor.news.clear()
            board = self._board
            if board is not None and board is not shown:
                shown = board
                await floor.send(sent.picture(board))
            else:
                await floor.send(Alive())
            await within(floor.news, ALIVE_S)

    async def _listen(self, floor: "_Floor") -> None:
        while True:
            match await read_asked(floor.reader):
                case PollNow() if self._source is not None:
                    self._source.poll_now()
                case Follow(number, row) if len(floor.following) < _FOLLOWED and self._source is not None:
                    floor.following[number] = asyncio.create_task(_follow(floor, self._source, number, row))
                case Follow(number):
                    await floor.send(Over(number, "too many logs are followed at once", "limit", retry=False))
                case Unfollow(number) if number in floor.following:
                    floor.following.pop(number).cancel()
                case GiveWay() if self._asked_away is not None:
                    self._asked_away()

    def withdraw(self) -> None:
        """Have nobody attach any more. To be done before the lock is free: the place is the next leader's then."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
            leave(self._folder)
        self._shut = True

    async def close(self) -> None:
        """Let all floors go; each then looks for who leads next."""
        self.withdraw()
        meetings = tuple(self._meetings)
        for meeting in meetings:
            meeting.cancel()
        if meetings:
            await asyncio.wait(meetings, timeout=_FAREWELL_S)


class _Floor:
    """A floor that is attached."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.news = asyncio.Event()
        self.following: dict[int, asyncio.Task[None]] = {}
        self._one_at_a_time = asyncio.Lock()

    async def send(self, frame: Told) -> None:
        """Send a frame, as fast as the floor reads. Raises OSError."""
        async with self._one_at_a_time:
            self.writer.write(encoded(frame))
            await self.writer.drain()


async def _follow(floor: _Floor, source: BoardSource, number: int, row: str) -> None:
    try:
        async for line in source.follow(row):
            await floor.send(Logged(number, line))
        await floor.send(Over(number))
    except CollectError as error:
        with suppress(OSError):
            await floor.send(Over(number, error.message, error.reason, error.retry))
    except OSError:
        pass  # the floor has ended, which `_serve` sees too
    finally:
        if floor.following.get(number) is asyncio.current_task():
            del floor.following[number]
