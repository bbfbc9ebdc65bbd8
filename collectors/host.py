"""The host itself, from procfs: CPU, memory, pressure, disks, network, and which process burns the CPU."""

import asyncio
import os
import time
from collections.abc import Mapping

import msgspec

from collectors.base import Collector, Entity, NoData, Reading, Secret, TargetConfig, Value
from collectors.linux import procfs
from collectors.linux.disks import Disks, by_globs
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
from collectors.linux.top import Scan, scan
from collectors.threads import DaemonPool
from collectors.units import Duration

FIRST_GAP_S = 0.25
"""Rates need two looks: the first poll takes both, this far apart."""
SCAN_ANSWER_S = 1.0
INTERFACE_LIMIT = 32
_PRESSURES = ("cpu", "memory", "io")


class HostConfig(TargetConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of a `[[host]]`."""

    interval: Duration = Duration(5)
    proc: str = "/proc"
    """Where the host's procfs is; inside a container it may be mounted elsewhere."""
    include_mounts: tuple[str, ...] = ()
    """Globs over mount points: with any, only mounts that match are shown, also pseudo filesystems such as /dev/shm."""
    exclude_mounts: tuple[str, ...] = ()
    """Globs over mount points that are never shown."""


class Sample(msgspec.Struct, frozen=True):
    """The counters that rates are made of, at a monotonic time."""

    at: float
    cpu: CpuTimes
    traffic: Mapping[str, Traffic]
    own_s: float
    """CPU seconds that this program itself has used."""


class Host(Collector[HostConfig]):
    """The machine itself: how busy it is, what it waits for, how full its disks are, and who burns the CPU.

    Linux only. CPU, network and process figures are means over the time between two polls. Pressure is the share of
    the last 10 s in which some task had to wait for CPU, memory or a disk. Memory in use is what is not available.
    """

    name = "host"
    section = "host"
    title = "Host"
    Config = HostConfig
    source_only = True

    def __init__(self, config: HostConfig, secrets: Mapping[str, Secret]) -> None:
        super().__init__(config, secrets)
        self._cores = os.cpu_count() or 1
        self._disks = Disks(config.proc, by_globs(config.include_mounts, config.exclude_mounts))
        self._pool = DaemonPool(1, name="watchfloor-processes")
        self._before: Sample | None = None
        self._oom_base: int | None = None
        self._scan = Scan()
        self._scanning: asyncio.Task[Scan] | None = None

    async def collect(self) -> Reading:
        """Read everything once; only disks and the list of processes are looked at in threads."""
        self.phase = f"reading {self.config.proc}"
        before, first = self._before, self._before is None
        if before is None:
            before = self._sample()
            await self._look_at_processes()
            await asyncio.sleep(FIRST_GAP_S)
        now = self._before = self._sample()
        facts = self._kernel_facts()
        facts["cpu_percent"] = cpu_percent(before, now, without_own=first)
        await self._look_at_processes(at_once=first)
        self.phase = "asking the mounts for their size"
        disks = await self._disks.read()
        entity = Entity(kind=self.section, name=self.config.name, facts={**facts, **self._scan.facts})
        return Reading((entity, *disks, *network(before, now), *self._scan.top))

    async def close(self) -> None:
        """Leave calls that hang to their daemon threads."""
        self._disks.close()
        if self._scanning is not None:
            self._scanning.cancel()

    def _read(self, name: str) -> bytes:
        return procfs.read(f"{self.config.proc}/{name}") or b""

    def _sample(self) -> Sample:
        stat = self._read("stat")
        if not stat:
            raise NoData(f"this host has no {self.config.proc}/stat: it is not a Linux, or procfs is not mounted there")
        traffic = parse_interfaces(self._read("net/dev"))
        return Sample(time.monotonic(), parse_cpu(stat), traffic, time.process_time())

    def _kernel_facts(self) -> dict[str, Value]:
        one, five, fifteen = parse_load(self._read("loadavg"))
        facts: dict[str, Value] = {"load1": one, "load5": five, "load15": fifteen, "cores": self._cores}
        facts["load_per_core"] = round(one / self._cores, 3)
        facts["uptime_s"] = procfs.read_uptime(self.config.proc)
        facts.update(memory_facts(parse_memory(self._read("meminfo"))))
        for what in _PRESSURES:
            facts[f"pressure_{what}_percent"] = parse_pressure(self._read(f"pressure/{what}"))
        facts["oom_kills"] = self._oom_kills()
        return facts

    def _oom_kills(self) -> int | None:
        total = parse_counter(self._read("vmstat"), b"oom_kill")
        if total is None:
            return None
        if self._oom_base is None:
            self._oom_base = total
        return total - self._oom_base

    async def _look_at_processes(self, *, at_once: bool = False) -> None:
        """Renew the list of processes when it is due. A pass that hangs leaves the last list; none begins beside it."""
        if self._scanning is None and (at_once or self._scan.due(time.monotonic())):
            work = self._pool.run(scan, self.config.proc, self._scan, self._cores)
            self._scanning = asyncio.create_task(work)
        if self._scanning is not None:
            done, _ = await asyncio.wait([self._scanning], timeout=SCAN_ANSWER_S)
            if done:
                scanning, self._scanning = self._scanning, None
                self._scan = scanning.result()


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
