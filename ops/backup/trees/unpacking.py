"""Streams into the unpacker, in threads that have ended when this has, and holds what came out against the manifest."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from collectors.text import clean
from ops.backup.base import Source
from ops.backup.errors import BackupError
from ops.backup.stages import closing
from ops.backup.structs import Part
from ops.backup.trees.taking import POOL
from ops.backup.trees.tally import Tally, counted
from ops.backup.trees.unpack import Chosen, Unpacked, Unpacker, all_of_it
from ops.durable import FULL
from ops.figures import size

T = TypeVar("T")


async def steadily(function: Callable[..., T], *args: object) -> T:
    """In a thread. Who is cancelled meanwhile goes on only when the thread is through: what follows tidies up."""
    return await to_its_end(POOL.run(function, *args))


async def to_its_end(what: Awaitable[T]) -> T:
    """Who is cancelled meanwhile, however often, goes on only when it is through."""
    task = asyncio.ensure_future(what)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled from (None if task.cancelled() else task.exception())
    return task.result()


async def unpacked(pieces: AsyncIterator[bytes], folder: Path, chosen: Chosen = all_of_it) -> Unpacked:
    """Unpack a tar into a folder of ours. Raises BackupError; what is there by then is the caller's to take away."""
    try:
        unpacker = await steadily(Unpacker, folder, chosen)
    except OSError as error:
        raise unwritten(folder, error) from error
    try:
        async with closing(pieces) as some:
            async for piece in some:
                await steadily(unpacker.feed, piece)
        return await steadily(unpacker.finish)
    except OSError as error:
        raise unwritten(folder, error) from error
    finally:
        unpacker.close()


async def unpack_part(source: Source, part: Part, folder: Path, chosen: Chosen = all_of_it) -> Unpacked:
    """A part, with what is only in it as the other name of something that was not chosen."""
    done = await unpacked(source.open(part), folder, chosen)
    if done.behind:
        behind, done.behind = done.behind, {}
        more = await unpacked(source.open(part), folder, lambda name, _: behind.get(name, ()))
        done.tally.files += more.tally.files
        done.tally.bytes += more.tally.bytes
        done.tally.digest(more.tally.content)
    return done


async def differences(source: Source, part: Part, done: Unpacked, folder: Path, *, whole: bool = True) -> list[str]:
    """What is in a folder now, held against what came in the stream and, where it is whole, against the manifest."""
    now = await steadily(counted, folder)
    return list(_compared(source, part, done.tally, now, whole=whole))


def _compared(source: Source, part: Part, came: Tally, now: Tally, *, whole: bool) -> list[str]:
    facts = source.manifest.facts
    found = []
    taken, size_taken = facts.get(f"{part.name}.files"), facts.get(f"{part.name}.bytes")
    if whole and taken is not None and came.files + came.skipped != taken:
        found.append(f"{part.name} has {came.files + came.skipped:,} files, {taken:,} were taken")
    if whole and isinstance(size_taken, int) and came.bytes != size_taken:
        found.append(f"{part.name} has {size(came.bytes)}, {size(size_taken)} were taken")
    if now.files != came.files:
        found.append(f"{now.files:,} files of {part.name} are there, {came.files:,} were unpacked")
    elif now.content != came.content or now.bytes != came.bytes:
        found.append(f"what is in the files of {part.name} is not what was unpacked")
    return found


def unwritten(folder: Path, error: OSError) -> BackupError:
    """Why something could not be unpacked or put there."""
    if error.errno in FULL:
        return BackupError(f"there is no room in {clean(folder)}", "make room there", reason="full")
    named = clean(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else clean(folder)
    return BackupError(f"{named} can't be written: {clean(error.strerror or error)}", "see that this user may write it")
