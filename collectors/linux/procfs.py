"""Reads Linux's procfs: each `parse_…` is pure; `root` is "/proc" or a directory that looks like it."""

import os
from collections.abc import Iterator
from typing import NamedTuple

TICKS_PER_S: int = os.sysconf("SC_CLK_TCK")
PAGE_BYTES: int = os.sysconf("SC_PAGE_SIZE")
MEMORY_BYTES: int = os.sysconf("SC_PHYS_PAGES") * PAGE_BYTES


class Stat(NamedTuple):
    """One process, from /proc/PID/stat (proc_pid_stat(5))."""

    pid: int
    name: str
    """At most 15 bytes of the program's name."""
    state: str
    """R running, S sleeping, D waiting for a disk, T stopped, t traced, Z zombie, X dead, I idle kernel thread."""
    parent: int
    ticks: int
    """CPU time used, user and system, in clock ticks."""
    threads: int
    started: int
    """Clock ticks after the boot; with the pid it is the identity of a process, as pids are used again."""
    memory_bytes: int
    """Resident memory."""
    exit_code: int
    """How it ended, as wait(2) tells it; only of a zombie, and 0 where the kernel hides it."""

    @property
    def identity(self) -> tuple[int, int]:
        """What no other process of this boot shares: its id and when it started."""
        return self.pid, self.started


def parse_stat(text: bytes) -> Stat:
    """Take one line apart. Raises ValueError for what is no such line. The name may hold spaces and brackets."""
    opening, closing = text.index(b"("), text.rindex(b")")
    rest = text[closing + 2 :].split()
    if len(rest) < 22:
        raise ValueError("a stat line with too few fields")
    return Stat(
        pid=int(text[:opening]),
        name=text[opening + 1 : closing].decode("utf-8", "replace"),
        state=rest[0].decode("ascii", "replace"),
        parent=int(rest[1]),
        ticks=int(rest[11]) + int(rest[12]),
        threads=int(rest[17]),
        started=int(rest[19]),
        memory_bytes=int(rest[21]) * PAGE_BYTES,
        exit_code=int(rest[49]) if len(rest) > 49 else 0,
    )


def read(path: str, limit: int = 65_536) -> bytes | None:
    """A file from its start, at most about `limit` bytes; None where it is absent, hidden or not supported here."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        text = chunk = os.read(descriptor, limit)
        # One read gives no more than some pages of it, whatever was asked for.
        while chunk and len(text) < limit:
            chunk = os.read(descriptor, limit)
            text += chunk
    except OSError:
        # Pressure that is compiled in but switched off can be opened, not read; so can a process that just ended.
        return None
    finally:
        os.close(descriptor)
    return text


def read_stat(root: str, pid: int | str) -> Stat | None:
    """One process; None when it is not there (any more)."""
    text = read(f"{root}/{pid}/stat")
    return parse_stat(text) if text else None


def read_uptime(root: str) -> float | None:
    """Seconds since the boot, sleep included: the time base of `Stat.started`, untouched by steps of the clock."""
    text = read(f"{root}/uptime")
    return float(text.split()[0]) if text else None


def read_command(root: str, pid: int) -> str:
    """The whole command line, parts joined by spaces; "" for a kernel thread, a zombie or a hidden process.

    This may hang on a process that is stuck in the kernel with its memory locked: call it off the event loop.
    """
    text = read(f"{root}/{pid}/cmdline") or b""
    return text.rstrip(b"\0").replace(b"\0", b" ").decode("utf-8", "replace")


def pids(root: str) -> Iterator[int]:
    """The ids of all processes that we may see, in no order. Raises OSError where there is no procfs."""
    for name in os.listdir(root):
        if name.isdecimal():
            yield int(name)


def age_s(stat: Stat, uptime_s: float) -> float:
    """Seconds since a process started."""
    return max(0.0, uptime_s - stat.started / TICKS_PER_S)


def count_descriptors(root: str, pid: int) -> int | None:
    """Open files of a process; None where we may not see them. Kernels since 6.2 give the count without a list."""
    path = f"{root}/{pid}/fd"
    try:
        return os.stat(path).st_size or len(os.listdir(path))
    except OSError:
        return None
