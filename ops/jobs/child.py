"""The process of a job: `python -m ops.jobs.child FOLDER`. It lets go of whoever started it, and says so at once.

Nothing but what is needed for its first line is imported before that line.
"""

import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ops.jobs.guard import GUARD
from ops.jobs.held import ALIVE, grab, write_inside
from ops.jobs.session import started

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable
    from types import FrameType

    from ops.jobs.running import Parts


def main(path: Path, parts: "Parts | None" = None) -> int:
    """Run the job of that folder to its end; the exit status says only whether that could be written down."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    alive = grab(path / ALIVE)
    if alive is None:
        print("another process has this job", file=sys.stderr)  # noqa: T201 - into the job's own file
        return 1
    if os.fork():
        # Whoever started this is done; the lock goes on with the process that was born.
        os._exit(0)
    os.setsid()
    asked = _Asked()
    write_inside(alive, f"{os.getpid()} {started(os.getpid())}".encode())
    GUARD.stand(alive)
    return _begin(path, asked, parts)


class _Asked:
    """Remembers that it was asked to end before there was anything that could be ended."""

    def __init__(self) -> None:
        self.to_end = False
        # Not SIG_IGN, which every program that the job starts would inherit: a daemon would never reload.
        signal.signal(signal.SIGHUP, lambda _signal, _frame: None)
        for which in (signal.SIGTERM, signal.SIGINT):
            signal.signal(which, self._note)

    def _note(self, _signal: int, _frame: "FrameType | None") -> None:
        self.to_end = True


class _Later:
    """Calls things later once there is a loop; before that at once."""

    def __init__(self) -> None:
        self.loop: AbstractEventLoop | None = None

    def __call__(self, after_s: float, what: "Callable[[], None]") -> None:
        if self.loop is None:
            what()
        else:
            self.loop.call_later(after_s, what)


def _begin(path: Path, asked: _Asked, parts: "Parts | None") -> int:
    """Say the first line, then import the rest."""
    from ops.jobs.output import OutputWriter

    later = _Later()
    output = OutputWriter(path, later, time.time)
    output.add("say", f"started, pid {os.getpid()}")

    import asyncio

    from collectors.heap import one_heap
    from ops.jobs.folder import JobFolder
    from ops.jobs.running import REAL, Running
    from ops.jobs.standing import Standing

    one_heap()
    folder = JobFolder(path)
    request = folder.request()
    job = folder.job(request) if request else None
    if job is None or not job.runs:
        print("there is nothing to begin: no request, or it has ended", file=sys.stderr)  # noqa: T201 - as above
        return 1

    async def run() -> None:
        later.loop = loop = asyncio.get_running_loop()
        standing = Standing(folder, job, output, later)
        running = Running(job.request, standing, parts or REAL, path.parent.parent)
        for which in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(which, running.cancel)
        if asked.to_end:
            running.cancel()
        await running.run()

    asyncio.run(run())
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
