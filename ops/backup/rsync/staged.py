"""A part that is gathered in a file without a name: rsync must know its end, and nothing stays when we are killed."""

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import IO, NamedTuple

from collectors.text import clean
from ops.backup.errors import BackupError
from ops.backup.storing import InOrder


class Staged(NamedTuple):
    """Where rsync finds it, as long as the context lasts."""

    path: str
    bytes: int


@asynccontextmanager
async def staged(pieces: AsyncIterator[bytes]) -> AsyncIterator[Staged]:
    """All of a stream, on the disk of TMPDIR or /var/tmp. Raises BackupError "full" where that has no room."""
    folder = os.environ.get("TMPDIR") or "/var/tmp"  # noqa: S108 - the file has no name, and is only ours
    order, total = InOrder(), 0
    with _told(folder):
        file = await order.taken(_close, _nameless, folder)
    try:
        async for piece in pieces:
            with _told(folder):
                await order.run(file.write, piece)
            total += len(piece)
        with _told(folder):
            await order.run(file.flush)
        yield Staged(f"/proc/{os.getpid()}/fd/{file.fileno()}", total)
    finally:
        await order.run(_close, file)


def _nameless(folder: str) -> IO[bytes]:
    return tempfile.TemporaryFile(dir=folder)


def _close(file: IO[bytes]) -> None:
    file.close()


@contextmanager
def _told(folder: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        words = f"{clean(folder)} here can't hold a part until it is sent: {(error.strerror or '').lower()}"
        remedy = "make room there, or name another folder by TMPDIR; sftp:// needs none"
        raise BackupError(words, remedy, reason="full") from error
