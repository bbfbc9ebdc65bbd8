"""Reads from /proc which processes a session has, and signals exactly those."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple


class Process(NamedTuple):
    """A process that is the same only with the same start (clock ticks since boot)."""

    pid: int
    started: str


class Member(NamedTuple):
    """A living process of a session, and its group."""

    process: Process
    group: int


class _Fields(NamedTuple):
    group: int
    session: int
    started: str


def started(pid: int) -> str:
    """When a process started, in clock ticks since boot; "" where there is none."""
    return fields.started if (fields := _fields(pid)) else ""


def members(number: int) -> Iterator[Member]:
    """The living processes of a session."""
    for name in os.listdir("/proc"):
        if name.isdecimal() and (found := _fields(int(name))) and found.session == number:
            yield Member(Process(int(name), found.started), found.group)


def session(leader: Process) -> list[Process]:
    """All living processes of a job's session, its own first; none where that process is another one by now."""
    if started(leader.pid) != leader.started:
        return []
    return [leader, *(process for process, _ in members(leader.pid) if process.pid != leader.pid)]


def send(process: Process, which: signal.Signals) -> bool:
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


def _fields(pid: int) -> _Fields | None:
    """Of /proc/<pid>/stat (proc(5): fields 5, 6 and 22) of a living process; None for a zombie."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stream:
            fields = stream.read(4096).rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None
    if len(fields) <= 19 or fields[0] in b"ZX":
        return None
    return _Fields(int(fields[2]), int(fields[3]), fields[19].decode())
