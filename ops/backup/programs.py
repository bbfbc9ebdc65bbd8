"""Starts the programs that take, read and restore backups: bytes stream through them, and no exit code is ever lost."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager

from collectors.programs.run import environment as seen_by
from collectors.text import clean
from ops.backup.errors import BackupError
from ops.backup.pipes import Ends
from ops.backup.started import Ended, Started, last_words
from ops.backup.target import PIECE_BYTES

__all__ = ["Ended", "Started", "beside", "fed", "find", "last_words", "need", "piped", "ran"]
GOOD: Collection[int] = (0,)
PATIENCE_S = 10.0
"""Between TERM and KILL for a server that is ended."""


async def piped(  # noqa: PLR0913 - what a program is given, each by its name
    argv: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    pieces: AsyncIterator[bytes] | None = None,
    nice: int = 0,
    folder: str = "",
    name: str = "",
    good: Collection[int] = GOOD,
    told: Callable[[bytes], object] | None = None,
) -> AsyncGenerator[bytes, None]:
    """What a program writes, in pieces of 1 MiB, while it is fed `pieces`. Closing the iterator kills its group.

    Raises BackupError: when it can't be started, and after the last piece when its exit code is not `good`. What
    `pieces` raises ends the program and is raised. `environment` holds secrets; `name` is what it is called in words;
    `told` is given what it complained of when it has ended well.
    """
    started = Started(argv, name)
    feeding: asyncio.Task[bool] | None = None
    try:
        await started.start(environment or {}, folder, nice, feeds=pieces is not None)
        if pieces is not None:
            feeding = asyncio.create_task(_feed(started, pieces))
        while piece := await started.out.read(PIECE_BYTES):
            yield piece
            await asyncio.sleep(0)
        await _over(started, feeding, pieces, good)
        if told is not None:
            told(started.err.whole)
    finally:
        await _end(started, feeding, pieces)


async def fed(
    argv: Sequence[str],
    pieces: AsyncIterator[bytes] | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    nice: int = 0,
    folder: str = "",
    name: str = "",
    good: Collection[int] | None = GOOD,
) -> Ended:
    """Run a program to its end while it is fed `pieces`. When cancelled its whole group is killed.

    Raises BackupError as `piped` does; with `good` None any exit code is an answer. `pieces` is read to its end also
    where the program needs only a part, so that what is wrong with its end is found.
    """
    started = Started(argv, name)
    feeding: asyncio.Task[bool] | None = None
    try:
        await started.start(environment or {}, folder, nice, feeds=pieces is not None)
        if pieces is not None:
            feeding = asyncio.create_task(_feed(started, pieces))
        out = Ends()
        while piece := await started.out.read(64 * 1024):
            out.add(piece)
        whole = await _over(started, feeding, pieces, good)
        return started.ended(out.whole, whole=whole)
    finally:
        await _end(started, feeding, pieces)


async def ran(
    argv: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    nice: int = 0,
    folder: str = "",
    name: str = "",
    good: Collection[int] | None = GOOD,
) -> Ended:
    """Run a program that reads nothing to its end; as `fed`."""
    return await fed(argv, None, environment=environment, nice=nice, folder=folder, name=name, good=good)


@asynccontextmanager
async def beside(
    argv: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    nice: int = 0,
    folder: str = "",
    name: str = "",
    ends_by: signal.Signals = signal.SIGTERM,
) -> AsyncIterator[Started]:
    """A server that runs as long as the context lasts, then gets a signal, and KILL to its whole group after 10 s.

    What it writes is kept as `err` where it complains, and dropped otherwise. Raises BackupError "missing".
    """
    started = Started(argv, name)
    drains: asyncio.Task[None] | None = None
    try:
        await started.start(environment or {}, folder, nice, feeds=False)
        drains = asyncio.create_task(_drain(started))
        yield started
    finally:
        try:
            await started.close(PATIENCE_S, ends_by)
        finally:
            await _cancelled(drains)


def find(*names: str, folder: str = "") -> str:
    """Path of the first of these programs that is here, in that folder where one is given; "" where none is."""
    path = folder or seen_by().get("PATH", os.defpath)
    return next((found for name in names if (found := shutil.which(name, path=path))), "")


def need(*names: str, folder: str = "", remedy: str = "") -> str:
    """As `find`. Raises BackupError "missing" where none of them is here."""
    if found := find(*names, folder=folder):
        return found
    where = f" in {clean(folder)}" if folder else ""
    raise BackupError(
        f"there is no program {' or '.join(names)}{where}", remedy or f"install {names[0]}", reason="missing"
    )


async def _feed(started: Started, pieces: AsyncIterator[bytes]) -> bool:
    """Whether it took all of them. What the iterator raises ends the program."""
    end = started.input
    if end is None:
        return True
    try:
        async for piece in pieces:
            if not await end.write(piece):
                return False
    except BaseException:
        started.send(signal.SIGKILL)  # who was fed only a part must not take its end for the whole
        raise
    finally:
        end.close()
    return True


async def _drain(started: Started) -> None:
    while await started.out.read(64 * 1024, soon=True):
        continue


async def _over(
    started: Started,
    feeding: "asyncio.Task[bool] | None",
    pieces: AsyncIterator[bytes] | None,
    good: Collection[int] | None,
) -> bool:
    """Wait for its end and judge it; whether it took all that it was fed."""
    code = await started.wait()
    if feeding is not None and feeding.done():
        feeding.result()
    if good is not None and code not in good:
        raise started.failed()
    whole = await feeding if feeding is not None else True
    if not whole and pieces is not None:
        async for _ in pieces:
            continue
    return whole


async def _end(started: Started, feeding: "asyncio.Task[bool] | None", pieces: AsyncIterator[bytes] | None) -> None:
    try:
        await started.close()
    finally:
        try:
            await _cancelled(feeding)
        finally:
            if pieces is not None and hasattr(pieces, "aclose"):
                await pieces.aclose()


async def _cancelled(task: "asyncio.Task[bool] | asyncio.Task[None] | None") -> None:
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
