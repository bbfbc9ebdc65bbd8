"""Ends the processes of a job: TERM to all of its session, KILL to those that are still there after five seconds."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from ops.jobs.folder import JobFolder
from ops.jobs.held import is_held

PATIENCE_S = 5.0
_LAST_S = 2.0
"""How much longer the job's own process has, to write down that it was cancelled."""
_LOOK_EVERY_S = 0.05


class Process(NamedTuple):
    """A process that is the same only with the same start (clock ticks since boot)."""

    pid: int
    started: str


class Ended(NamedTuple):
    """What it took."""

    asked: int
    killed: int
    leader_killed: bool


def started(pid: int) -> str:
    """When a process started, in clock ticks since boot; "" where there is none."""
    return fields[1] if (fields := _fields(pid)) else ""


def session(leader: Process) -> list[Process]:
    """All living processes of a job's session, its own first; none where that process is another one by now."""
    if started(leader.pid) != leader.started:
        return []
    members = [Process(pid, found[1]) for pid, found in _all() if found[0] == str(leader.pid) and pid != leader.pid]
    return [leader, *members]


async def end(folder: JobFolder, leader: Process) -> Ended:
    """Ask all of them to end, then make them. Says how many were asked, how many killed."""
    asked = [process for process in session(leader) if _send(process, signal.SIGTERM)]
    if await _gone(folder, asked, PATIENCE_S):
        return Ended(len(asked), 0, leader_killed=False)
    # Whatever was begun by them meanwhile belongs to it too; their own process still gets to write how it ended.
    others = {process for process in (*session(leader), *asked) if process.pid != leader.pid}
    killed = sum(_send(process, signal.SIGKILL) for process in others)
    if await _gone(folder, [leader], _LAST_S):
        return Ended(len(asked), killed, leader_killed=False)
    last = session(leader)
    killed += sum(_send(process, signal.SIGKILL) for process in last)
    await _gone(folder, last, _LAST_S)
    return Ended(len(asked), killed, leader_killed=bool(last))


async def _gone(folder: JobFolder, processes: list[Process], within_s: float) -> bool:
    """Wait until none of them is left and the job's lock is free."""
    limit = time.monotonic() + within_s
    while is_held(folder.alive) or any(started(process.pid) == process.started for process in processes):
        if time.monotonic() >= limit:
            return False
        await asyncio.sleep(_LOOK_EVERY_S)
    return True


def _send(process: Process, which: signal.Signals) -> bool:
    """Signal exactly this process: looked at again while a handle on it keeps its pid from being another's."""
    with suppress(ProcessLookupError, PermissionError):
        handle = os.pidfd_open(process.pid)
        try:
            if started(process.pid) == process.started:
                signal.pidfd_send_signal(handle, which)
                return True
        finally:
            os.close(handle)
    return False


def _all() -> Iterator[tuple[int, tuple[str, str]]]:
    for name in os.listdir("/proc"):
        if name.isdecimal() and (found := _fields(int(name))):
            yield int(name), found


def _fields(pid: int) -> tuple[str, str] | None:
    """Session and start of a living process, from /proc/<pid>/stat (proc(5): fields 6 and 22); None for a zombie."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stream:
            fields = stream.read(4096).rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None
    return (fields[3].decode(), fields[19].decode()) if len(fields) > 19 and fields[0] not in b"ZX" else None
