"""Streams of bytes through stages that compute, in threads: bounded, closed in order, and an error is never lost."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Protocol, TypeVar

from collectors.threads import DaemonPool
from ops.backup.errors import BackupError
from ops.backup.target import PIECE_BYTES

_POOL = DaemonPool(4, name="watchfloor-backup")
AHEAD = 3
"""Pieces that are ready before they are asked for."""
T = TypeVar("T")
_SLICES = 8
"""Into how many a second of the allowed bandwidth is cut, at least."""


class Stage(Protocol):
    """Something that bytes go through."""

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """What comes out after this piece; it is read to its end before the next."""

    def end(self) -> Iterator[bytes]:
        """What comes out after the last one."""


class Tally:
    """A stage that changes nothing: it counts and digests what goes through.

    Where there can't be more than `most` bytes, the first one more is BackupError "damaged".
    """

    def __init__(self, most: int | None = None) -> None:
        self.bytes = 0
        self._most = most
        self.ended = False
        self._digest = sha256()

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """The piece."""
        self.bytes += len(piece)
        if self._most is not None and self.bytes > self._most:
            raise BackupError("it is longer than what was written", reason="damaged")
        self._digest.update(piece)
        yield piece

    def end(self) -> Iterator[bytes]:
        """Nothing."""
        self.ended = True
        return iter(())

    @property
    def digest(self) -> str:
        """SHA-256, hex, of all so far."""
        return self._digest.hexdigest()


class Joined:
    """Stages one after the other, as one: what one gives the next is fed, in the same thread."""

    def __init__(self, *stages: Stage) -> None:
        self._stages = stages

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """What comes out of the last one."""
        return self._after(0, iter((piece,)))

    def end(self) -> Iterator[bytes]:
        """What comes out when each ends, from the first on."""
        for index, stage in enumerate(self._stages):
            yield from self._after(index + 1, stage.end())

    def _after(self, index: int, pieces: Iterator[bytes]) -> Iterator[bytes]:
        if index == len(self._stages):
            yield from pieces
            return
        for piece in pieces:
            yield from self._after(index + 1, self._stages[index].feed(piece))


@asynccontextmanager
async def closing(pieces: AsyncIterator[T]) -> AsyncIterator[AsyncIterator[T]]:
    """The same stream; what feeds it (a program, a connection) has ended when this is left."""
    try:
        yield pieces
    finally:
        close = getattr(pieces, "aclose", None)
        if close is not None:
            await close()


async def through(pieces: AsyncIterator[bytes], stage: Stage) -> AsyncIterator[bytes]:
    """What comes out of a stage, computed in a thread."""
    async with closing(pieces):
        async for piece in pieces:
            async for some in _all_of(stage.feed(piece)):
                yield some
        async for some in _all_of(stage.end()):
            yield some


async def _all_of(found: Iterator[bytes]) -> AsyncIterator[bytes]:
    """What comes out of one feeding, with as few turns in a thread as can be: each costs as much as hashing 64 KiB."""
    more = True
    while more:
        some, more = await _POOL.run(_some, found)
        if some:
            yield some


def _some(found: Iterator[bytes]) -> tuple[bytes, bool]:
    """The next that comes out, about a piece of it, and whether there may be more."""
    made: list[bytes] = []
    size = 0
    for piece in found:
        made.append(piece)
        size += len(piece)
        if size >= PIECE_BYTES:
            break
    return made[0] if len(made) == 1 else b"".join(made), size >= PIECE_BYTES


async def ahead(pieces: AsyncIterator[bytes], count: int = AHEAD) -> AsyncIterator[bytes]:
    """The same stream, read while the last piece is still being dealt with."""
    async with early(pieces, count) as read:
        async for piece in read:
            yield piece


@asynccontextmanager
async def early(pieces: AsyncIterator[bytes], count: int = AHEAD) -> AsyncIterator[AsyncIterator[bytes]]:
    """The same stream, read from now on, before anybody asks for it; it is closed when this is left."""
    ready = _Ready(count)
    reader = asyncio.create_task(_read(pieces, ready))
    # Also where it is cancelled before it has begun.
    reader.add_done_callback(lambda _: ready.end())
    try:
        yield _given(ready, reader)
    finally:
        reader.cancel()
        # Whoever leaves before the end has a reason of its own: what closing says is not told beside it.
        await asyncio.gather(reader, return_exceptions=True)


class _Ready:
    """Pieces between one task that puts them and one that takes them, of whom never both wait."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._pieces: deque[bytes] = deque()
        self._over = False
        self._changed: asyncio.Future[None] | None = None

    async def put(self, piece: bytes) -> None:
        """Wait for room."""
        while len(self._pieces) >= self._most:
            await self._change()
        self._pieces.append(piece)
        self._wake()

    async def take(self) -> bytes | None:
        """The next one; None where no more come."""
        while not self._pieces and not self._over:
            await self._change()
        self._wake()
        return self._pieces.popleft() if self._pieces else None

    def end(self) -> None:
        """No more come."""
        self._over = True
        self._wake()

    async def _change(self) -> None:
        self._changed = asyncio.get_running_loop().create_future()
        await self._changed

    def _wake(self) -> None:
        if self._changed is not None and not self._changed.done():
            self._changed.set_result(None)


async def _read(pieces: AsyncIterator[bytes], ready: _Ready) -> None:
    async with closing(pieces):
        async for piece in pieces:
            await ready.put(piece)


async def _given(ready: _Ready, reader: "asyncio.Task[None]") -> AsyncIterator[bytes]:
    while (piece := await ready.take()) is not None:
        yield piece
    await reader


async def limited(pieces: AsyncIterator[bytes], bytes_per_s: int) -> AsyncIterator[bytes]:
    """The same stream, no faster than that over any while; 0 for no limit. What was not used is not saved up."""
    loop = asyncio.get_running_loop()
    free_at = loop.time()
    most = max(1, min(PIECE_BYTES, bytes_per_s // _SLICES)) if bytes_per_s else 0
    async with closing(pieces):
        async for piece in pieces:
            for start in range(0, len(piece), most or len(piece) or 1):
                some = piece[start : start + most] if most else piece
                if bytes_per_s:
                    await asyncio.sleep(max(0.0, free_at - loop.time()))
                    free_at = max(free_at, loop.time()) + len(some) / bytes_per_s
                yield some


async def watched(pieces: AsyncIterator[bytes], tell: Callable[[int], None]) -> AsyncIterator[bytes]:
    """The same stream; `tell` hears how many bytes there were, after each piece."""
    count = 0
    async with closing(pieces):
        async for piece in pieces:
            count += len(piece)
            yield piece
            tell(count)
