"""A small process beside each job: when the job is killed, it ends the programs that the job was running.

The kernel's own way (prctl(2), PR_SET_PDEATHSIG) reaches a program but not what that has started, is forgotten where it
becomes another user, and needs code between fork and exec. Here the end of the job is the end of a pipe, and what is to
be ended is what the kernel says is of the job's session: nothing can be begun between two looks and be missed.
"""

import os
import signal
import time
from collections.abc import Iterator

from ops.jobs.session import Process, members, send

_WITHIN_S = 5.0
_LOOK_EVERY_S = 0.01


class Guard:
    """The job's own end of the pipe. Without a guard, as in tests, it does nothing."""

    def __init__(self) -> None:
        self._pipe: int | None = None
        self._count = 0

    def stand(self, *locks: int) -> None:
        """Begin it, from a process that leads a session and has no threads yet; it lets go of those descriptors."""
        reading, writing = os.pipe()
        leader = os.getpid()
        if os.fork():
            os.close(reading)
            self._pipe = writing
            return
        for descriptor in (writing, *locks):
            os.close(descriptor)
        _stand_guard(reading, leader)
        os._exit(0)

    def begins(self) -> int:
        """A program is about to be started; gives its number for `ended`."""
        self._count += 1
        self._tell("+", self._count, _ticks())
        return self._count

    def ended(self, number: int, group: int) -> None:
        """It has ended. What it left behind in its group (0: it was never started) is meant to live on."""
        self._tell("-", number, group)

    def _tell(self, sign: str, number: int, value: int) -> None:
        if self._pipe is None:
            return
        try:
            os.write(self._pipe, f"{sign} {number} {value}\n".encode())
        except BrokenPipeError:  # somebody ended the guard: the job goes on without
            os.close(self._pipe)
            self._pipe = None


GUARD = Guard()
"""The one of this process."""


def _ticks() -> int:
    """Now as /proc/<pid>/stat tells it: clock ticks since boot, rounded down."""
    return int(time.clock_gettime_ns(time.CLOCK_BOOTTIME) * os.sysconf("SC_CLK_TCK") // 10**9)


def _stand_guard(pipe: int, leader: int) -> None:
    os.setsid()  # what ends the whole session of the job must not end this before
    for which in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(which, signal.SIG_IGN)
    running: dict[str, int] = {}
    left: set[int] = set()
    for line in _lines(pipe):
        sign, number, value = line.split()
        if sign == "+":
            running[number] = int(value)
        else:
            running.pop(number, None)
            left.add(int(value))
    if running:
        _end_all(leader, min(running.values()), left)


def _lines(pipe: int) -> Iterator[str]:
    """What the job tells, until it is gone."""
    rest = b""
    while piece := os.read(pipe, 4096):
        *lines, rest = (rest + piece).split(b"\n")
        yield from (line.decode() for line in lines)


def _end_all(leader: int, since: int, left: set[int]) -> None:
    """KILL what began since then, again and again, since a process that is about to die may start another."""
    limit = time.monotonic() + _WITHIN_S
    while time.monotonic() < limit and sum(send(each, signal.SIGKILL) for each in _begun(leader, since, left)):
        time.sleep(_LOOK_EVERY_S)


def _begun(leader: int, since: int, left: set[int]) -> Iterator[Process]:
    for process, group in members(leader):
        if process.pid != leader and group not in left and int(process.started) >= since:
            yield process
