"""Parts that are one file each: read from it, and written to it."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

from ops.backup.base import Source
from ops.backup.stages import closing
from ops.backup.structs import Part
from ops.backup.target import PIECE_BYTES
from ops.backup.trees.taking import POOL
from ops.backup.trees.unpacking import steadily, unwritten
from ops.durable import write_all

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


async def pieces_of(file: Path) -> AsyncIterator[bytes]:
    """What is in a file of ours."""
    handle = await POOL.run(os.open, file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        while piece := await steadily(os.read, handle, PIECE_BYTES):
            yield piece
    finally:
        os.close(handle)


async def text_pieces(text: bytes) -> AsyncIterator[bytes]:
    """What is in memory already."""
    for at in range(0, len(text), PIECE_BYTES):
        yield text[at : at + PIECE_BYTES]


async def write_part(source: Source, part: Part, file: Path) -> None:
    """A part as a new file, for the owner alone. Raises BackupError."""
    try:
        handle = await POOL.run(os.open, file, _NEW, 0o600)
        try:
            async with closing(source.open(part)) as pieces:
                async for piece in pieces:
                    await steadily(write_all, handle, piece)
            await steadily(os.fsync, handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise unwritten(file, error) from error
