"""Makes a host's facts of the texts of its procfs, wherever they were read; pure."""

from collections.abc import Mapping

import msgspec

from collectors.base import Entity, Value
from collectors.linux import procfs
from collectors.linux.figures import (
    CpuTimes,
    Memory,
    Traffic,
    parse_counter,
    parse_cpu,
    parse_interfaces,
    parse_load,
    parse_memory,
    parse_pressure,
)

RATES = ("stat", "net/dev")
"""Files under /proc that rates are made of."""
LEVELS = ("loadavg", "uptime", "meminfo", "vmstat", "pressure/cpu", "pressure/memory", "pressure/io")
"""Files under /proc that tell what is now."""
INTERFACE_LIMIT = 32
_PRESSURES = ("cpu", "memory", "io")


class Sample(msgspec.Struct, frozen=True):
    """The counters that rates are made of, at a monotonic time."""

    at: float
    cpu: CpuTimes
    traffic: Mapping[str, Traffic]
    own_s: float
    """CPU seconds that this program itself has used."""


def sample(texts: Mapping[str, bytes], at: float, own_s: float) -> Sample:
    """Take the counters at a monotonic time. Raises ValueError where the kernel's own figures make no sense."""
    return Sample(at, parse_cpu(texts["stat"]), parse_interfaces(texts["net/dev"]), own_s)


def count_cores(stat: bytes) -> int:
    """How many cores /proc/stat has a line for; at least one."""
    return max(1, sum(line.startswith(b"cpu") and not line.startswith(b"cpu ") for line in stat.splitlines()))


def kernel_facts(texts: Mapping[str, bytes], cores: int) -> dict[str, Value]:
    """What is now: load, memory, swap, pressure, uptime. Raises ValueError and KeyError for texts that are none."""
    one, five, fifteen = parse_load(texts["loadavg"])
    facts: dict[str, Value] = {"load1": one, "load5": five, "load15": fifteen, "cores": cores}
    facts["load_per_core"] = round(one / cores, 3)
    facts["uptime_s"] = float(texts["uptime"].split()[0]) if texts["uptime"] else None
    facts.update(memory_facts(parse_memory(texts["meminfo"])))
    for what in _PRESSURES:
        facts[f"pressure_{what}_percent"] = parse_pressure(texts[f"pressure/{what}"])
    return facts


def oom_total(texts: Mapping[str, bytes]) -> int | None:
    """Processes that the kernel has killed for memory since the boot; None where it does not count them."""
    return parse_counter(texts["vmstat"], b"oom_kill")


def cpu_percent(before: Sample, now: Sample, *, without_own: bool = False) -> float | None:
    """Busy part of all cores between two samples, in percent; without our own start-up where that would be most of it.

    None when no time has passed.
    """
    total = now.cpu.total - before.cpu.total
    if total <= 0:
        return None
    own = (now.own_s - before.own_s) * procfs.TICKS_PER_S if without_own else 0.0
    return round(min(100.0, max(0.0, 100 * (now.cpu.busy - before.cpu.busy - own) / total)), 1)


def memory_facts(memory: Memory) -> dict[str, Value]:
    """Facts of memory and swap."""
    used, swap_used = memory.total - memory.available, memory.swap_total - memory.swap_free
    return {
        "memory_percent": round(100 * used / memory.total, 2) if memory.total else None,
        "memory_used_bytes": used,
        "memory_available_bytes": memory.available,
        "memory_total_bytes": memory.total,
        "swap_percent": round(100 * swap_used / memory.swap_total, 2) if memory.swap_total else 0.0,
        "swap_used_bytes": swap_used,
        "swap_total_bytes": memory.swap_total,
    }


def network(before: Sample, now: Sample) -> list[Entity]:
    """Rates of each interface that ever carried something, without the host's ends of containers' links."""
    elapsed_s = now.at - before.at
    used = {name: traffic for name, traffic in now.traffic.items() if any(traffic) and not name.startswith("veth")}
    return [
        Entity(kind="host.net", name=name, facts=_rates(before.traffic.get(name), traffic, elapsed_s))
        for name, traffic in list(used.items())[:INTERFACE_LIMIT]
    ]


def _rates(before: Traffic | None, now: Traffic, elapsed_s: float) -> dict[str, Value]:
    def rate(old: int, new: int) -> float | None:
        return round((new - old) / elapsed_s, 1) if elapsed_s > 0 and new >= old else None

    names = ("received_bytes_per_s", "sent_bytes_per_s", "errors_per_s")
    if before is None:
        return dict.fromkeys(names)
    return {name: rate(old, new) for name, old, new in zip(names, before, now, strict=True)}
