"""Finds one process again at every poll, without ever taking a stranger with its old process id for it."""

import asyncio
import os
import re
import time
from functools import cache
from typing import NamedTuple

from collectors.base import CollectError
from collectors.linux import procfs
from collectors.linux.procfs import Stat
from collectors.redact import mask_passwords
from collectors.threads import DaemonPool

COMMAND_LIMIT = 500
ANSWER_S = 2.0
"""How long to wait for command lines; that of a process that is stuck in the kernel may never come."""
_THREADS = 4
_WRITTEN_LATER_S = 60.0
"""A pid file is written soon after its process started; a process that is this much younger is another one."""


class Sighting(NamedTuple):
    """What one look found."""

    stat: Stat | None
    absence: str
    """Without a stat: "exited" when it is known to have run, else "missing"."""
    why: str
    """Without a stat: where was looked, in one sentence."""
    restarts: int
    exit_code: int | None
    command: str | None
    key: str


class Claim(NamedTuple):
    """What says which process is meant: a pid, or nothing and why."""

    pid: int | None
    why: str = ""
    written_at: float | None = None
    """UTC seconds when the pid file was written."""
    version: tuple[int, int] | None = None
    """Identity and time of the pid file; a new one may name a new process with the same pid."""


@cache
def _pool() -> DaemonPool:
    return DaemonPool(_THREADS, name="watchfloor-search")


class Search:
    """The search for one process, with what is remembered of it."""

    def __init__(self, *, root: str, pid_file: str, pid: int, match: "re.Pattern[str] | str") -> None:
        self._root, self._pid_file, self._pid = root, pid_file, pid
        self._match = re.compile(match) if match else None
        self._known: tuple[int, int] | None = None
        self._version: tuple[int, int] | None = None
        self._restarts = 0
        self._exit_code: int | None = None
        self._command: str | None = None
        self._scanning: asyncio.Task[Stat | None] | None = None

    async def look(self, uptime_s: float) -> Sighting:
        """Find it now. Raises CollectError where the pid file or the list of processes can't be read."""
        if self._pid_file or self._pid:
            claim = self._claim()
            stat, why = await self._confirm(claim, uptime_s)
            named = self._pid_file != "" and claim.pid is not None
        else:
            stat, named = await self._by_command(), False
            why = "" if stat else f"no command line matches {self._match.pattern if self._match else ''!r}"
            claim = Claim(stat.pid if stat else None)
        if stat is not None:
            await self._recognize(stat, claim)
        seen = named or self._known is not None
        return Sighting(
            stat=stat,
            absence="exited" if seen else "missing",
            why=why,
            restarts=self._restarts,
            exit_code=self._exit_code,
            command=self._command,
            key=f"{stat.pid}:{stat.started}" if stat else "",
        )

    def _claim(self) -> Claim:
        return Claim(self._pid) if self._pid else read_pid_file(self._pid_file)

    async def _confirm(self, claim: Claim, uptime_s: float) -> tuple[Stat | None, str]:
        """The process that is claimed, unless its pid belongs to another one by now."""
        if claim.pid is None:
            return None, claim.why
        stat = procfs.read_stat(self._root, claim.pid)
        source = f" (from {self._pid_file})" if self._pid_file else ""
        if stat is None:
            self._refuse_hidden(claim.pid)
            return None, f"no process has the id {claim.pid}{source}"
        if stat.identity != self._known and await self._is_stranger(stat, claim, uptime_s):
            return None, f"the process id {claim.pid}{source} belongs to another process now: {stat.name}"
        return stat, ""

    def _refuse_hidden(self, pid: int) -> None:
        """Raise CollectError for a process that is there, but hidden from us (procfs mounted with hidepid)."""
        if self._root != "/proc":
            return
        try:
            os.getpgid(pid)
        except OSError:
            return
        raise CollectError(
            f"process {pid} runs, but is hidden from this user",
            reason="permission",
            remedy="run as its user, or join the group that procfs is mounted for (gid=)",
        )

    async def _is_stranger(self, stat: Stat, claim: Claim, uptime_s: float) -> bool:
        if self._known is not None and self._known[0] == stat.pid and claim.version == self._version:
            return True
        if self._match is not None:
            return not self._match.search(await self._read_command(stat.pid) or "")
        if claim.written_at is None:
            return False
        return time.time() - procfs.age_s(stat, uptime_s) > claim.written_at + _WRITTEN_LATER_S

    async def _recognize(self, stat: Stat, claim: Claim) -> None:
        """Remember what was found; another process than before is a restart."""
        self._version = claim.version
        if stat.state == "Z":
            self._exit_code = exit_code(stat)
        if stat.identity == self._known:
            return
        if self._known is not None:
            self._restarts += 1
        self._known = stat.identity
        self._exit_code = exit_code(stat) if stat.state == "Z" else None
        self._command = await self._read_command(stat.pid)

    async def _read_command(self, pid: int) -> str | None:
        try:
            async with asyncio.timeout(ANSWER_S / 2):
                command = await _pool().run(procfs.read_command, self._root, pid)
        except TimeoutError:
            return None
        return mask_passwords(command)[:COMMAND_LIMIT] or None

    async def _by_command(self) -> Stat | None:
        """The process of before while it lives, else the oldest that matches now, else what is left of the old one."""
        known = procfs.read_stat(self._root, self._known[0]) if self._known else None
        if known is not None and known.identity != self._known:
            known = None
        if known is not None and known.state != "Z":
            return known
        if self._scanning is None:
            self._scanning = asyncio.create_task(_pool().run(oldest, self._root, self._match))
        done, _ = await asyncio.wait([self._scanning], timeout=ANSWER_S)
        if not done:
            raise CollectError(
                f"the command lines of all processes did not come within {ANSWER_S:g} s",
                reason="timeout",
                remedy="look for a process that is stuck in state D",
            )
        scanning, self._scanning = self._scanning, None
        return scanning.result() or known


def oldest(root: str, match: "re.Pattern[str]") -> Stat | None:
    """The oldest process whose command line matches, our own left out. Blocks; about 20 µs a process."""
    found: list[Stat] = []
    for pid in procfs.pids(root):
        if pid != os.getpid() and match.search(procfs.read_command(root, pid)):
            stat = procfs.read_stat(root, pid)
            if stat is not None and stat.state != "Z":
                found.append(stat)
    return min(found, key=lambda stat: (stat.started, stat.pid), default=None)


def read_pid_file(path: str) -> Claim:
    """What a pid file says. Raises CollectError when it can't be read or holds something else."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            written, text = os.fstat(descriptor), os.read(descriptor, 64)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        return Claim(None, f"there is no pid file {path}")
    except OSError as error:
        raise CollectError(
            f"cannot read the pid file {path}: {error.strerror}",
            reason="permission" if isinstance(error, PermissionError) else "error",
            remedy="let this user read it, or find the process by match",
        ) from error
    words = text.split()
    if not words:
        return Claim(None, f"the pid file {path} is empty")
    if not words[0].isdigit():
        raise CollectError(f"the pid file {path} holds no process id", reason="protocol")
    return Claim(int(words[0]), "", written.st_mtime, (written.st_ino, written.st_mtime_ns))


def exit_code(stat: Stat) -> int | None:
    """A zombie's exit code as a shell tells it (128 + signal); None where the kernel may have hidden it."""
    if not stat.exit_code and os.geteuid() != 0:
        return None
    return os.WEXITSTATUS(stat.exit_code) if os.WIFEXITED(stat.exit_code) else 128 + os.WTERMSIG(stat.exit_code)
