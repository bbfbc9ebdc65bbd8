"""One process of this machine, meant exactly: by its id and when it started, as rows and picks name it."""

import os
from collections.abc import Sequence
from typing import NamedTuple

from collectors.linux import procfs
from collectors.linux.procfs import Stat
from collectors.text import clean
from collectors.threads import DaemonPool
from ops.actions.base import Case, Pick
from ops.actions.errors import ActionError, Refused
from ops.board import Row
from ops.figures import size
from ops.redact import mask
from ops.runner.base import Runner
from ops.runner.calls import Signal

PATIENCE_S = 10.0
"""Between TERM and KILL."""
_GONE_S = 10.0
_PICKS = 50
KINDS = ("process", "host.process")
"""Kinds of rows that are one process, with "pid:start" as their key."""


class Meant(NamedTuple):
    """A process as it was just looked at."""

    stat: Stat
    command: str
    """Its command line, sanitized and masked; "" for a thread of the kernel."""
    root: str
    """Where procfs is."""

    @property
    def pid(self) -> int:
        """Its id."""
        return self.stat.pid

    @property
    def key(self) -> str:
        """What nobody else of this boot has."""
        return f"{self.stat.pid}:{self.stat.started}"

    @property
    def called(self) -> str:
        """For people, sanitized."""
        return f"{clean(self.stat.name)}[{self.stat.pid}]"

    def signal(self, name: str) -> Signal:
        """The call that sends it a signal."""
        return Signal(pid=self.pid, started=str(self.stat.started), signal=name, proc=self.root, timeout_s=10)

    async def why_not_ended(self) -> str:
        """For `Runner.until`."""
        return "it still runs" if self.lives() else ""

    def lives(self) -> bool:
        """Whether it still runs: the same one, and not only waiting to be collected."""
        now = procfs.read_stat(self.root, self.pid)
        return now is not None and now.identity == self.stat.identity and now.state not in "ZX"


def here(row: Row) -> bool:
    """Whether the row is of this machine and names a process: a signal reaches no other one."""
    return not row.host and row.kind in KINDS and _identity(row.key) is not None


def proof(row: Row) -> str:
    """The row that shows that it helped: the host of a process that is only listed there, which may be gone after."""
    return row.target if row.kind == "host.process" else ""


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
    return _meant(root, stat)


def _meant(root: str, stat: Stat) -> Meant:
    # Masked before anybody cuts it: half of a secret would not be known any more.
    return Meant(stat, clean(mask(procfs.read_command(root, stat.pid))), root)


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


async def end(meant: Meant, runner: Runner) -> None:
    """TERM, then KILL where it still lives after 10 s. Raises ActionError when even that does not end it."""
    runner.say(f"where it still lives after {PATIENCE_S:g} s, KILL follows")
    await runner.do(meant.signal("TERM"))
    try:
        await runner.until(f"{meant.called} has ended", PATIENCE_S, meant.why_not_ended)
    except ActionError:
        runner.say(f"{meant.called} does not heed TERM")
        await _kill(meant, runner)
        await runner.until(f"{meant.called} has ended", _GONE_S, meant.why_not_ended)


async def _kill(meant: Meant, runner: Runner) -> None:
    try:
        await runner.do(meant.signal("KILL"))
    except Refused:
        # It ended just now: that is what was wanted.
        if meant.lives():
            raise


def busiest(rows: Sequence[Row]) -> Row | None:
    """The process of this machine that burns most of the CPU, among what the host's collector lists."""
    own = [row for row in rows if row.kind == "host.process" and here(row) and not _is_ours(row.key)]
    return max(own, key=_burns, default=None)


def _is_ours(key: str) -> bool:
    identity = _identity(key)
    return identity is not None and bool(ours(identity[0]))


def _burns(row: Row) -> float:
    value = row.facts.get("cpu_percent")
    return float(value) if isinstance(value, int | float) else 0.0


async def most_memory(root: str) -> Sequence[Pick]:
    """Processes that may be signalled, most memory first. Raises CollectError and OSError where there is no procfs."""
    return await DaemonPool(1, name="watchfloor-memory").run(_most_memory, root)


def _most_memory(root: str) -> Sequence[Pick]:
    stats = [stat for pid in procfs.pids(root) if (stat := procfs.read_stat(root, pid)) is not None]
    big = sorted((stat for stat in stats if stat.memory_bytes), key=lambda stat: -stat.memory_bytes)
    return [_pick(root, stat) for stat in big[:_PICKS] if not ours(stat.pid)]


def _pick(root: str, stat: Stat) -> Pick:
    meant = _meant(root, stat)
    return Pick(value=meant.key, text=f"{size(stat.memory_bytes)}  {meant.called}  {meant.command}")


def _identity(key: str) -> tuple[int, int] | None:
    pid, _, started = key.partition(":")
    if not (pid.isascii() and pid.isdecimal() and started.isascii() and started.isdecimal()):
        return None
    return int(pid), int(started)
