"""One process of this machine, meant exactly: by its id and when it started, as rows and picks name it."""

import os
from typing import NamedTuple

from collectors.linux import procfs
from collectors.linux.procfs import Stat
from collectors.text import clean
from ops.actions.base import Case
from ops.actions.errors import Refused
from ops.board import Row

KINDS = ("process", "host.process")
"""Kinds of rows that are one process, with "pid:start" as their key."""


class Meant(NamedTuple):
    """A process as it was just looked at."""

    stat: Stat
    command: str
    root: str
    """Where procfs is."""

    @property
    def pid(self) -> int:
        """Its id."""
        return self.stat.pid

    @property
    def started(self) -> str:
        """When it started, in ticks since the boot, as the Signal call wants it."""
        return str(self.stat.started)

    @property
    def key(self) -> str:
        """What nobody else of this boot has."""
        return f"{self.stat.pid}:{self.stat.started}"

    @property
    def called(self) -> str:
        """For people, sanitized."""
        return f"{clean(self.stat.name)}[{self.stat.pid}]"

    def lives(self) -> bool:
        """Whether it still runs: the same one, and not only waiting to be collected."""
        now = procfs.read_stat(self.root, self.pid)
        return now is not None and now.identity == self.stat.identity and now.state not in "ZX"


def here(row: Row) -> bool:
    """Whether the row is of this machine and names a process: a signal reaches no other one."""
    return not row.host and row.kind in KINDS and _identity(row.key) is not None


def lock(key: str) -> str:
    """The name of a process's lock, the same from whichever row it was chosen."""
    return f"process:{key}"


def find(case: Case, key: str) -> Meant:
    """The process that the key names, as it is now.

    Raises Refused when it is gone or another one, has ended, is ours, or runs on another machine.
    """
    if case.row.host or getattr(case.spec.config, "url", ""):
        raise Refused(
            f"{clean(case.row.called)} runs on another machine",
            "run watchfloor there, or log in there",
            reason="missing",
        )
    root: str = getattr(case.spec.config, "proc", "/proc")
    identity = _identity(key)
    if identity is None:
        raise Refused(f"{clean(case.row.called)} does not run", "look at the row again", reason="missing")
    stat = procfs.read_stat(root, identity[0])
    if stat is None:
        raise Refused(f"process {identity[0]} is gone: nothing was done", "look at the row again", reason="missing")
    if stat.identity != identity:
        raise Refused(
            f"process {identity[0]} is another one by now ({clean(stat.name)}): nothing was done",
            "look at the row again",
            reason="changed",
        )
    protected = ours(stat.pid)
    if protected:
        raise Refused(protected, "choose another process")
    if stat.state in "ZX":
        raise ended(root, stat)
    return Meant(stat, procfs.read_command(root, stat.pid), root)


def ours(pid: int) -> str:
    """Why this process must not be signalled: the first one, we, or what we descend from; "" for all others."""
    if pid <= 1:
        return f"process {pid} keeps the whole machine running: it is never signalled"
    above, seen = os.getpid(), set[int]()
    while above > 1 and above not in seen:
        if above == pid:
            who = "watchfloor itself" if pid == os.getpid() else "what watchfloor was started from"
            return f"process {pid} is {who}: it is never signalled"
        seen.add(above)
        stat = procfs.read_stat("/proc", above)
        above = stat.parent if stat is not None else 0
    return ""


def ended(root: str, stat: Stat) -> Refused:
    """For a zombie: no signal reaches it, only its parent can let it go."""
    parent = procfs.read_stat(root, stat.parent)
    named = f"{clean(parent.name)} (pid {stat.parent})" if parent else f"pid {stat.parent}"
    return Refused(
        f"{clean(stat.name)}[{stat.pid}] has ended already and waits for its parent {named} to collect it: "
        "no signal reaches it",
        f"restart {named}, or send it CHLD",
        reason="missing",
    )


def _identity(key: str) -> tuple[int, int] | None:
    pid, _, started = key.partition(":")
    if not (pid.isascii() and pid.isdecimal() and started.isascii() and started.isdecimal()):
        return None
    return int(pid), int(started)
