"""A process as a workload: found by pid file, pid or command, with the same row as a container."""

import re
import time
from collections.abc import AsyncIterator, Mapping

from collectors.base import CollectError, Collector, Entity, NoData, Reading, Secret, TargetConfig, Value
from collectors.linux import procfs
from collectors.linux.procfs import Stat
from collectors.linux.search import Search, Sighting
from collectors.linux.tail import follow_file

_STATES = {"R": "running", "T": "stopped", "t": "stopped", "Z": "zombie", "X": "exited", "x": "exited"}
"""By the kernel's letter; every other one is a way to wait."""
_LIVE = ("pid", "cpu_percent", "memory_bytes", "memory_percent", "uptime_s", "threads", "descriptors")


class ProcessConfig(TargetConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of a `[[process]]`: exactly one way to find it; `match` can also confirm what a pid file names."""

    pid_file: str = ""
    """A file that holds its process id."""
    pid: int = 0
    match: str = ""
    """A regular expression that is searched in the whole command line; of several processes the oldest is meant."""
    log_file: str = ""
    """What it writes, for following on the screen."""
    proc: str = "/proc"
    """Where procfs is."""

    def __post_init__(self) -> None:
        """Raise ValueError for settings that can't find anything."""
        if (bool(self.pid_file) + bool(self.pid) + bool(self.match and not self.pid_file)) != 1:
            raise ValueError('a process needs exactly one of "pid_file", "pid" and "match"')
        if self.pid < 0:
            raise ValueError("pid must be over 0")
        try:
            re.compile(self.match)
        except re.error as error:
            raise ValueError(f"match is not a regular expression: {error}") from error


class Processes(Collector[ProcessConfig]):
    """One supervised process: whether it runs, what it takes, and how often it was started anew.

    Linux only. CPU is the mean since the last poll, in percent of one core. A restart is a new process where another
    was seen before; a process id that was given to a stranger meanwhile is not taken for it.
    """

    name = "processes"
    section = "process"
    title = "Process"
    Config = ProcessConfig

    def __init__(self, config: ProcessConfig, secrets: Mapping[str, Secret]) -> None:
        super().__init__(config, secrets)
        self._search = Search(
            root=config.proc, pid_file=config.pid_file, pid=config.pid, match=config.match and re.compile(config.match)
        )
        self._ticks: tuple[tuple[int, int], float, int] | None = None

    async def collect(self) -> Reading:
        """Find it and read what it takes. That it is gone is a fact, not an error."""
        self.phase = "looking for the process"
        uptime_s = procfs.read_uptime(self.config.proc)
        if uptime_s is None:
            raise NoData(f"there is no {self.config.proc}/uptime here: processes can only be read on a Linux")
        sighting = await self._search.look(uptime_s)
        facts: dict[str, Value] = dict.fromkeys(_LIVE)
        facts["state"] = _STATES.get(sighting.stat.state, "sleeping") if sighting.stat else sighting.absence
        if sighting.stat is not None and facts["state"] not in ("zombie", "exited"):
            facts |= self._live(sighting.stat, uptime_s)
        facts |= {"restarts": sighting.restarts, "exit_code": sighting.exit_code, "command": sighting.command}
        return Reading((self._entity(sighting, facts),))

    def follow(self, key: str) -> AsyncIterator[str]:
        """Live lines of its log file. Raises CollectError without one."""
        if not self.config.log_file:
            raise CollectError(
                f"the config names no log of {self.config.name}", reason="missing", remedy="set log_file", retry=False
            )
        return follow_file(self.config.log_file)

    def _entity(self, sighting: Sighting, facts: dict[str, Value]) -> Entity:
        texts = {"looked for": sighting.why} if sighting.why else {}
        return Entity(kind=self.section, name=self.config.name, key=sighting.key, facts=facts, texts=texts)

    def _live(self, stat: Stat, uptime_s: float) -> dict[str, Value]:
        return {
            "pid": stat.pid,
            "cpu_percent": self._cpu(stat),
            "memory_bytes": stat.memory_bytes,
            "memory_percent": round(100 * stat.memory_bytes / procfs.MEMORY_BYTES, 2),
            "uptime_s": round(procfs.age_s(stat, uptime_s), 2),
            "threads": stat.threads,
            "descriptors": procfs.count_descriptors(self.config.proc, stat.pid),
        }

    def _cpu(self, stat: Stat) -> float | None:
        now, before = time.monotonic(), self._ticks
        self._ticks = (stat.identity, now, stat.ticks)
        if before is None or before[0] != stat.identity or now <= before[1]:
            return None
        return round(100 * (stat.ticks - before[2]) / procfs.TICKS_PER_S / (now - before[1]), 1)
