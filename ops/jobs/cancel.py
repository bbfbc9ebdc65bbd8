"""Ends the processes of a job: TERM to all of its session, KILL to those that are still there after five seconds."""

import asyncio
import signal
import time

from ops.jobs.folder import JobFolder
from ops.jobs.held import is_held
from ops.jobs.session import Process, send, session, started

PATIENCE_S = 5.0
_LAST_S = 2.0
"""How much longer the job's own process has, to write down that it was cancelled."""
_LOOK_EVERY_S = 0.05


async def end(folder: JobFolder, leader: Process) -> int:
    """Ask all of them to end, then make them. Says how many had to be killed."""
    asked = [process for process in session(leader) if send(process, signal.SIGTERM)]
    if await _gone(folder, asked, PATIENCE_S):
        return 0
    # Whatever was begun by them meanwhile belongs to it too; their own process still gets to write how it ended.
    others = {process for process in (*session(leader), *asked) if process.pid != leader.pid}
    killed = sum(send(process, signal.SIGKILL) for process in others)
    if await _gone(folder, [leader], _LAST_S):
        return killed
    last = session(leader)
    killed += sum(send(process, signal.SIGKILL) for process in last)
    await _gone(folder, last, _LAST_S)
    return killed


async def _gone(folder: JobFolder, processes: list[Process], within_s: float) -> bool:
    """Wait until none of them is left and the job's lock is free."""
    limit = time.monotonic() + within_s
    while is_held(folder.alive) or any(started(process.pid) == process.started for process in processes):
        if time.monotonic() >= limit:
            return False
        await asyncio.sleep(_LOOK_EVERY_S)
    return True
