"""Follows a log file as it grows: through truncation and rotation, bounded, and only where it is a plain file."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from functools import cache
from typing import NamedTuple

from collectors.base import CollectError
from collectors.docker_api.logs import Lines
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
    """One open log file and how far it has been read. Its methods block: call them in a thread.

    The file is closed with the last reference: whoever follows can leave at any time, also while a thread still reads.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._descriptor = -1
        self._offset = 0
        self._end = False

    def open(self) -> bytes:
        """Open it and give its last lines. Raises CollectError for what is absent, hidden or no plain file."""
        self._descriptor = _open(self._path)
        size = os.fstat(self._descriptor).st_size
        begin = max(0, size - _FIRST_BYTES)
        data = os.pread(self._descriptor, _FIRST_BYTES, begin)
        self._offset = begin + len(data)
        lines = data.split(b"\n")
        return b"\n".join(lines[1 if begin else 0 :][-_FIRST_LINES - 1 :])

    def look(self) -> Piece:
        """What was written since the last look; b"" for nothing. Raises CollectError when it became no plain file."""
        if self._descriptor < 0:
            return self._reopen()
        size = os.fstat(self._descriptor).st_size
        if size < self._offset:
            self._offset = 0
            return Piece(b"", rotated=True)
        skipped = max(0, size - self._offset - BACKLOG_BYTES)
        self._offset += skipped
        data = os.pread(self._descriptor, CHUNK_BYTES, self._offset)
        self._offset += len(data)
        if data or not self._replaced():
            self._end = False
            return Piece(data, skipped)
        # The writer may still be finishing the old file: look at it once more before leaving it.
        if not self._end:
            self._end = True
            return Piece(b"")
        return self._reopen()

    def __del__(self) -> None:
        self._close()

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _reopen(self) -> Piece:
        self._close()
        self._offset, self._end = 0, False
        try:
            self._descriptor = _open(self._path)
        except CollectError as error:
            if error.reason != "missing":
                raise
        return Piece(b"", rotated=True)

    def _replaced(self) -> bool:
        try:
            there = os.stat(self._path)
        except FileNotFoundError:
            return True
        ours = os.fstat(self._descriptor)
        return (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino)


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


def _open(path: str) -> int:
    """Open a plain file for reading; a pipe in its place must not make us wait for a writer."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except OSError as error:
        raise CollectError(
            f"cannot read the log {path}: {error.strerror}",
            reason="missing" if isinstance(error, FileNotFoundError) else "permission",
            remedy="check log_file, and that this user may read it",
        ) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise CollectError(f"{path} is not a plain file, so it cannot be followed", reason="protocol", retry=False)
    return descriptor
