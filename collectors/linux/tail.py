"""Follows a log file as it grows: through truncation and rotation, bounded, and only where it is a plain file."""

import asyncio
from collections.abc import AsyncIterator
from functools import cache
from typing import NamedTuple

from collectors.base import CollectError
from collectors.docker_api.logs import Lines
from collectors.linux.growing import Growing
from collectors.threads import DaemonPool

LOOK_EVERY_S = 0.25
CHUNK_BYTES = 65_536
BACKLOG_BYTES = 1_048_576
"""When a log grows faster than it can be shown, what lies further back than this is skipped, and said so."""
_FIRST_BYTES = 8_192
_FIRST_LINES = 20


@cache
def _pool() -> DaemonPool:
    return DaemonPool(4, name="watchfloor-tail")


class Piece(NamedTuple):
    """What one look at the file brought."""

    data: bytes
    skipped: int = 0
    rotated: bool = False
    """The file was truncated, or is another one now, or none: what comes next starts a new line."""


class Tail:
    """A log file at a path, whichever file that is just now. Its methods block: call them in a thread."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: Growing | None = None
        self._end = False

    def open(self) -> bytes:
        """Open it and give its last lines. Raises CollectError for what is absent, hidden or no plain file."""
        self._file = Growing(self._path)
        return last_lines(self._file)

    def look(self) -> Piece:
        """What was written since the last look; b"" for nothing. Raises CollectError when it became no plain file."""
        file = self._file
        if file is None:
            return self._reopen()
        if file.began_anew():
            return Piece(b"", rotated=True)
        skipped = max(0, file.size() - file.offset - BACKLOG_BYTES)
        if skipped:
            file.move(file.offset + skipped)
        data = file.read(CHUNK_BYTES)
        if data or not file.replaced(self._path):
            self._end = False
            return Piece(data, skipped)
        # The writer may still be finishing the old file: look at it once more before leaving it.
        if not self._end:
            self._end = True
            return Piece(b"")
        return self._reopen()

    def _reopen(self) -> Piece:
        self._file, self._end = None, False
        try:
            self._file = Growing(self._path)
        except CollectError as error:
            if error.reason != "missing":
                raise
        return Piece(b"", rotated=True)


def last_lines(file: Growing) -> bytes:
    """The last lines of a file, for context; it is then read up to its end."""
    begin = max(0, file.size() - _FIRST_BYTES)
    file.move(begin)
    lines = file.read(_FIRST_BYTES).split(b"\n")
    return b"\n".join(lines[1 if begin else 0 :][-_FIRST_LINES - 1 :])


async def follow_file(path: str) -> AsyncIterator[str]:
    """Give the last lines of a file, then each new one, clean and cut. Raises CollectError where there is no such log.

    A rotated file is read to its end before the new one; while there is none, it waits for one.
    """
    tail, lines = Tail(path), Lines()
    for line in lines.feed(await _pool().run(tail.open)):
        yield line
    while True:
        piece = await _pool().run(tail.look)
        if piece.skipped:
            yield f"… {piece.skipped} bytes skipped"
        for line in (*(lines.end() if piece.rotated else ()), *lines.feed(piece.data)):
            yield line
        if len(piece.data) < CHUNK_BYTES:
            await asyncio.sleep(LOOK_EVERY_S)
