"""A host, from its procfs: CPU, memory, pressure, disks, network, and which process burns the CPU."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from typing import Protocol

import msgspec

from collectors.base import CollectError, Collector, Entity, Reading, Secret, TargetConfig, Value
from collectors.linux.disks import by_globs
from collectors.linux.here import Here
from collectors.linux.kernel import LEVELS, RATES, Sample, cpu_percent, kernel_facts, network, oom_total, sample
from collectors.linux.there import There
from collectors.ssh.address import parse_ssh_url
from collectors.ssh.remote import Remote
from collectors.units import Duration

FIRST_GAP_S = 0.25
"""Rates need two looks: the first poll takes both, this far apart."""


class HostConfig(TargetConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of a `[[host]]`."""

    interval: Duration = Duration(5)
    url: str = ""
    """ssh://user@host:port of another machine; without it this one."""
    ssh_config: str = ""
    """The ssh config to use for ssh://; without it the user's own."""
    proc: str = "/proc"
    """Where this host's procfs is; inside a container it may be mounted elsewhere."""
    include_mounts: tuple[str, ...] = ()
    """Globs over mount points: with any, only mounts that match are shown, also pseudo filesystems such as /dev/shm."""
    exclude_mounts: tuple[str, ...] = ()
    """Globs over mount points that are never shown."""

    def __post_init__(self) -> None:
        if self.url and not self.runs_on:
            msgspec.structs.force_setattr(self, "runs_on", self.name)


class Machine(Protocol):
    """Where the figures come from."""

    @property
    def hints(self) -> tuple[str, ...]:
        """What it can't show."""

    async def texts(self, names: Iterable[str]) -> Mapping[str, bytes]:
        """Files of its procfs, b"" for one that is not there. Raises CollectError."""

    def cores(self, stat: bytes) -> int:
        """How many cores it has."""

    def own_s(self) -> float:
        """CPU seconds that this program itself has used there."""

    async def look(self, *, at_once: bool = False) -> None:
        """Look at its processes when it is due, and wait for that a moment."""

    def process_facts(self) -> Mapping[str, Value]:
        """How many processes there are, and zombies."""

    def top(self) -> tuple[Entity, ...]:
        """Who burns the CPU."""

    async def disks(self) -> list[Entity]:
        """One "host.disk" for each mount."""

    async def close(self) -> None:
        """Let go."""


class Host(Collector[HostConfig]):
    """A machine: how busy it is, what it waits for, how full its disks are, and who burns the CPU.

    Linux only. CPU, network and process figures are means over the time between two polls. Pressure is the share of
    the last 10 s in which some task had to wait for CPU, memory or a disk. Memory in use is what is not available.
    Another machine is read over SSH, with the keys and the ssh config of the user who runs this.
    """

    name = "host"
    section = "host"
    title = "Host"
    Config = HostConfig
    source_only = True

    def __init__(self, config: HostConfig, secrets: Mapping[str, Secret]) -> None:
        super().__init__(config, secrets)
        self._machine: Machine | None = None
        self._before: Sample | None = None
        self._oom_base: int | None = None

    async def collect(self) -> Reading:
        """Read everything once."""
        machine = self._found()
        before, first = self._before, self._before is None
        try:
            if before is None:
                before = (await self._read(machine))[0]
                await machine.look()
                await asyncio.sleep(FIRST_GAP_S)
            now, facts = await self._read(machine)
        except (ValueError, KeyError, IndexError) as error:
            if not self.config.url:
                raise
            raise CollectError(
                "the host's figures make no sense", reason="protocol", remedy="check that it is a Linux"
            ) from error
        self._before = now
        facts["cpu_percent"] = cpu_percent(before, now, without_own=first)
        await machine.look(at_once=first)
        self.phase = "asking the mounts for their size"
        disks = await machine.disks()
        facts.update(machine.process_facts())
        entity = Entity(kind=self.section, name=self.config.name, facts=facts, hints=machine.hints)
        return Reading((entity, *disks, *network(before, now), *machine.top()))

    async def close(self) -> None:
        """Let go of the machine."""
        if self._machine is not None:
            await self._machine.close()

    def _found(self) -> Machine:
        if self._machine is None:
            config = self.config
            wanted = by_globs(config.include_mounts, config.exclude_mounts)
            if config.url:
                address, _ = parse_ssh_url(config.url)
                self._machine = There(Remote(address, config.ssh_config, config.timeout), wanted, self.set_phase)
            else:
                self._machine = Here(config.proc, wanted)
        return self._machine

    async def _read(self, machine: Machine) -> tuple[Sample, dict[str, Value]]:
        self.phase = "reading the figures of the kernel"
        texts = await machine.texts((*RATES, *LEVELS))
        facts = kernel_facts(texts, machine.cores(texts["stat"]))
        facts["oom_kills"] = self._oom_kills(oom_total(texts))
        return sample(texts, time.monotonic(), machine.own_s()), facts

    def _oom_kills(self, total: int | None) -> int | None:
        if total is None:
            return None
        if self._oom_base is None or total < self._oom_base:
            self._oom_base = total
        return total - self._oom_base
