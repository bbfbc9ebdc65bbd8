"""Starts the process of a job, which then belongs to nobody: it outlives this one, its terminal and its SSH line."""

import asyncio
import os
import subprocess  # noqa: TID251 - a job is a process of its own
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

import ops
from collectors.base import CollectError
from collectors.threads import DaemonPool
from ops.actions.errors import Refused
from ops.jobs.folder import JobFolder
from ops.jobs.held import grab

if TYPE_CHECKING:
    from ops.jobs.book import JobBook

_WITHIN_S = 20.0
_POOL = DaemonPool(64, name="watchfloor-jobs")
"""Each start that hangs keeps one of its threads."""


async def launch(book: "JobBook", number: int, *, module: str = "ops.jobs.child") -> None:
    """Begin a job that was created. Comes back as soon as its process is on its own, after some tens of milliseconds.

    Raises Refused where it can't be started; the job then says so too. Cancelled meanwhile, the job goes on. Nothing
    that ends our own session, a hang-up or ctrl+c, reaches what bears the job's process.
    """
    folder = JobFolder(book.folder / str(number))
    try:
        async with asyncio.timeout(_WITHIN_S):
            arguments = [sys.executable, "-P", "-m", module, str(folder.path)]
            status = await asyncio.shield(_POOL.run(_run, folder.crash, arguments))
    except TimeoutError as error:
        raise _refused(folder, f"its process was not on its own after {_WITHIN_S:g} s") from error
    except OSError as error:
        raise _refused(folder, f"its process can't be started: {error.strerror or error}") from error
    except CollectError as error:
        raise _refused(folder, error.message) from error
    if status:
        raise _refused(folder, f"its process ended at once, with status {status}")


def _run(crash: Path, arguments: list[str]) -> int:
    """The status of the process that bears the job's own.

    Waited for in a thread: asyncio kills a process that still runs when the loop that started it has ended.
    """
    said = os.open(crash, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        process = subprocess.Popen(  # noqa: S603 - Python and a module of ours
            arguments, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=environment(os.environ),
            start_new_session=True,
        )  # fmt: skip
    finally:
        os.close(said)
    return process.wait()


def environment(ours: Mapping[str, str]) -> dict[str, str]:
    """What the job's process gets to see: all that we do, since secrets may be in it, and where we are installed."""
    house = str(Path(next(iter(ops.__path__))).parent)
    paths = [house, *filter(None, [ours.get("PYTHONPATH")])]
    return {**ours, "PYTHONPATH": os.pathsep.join(paths)}


def _refused(folder: JobFolder, why: str) -> Refused:
    """The job ends as refused, unless its process lives after all, or it has ended in another way."""
    remedy = f"see {folder.crash}"
    with suppress(OSError):  # without a verdict it is shown as one that never began
        _end(folder, why, remedy)
    return Refused(f"job {folder.number} was not begun: {why}", remedy)


def _end(folder: JobFolder, why: str, remedy: str) -> None:
    """Under the job's own lock, so that a process that comes late finds that it has ended. Raises OSError."""
    alive = grab(folder.alive)
    if alive is None:
        return
    try:
        request = folder.request()
        job = folder.job(request) if request is not None else None
        if job is not None and job.runs and folder.process() is None:
            folder.write_end(
                replace(job, state="ended", verdict="refused", said=why, remedy=remedy, ended_at=time.time())
            )
    finally:
        os.close(alive)
