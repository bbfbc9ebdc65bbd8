"""Which processes burn the CPU, and whose zombies wait: one bounded pass over procfs, off the event loop."""

import os
import time
from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from collectors.base import Entity
from collectors.linux import procfs
from collectors.linux.procfs import TICKS_PER_S, Stat
from collectors.redact import mask_passwords

SCAN_EVERY_S = 4.9
"""A little less than an interval, so that a poll of every 5 s brings a new pass."""
_SHARE = 0.002
"""A pass is taken at most this part of a core, so a host with ten thousand processes is looked at less often."""
_TOP = 5
_COMMAND_LIMIT = 200


class Scan(msgspec.Struct, frozen=True):
    """What one pass found: the CPU time of every process, by pid and start, at a monotonic time."""

    at: float = 0.0
    took_s: float = 0.0
    """CPU time: what others take of a busy host must not make us look at it less often."""
    ticks: Mapping[tuple[int, int], int] = {}
    facts: Mapping[str, int | str | None] = {}
    top: tuple[Entity, ...] = ()

    def due(self, now: float) -> bool:
        """Whether it is time for the next pass."""
        return now - self.at >= max(SCAN_EVERY_S, self.took_s / _SHARE)


def scan(root: str, before: Scan, cores: int) -> Scan:
    """Look at every process once and compare with the pass before. Takes about 15 µs a process.

    A process that started since then counts from its start; without a pass before there is no CPU figure. CPU percent
    is of one core, as `top` shows it. Raises OSError where there is no procfs.
    """
    at, begun_s = time.monotonic(), time.thread_time()
    stats = [stat for pid in procfs.pids(root) if (stat := procfs.read_stat(root, pid)) is not None]
    ticks = {stat.identity: stat.ticks for stat in stats}
    busiest = _busiest(stats, before, at - before.at, cores) if before.ticks else []
    return Scan(
        at=at,
        ticks=ticks,
        facts={"processes": len(stats), **_zombies(stats)},
        top=tuple(_entity(root, stat, percent) for stat, percent in busiest),
        took_s=time.thread_time() - begun_s,
    )


def _busiest(stats: Sequence[Stat], before: Scan, elapsed_s: float, cores: int) -> list[tuple[Stat, float]]:
    used = [(stat.ticks - before.ticks.get(stat.identity, 0), stat) for stat in stats]
    top = sorted((pair for pair in used if pair[0] > 0), key=lambda pair: (-pair[0], pair[1].pid))[:_TOP]
    return [(stat, min(100.0 * ticks / TICKS_PER_S / elapsed_s, 100.0 * cores)) for ticks, stat in top]


def _zombies(stats: Sequence[Stat]) -> dict[str, int | str | None]:
    parents = Counter(stat.parent for stat in stats if stat.state == "Z")
    if not parents:
        return {"zombies": 0, "zombie_parent": None}
    names = {stat.pid: stat.name for stat in stats}
    parent, _ = parents.most_common(1)[0]
    return {"zombies": parents.total(), "zombie_parent": f"{names.get(parent, 'unknown')} (pid {parent})"}


def _entity(root: str, stat: Stat, percent: float) -> Entity:
    command = mask_passwords(procfs.read_command(root, stat.pid)) or f"[{stat.name}]"
    return Entity(
        kind="host.process",
        name=f"{stat.name}[{stat.pid}]",
        key=f"{stat.pid}:{stat.started}",
        facts={
            "pid": stat.pid,
            "cpu_percent": round(percent, 1),
            "memory_bytes": stat.memory_bytes,
            "user": _user(root, stat.pid),
            "command": command[:_COMMAND_LIMIT],
        },
    )


def _user(root: str, pid: int) -> str | None:
    import pwd

    try:
        owner = os.stat(f"{root}/{pid}").st_uid
    except OSError:
        return None
    try:
        return pwd.getpwuid(owner).pw_name
    except KeyError:
        return str(owner)
