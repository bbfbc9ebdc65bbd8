"""Reads what `systemctl show` prints: blocks of KEY=value, one for each unit, with a blank line between."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from collectors.base import Entity, Value
from collectors.text import clean

UNIT_PROPERTIES = (
    "Id", "Description", "LoadState", "ActiveState", "SubState", "Result", "UnitFileState", "Type", "MainPID",
    "ExecMainCode", "ExecMainStatus", "NRestarts", "MemoryCurrent", "TasksCurrent", "CPUUsageNSec",
    "ActiveEnterTimestampMonotonic", "InactiveEnterTimestampMonotonic", "StatusText", "CanReload",
)  # fmt: skip
"""What is asked of each unit. A kind of unit that lacks one prints nothing for it."""
MANAGER_PROPERTIES = ("Version", "SystemState", "NNames", "NFailedUnits", "NJobs")
_NO_FIGURE = 2**64 - 1
"""How systemd writes a figure that it does not have; newer versions say "[not set]"."""
_BY_SIGNAL = (2, 3)
"""CLD_KILLED and CLD_DUMPED of waitid(2)."""

Block = Mapping[str, str]


class CpuSample(NamedTuple):
    """CPU that a unit had used, and when that was: both since its start, in seconds."""

    at_s: float
    used_s: float


def parse_blocks(text: str) -> Iterator[Block]:
    """Each block with at least one property; a line that is none is left out."""
    block: dict[str, str] = {}
    for line in text.split("\n"):
        name, sign, value = line.partition("=")
        if not line and block:
            yield block
            block = {}
        elif sign and name.isalnum():
            block[name] = value
    if block:
        yield block


def whole(value: str | None) -> int | None:
    """A figure that is 0 or more; None for what is not set, empty or no figure."""
    if not value or not value.isascii() or not value.isdigit() or len(value) > 20:
        return None
    number = int(value)
    return None if number >= _NO_FIGURE else number


def manager_facts(block: Block) -> dict[str, Value]:
    """Facts of the manager itself; `system_state` is "running", "degraded", "starting", "maintenance", "stopping"."""
    return {
        "version": clean(block.get("Version", "")) or None,
        "system_state": clean(block.get("SystemState", "")) or None,
        "units": whole(block.get("NNames")),
        "failed": whole(block.get("NFailedUnits")),
        "jobs": whole(block.get("NJobs")),
    }


def cpu_sample(block: Block, now_s: float) -> CpuSample | None:
    """The CPU that a unit has used; None where that is not counted."""
    used = whole(block.get("CPUUsageNSec"))
    return None if used is None else CpuSample(now_s, used / 1e9)


def cpu_percent(before: CpuSample | None, now: CpuSample | None) -> float | None:
    """Mean CPU between two samples in percent of one core; None when it began anew or is not known."""
    if before is None or now is None or now.at_s <= before.at_s or now.used_s < before.used_s:
        return None
    return round(100 * (now.used_s - before.used_s) / (now.at_s - before.at_s), 2)


def unit_entity(block: Block, now_s: float, cpu: float | None) -> Entity:
    """A unit as a part; `now_s` is the monotonic clock that systemd's own times are on (CLOCK_MONOTONIC)."""
    load, active = block.get("LoadState", ""), block.get("ActiveState", "")
    running = active in ("active", "reloading", "deactivating")
    facts: dict[str, Value] = {
        "state": "not-found" if load == "not-found" else clean(active) or None,
        "sub": clean(block.get("SubState", "")) or None,
        "load": clean(load) or None,
        "type": clean(block.get("Type", "")) or None,
        "result": clean(block.get("Result", "")) or None,
        "exit_code": _exit_code(block),
        "restarts": whole(block.get("NRestarts")),
        "memory_bytes": whole(block.get("MemoryCurrent")),
        "tasks": whole(block.get("TasksCurrent")),
        "cpu_percent": cpu,
        "uptime_s": _since(block, "ActiveEnterTimestampMonotonic", now_s) if running else None,
        "stopped_s": None if running else _since(block, "InactiveEnterTimestampMonotonic", now_s),
        "pid": whole(block.get("MainPID")) or None,
        "description": clean(block.get("Description", "")) or None,
        "enabled": clean(block.get("UnitFileState", "")) or None,
        "status": clean(block.get("StatusText", "")) or None,
        "can_reload": {"yes": True, "no": False}.get(block.get("CanReload", "")),
    }
    name = block.get("Id", "")
    return Entity(kind="systemd.unit", name=clean(name), key=name, facts=facts)


def _exit_code(block: Block) -> int | None:
    """How the main process ended last: the exit code, −n for signal n; None while it runs or never ran."""
    code, status = whole(block.get("ExecMainCode")), whole(block.get("ExecMainStatus"))
    if not code or status is None:
        return None
    return -status if code in _BY_SIGNAL else status


def _since(block: Block, name: str, now_s: float) -> float | None:
    moment = whole(block.get(name))
    return max(0.0, round(now_s - moment / 1e6, 3)) if moment else None
