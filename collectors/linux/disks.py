"""How full each mount is, in bytes and inodes; one that hangs (a dead NFS server) is named and waited for by nobody."""

import asyncio
import os
import re
import time
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from collectors.base import Entity, Value
from collectors.globs import matches
from collectors.linux import procfs
from collectors.threads import DaemonPool

MOUNT_LIMIT = 64
ANSWER_S = 1.0
"""How long a poll waits for mounts; later answers count for the next poll."""
_THREADS = 6
_MOUNTS_BYTES = 4 * 2**20
"""Each container adds a line of about a kilobyte."""
_REMOTE = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "glusterfs", "lustre", "afs", "beegfs"})
_WITHOUT_DEVICE = frozenset({"zfs", "btrfs", "bcachefs", "virtiofs"})
_NEVER = frozenset({"squashfs", "iso9660", "erofs", "udf", "autofs", "fuse.lxcfs", "fuse.portal", "fuse.snapfuse"})
_INSIDE = re.compile(r"/(var/lib/(docker|containers|containerd|kubelet)|run/docker|run/containerd|snap)/")
_OCTAL = re.compile(r"\\([0-7]{3})")


class Mount(NamedTuple):
    """One line of /proc/mounts."""

    device: str
    point: str
    fstype: str

    @property
    def remote(self) -> bool:
        """Asking for its size may wait for another machine or program."""
        return self.fstype in _REMOTE or self.fstype.startswith("fuse")


class Usage(NamedTuple):
    """What statvfs(3) tells, in bytes and inodes. `free` is what a normal user can still write."""

    used_bytes: int
    free_bytes: int
    total_bytes: int
    inodes: int
    inodes_free: int


Wanted = Callable[[Mount], bool]


def parse_mounts(text: str) -> list[Mount]:
    """Take /proc/mounts apart; blanks in names are written there as \\040. Later lines hide earlier ones of a point."""
    points: dict[str, Mount] = {}
    for line in text.splitlines():
        fields = line.split(" ", 3)
        if "\\" in line:
            fields = [_OCTAL.sub(lambda match: chr(int(match[1], 8)), field) for field in fields]
        if len(fields) >= 3:
            points.pop(fields[1], None)
            points[fields[1]] = Mount(*fields[:3])
    return list(points.values())


def is_real(mount: Mount) -> bool:
    """Whether a mount holds data that someone keeps: no pseudo filesystem, no image, no container's layer."""
    if mount.fstype in _NEVER or _INSIDE.match(mount.point + "/"):
        return False
    if mount.fstype == "overlay":
        return mount.point == "/"
    return mount.device.startswith("/") or mount.remote or mount.fstype in _WITHOUT_DEVICE


def by_globs(include: Sequence[str], exclude: Sequence[str]) -> Wanted:
    """The rule of a config: with `include` only mounts that match it, else every real one; never one of `exclude`."""

    def wanted(mount: Mount) -> bool:
        if matches(mount.point, exclude):
            return False
        return matches(mount.point, include) if include else is_real(mount)

    return wanted


def choose(mounts: Iterable[Mount], wanted: Wanted) -> list[Mount]:
    """The mounts to show: of one device (bind mounts, subvolumes) only the shortest point, at most 64."""
    devices: dict[str, Mount] = {}
    for mount in sorted(filter(wanted, mounts), key=lambda mount: (len(mount.point), mount.point)):
        devices.setdefault(mount.device if "/" in mount.device else mount.point, mount)
    return list(devices.values())[:MOUNT_LIMIT]


def usage(point: str) -> Usage | None:
    """Ask one mount; None when it is gone, hidden, or has no size. May block without end on a dead server."""
    try:
        found = os.statvfs(point)
    except OSError:
        return None
    if not found.f_blocks:
        return None
    return Usage(
        used_bytes=(found.f_blocks - found.f_bfree) * found.f_frsize,
        free_bytes=found.f_bavail * found.f_frsize,
        total_bytes=found.f_blocks * found.f_frsize,
        inodes=found.f_files,
        inodes_free=found.f_favail,
    )


def facts_of(mount: Mount, found: Usage | None) -> dict[str, Value]:
    """Facts of a mount. Percent is used ÷ (used + free), as `df` counts: what is kept for root is neither."""
    facts: dict[str, Value] = {"device": mount.device, "fstype": mount.fstype}
    if found is None:
        return facts | dict.fromkeys(("percent", "used_bytes", "free_bytes", "total_bytes", "inodes_percent"))
    reachable = found.used_bytes + found.free_bytes
    return facts | {
        "percent": round(100 * found.used_bytes / reachable, 2) if reachable else None,
        "used_bytes": found.used_bytes,
        "free_bytes": found.free_bytes,
        "total_bytes": found.total_bytes,
        "inodes_percent": round(100 * (1 - found.inodes_free / found.inodes), 2) if found.inodes else None,
    }


class Disks:
    """Reads all wanted mounts: local ones together in a thread, each remote one in a call of its own."""

    def __init__(self, root: str, wanted: Wanted, ask: Callable[[str], Usage | None] = usage) -> None:
        self._root, self._wanted, self._ask = root, wanted, ask
        self._pool = DaemonPool(_THREADS, name="watchfloor-disks")
        self._asked: dict[Mount, tuple[float, asyncio.Task[Usage | None]]] = {}
        """Calls to remote mounts that have not ended, with the monotonic time of their start."""
        self._text, self._mounts = b"", list[Mount]()
        self._listing: asyncio.Task[list[tuple[Mount, Usage | None]]] | None = None
        self._listed: list[tuple[Mount, Usage | None]] = []

    async def read(self) -> list[Entity]:
        """One "host.disk" for each mount, within about a second whatever hangs."""
        await self._list()
        remote = [mount for mount, _ in self._listed if mount.remote]
        for mount in remote:
            if mount not in self._asked:
                self._asked[mount] = (time.monotonic(), asyncio.create_task(self._pool.run(self._ask, mount.point)))
        calls = [self._asked[mount][1] for mount in remote]
        if calls:
            await asyncio.wait(calls, timeout=ANSWER_S)
        return [self._entity(mount, found) for mount, found in self._listed]

    def close(self) -> None:
        """Let go of calls that have not ended; their threads are daemons."""
        tasks = [self._listing, *(task for _, task in self._asked.values())]
        for task in tasks:
            if task is not None:
                task.cancel()

    async def _list(self) -> None:
        if self._listing is None:
            self._listing = asyncio.create_task(self._pool.run(self._local))
        done, _ = await asyncio.wait([self._listing], timeout=ANSWER_S)
        if done:
            listing, self._listing = self._listing, None
            self._listed = listing.result()
        else:
            self._listed = [(mount, None) for mount, _ in self._listed]

    def _local(self) -> list[tuple[Mount, Usage | None]]:
        text = procfs.read(f"{self._root}/mounts", _MOUNTS_BYTES) or b""
        if text != self._text:
            self._text = text
            self._mounts = choose(parse_mounts(text.decode("utf-8", "surrogateescape")), self._wanted)
        return [(mount, None if mount.remote else self._ask(mount.point)) for mount in self._mounts]

    def _entity(self, mount: Mount, found: Usage | None) -> Entity:
        hints: tuple[str, ...] = ("the local disks have not answered in time",) if self._listing else ()
        if mount.remote:
            started, task = self._asked[mount]
            if task.done():
                del self._asked[mount]
                found = task.result()
            else:
                hints = (f"{mount.fstype} has not answered for {time.monotonic() - started:.0f} s",)
        facts = facts_of(mount, found)
        return Entity(kind="host.disk", name=mount.point, key=mount.device, facts=facts, hints=hints)
