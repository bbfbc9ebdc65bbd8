"""Reads systemd: its overall state, the units that failed, and how chosen units are."""

import re
import time
from collections.abc import Mapping, Sequence

from collectors.base import Collector, Entity, Reading, Secret, TargetConfig
from collectors.systemd_api.ask import Systemctl
from collectors.systemd_api.parse import Block, CpuSample, cpu_percent, cpu_sample, manager_facts, unit_entity
from collectors.text import clean

_MOST_PATTERNS = 100
_MOST_UNITS = 300
_PATTERN = re.compile(r"[A-Za-z0-9:_.\\@*?\[\]!-]{1,255}")
"""What systemd.unit(5) allows in names, and globs."""
_GLOB = frozenset("*?[")
_KINDS = frozenset(
    ("service", "socket", "device", "mount", "automount", "swap", "target", "path", "timer", "slice", "scope")
)
"""Endings of unit names; a name without one is a service's."""
_NAMED = 5
"""Failed units that are named in the target's own row."""


class SystemdConfig(TargetConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[systemd]]`."""

    units: tuple[str, ...] = ()
    """Names or globs, such as "nginx.service" or "app-*.service"; without any, only units that failed are shown."""
    user: bool = False
    """Read the systemd of the user whom watchfloor runs as, not the system's."""

    def __post_init__(self) -> None:
        if len(self.units) > _MOST_PATTERNS:
            raise ValueError(f"units can hold at most {_MOST_PATTERNS} names or globs")
        if not all(_PATTERN.fullmatch(unit) for unit in self.units):
            raise ValueError('units must be names of units or globs, such as "nginx.service" or "app-*.service"')


class Systemd(Collector[SystemdConfig]):
    """Units of systemd: state, restarts, memory, and how the main process ended.

    A unit that was found once by a glob is asked for by name from then on, since systemd forgets units that stopped.
    CPU is the mean since the last poll, in percent of one core; it and memory need systemd's accounting.
    """

    name = "systemd"
    section = "systemd"
    title = "systemd"
    Config = SystemdConfig
    source_only = True

    def __init__(self, config: SystemdConfig, secrets: Mapping[str, Secret]) -> None:
        super().__init__(config, secrets)
        self._systemctl = Systemctl(config.user)
        self._found: dict[str, None] = {}
        self._cpu: dict[str, CpuSample] = {}

    async def collect(self) -> Reading:
        """Ask for the manager, the failed units and the chosen ones. Raises NoData where there is no systemd."""
        self.set_phase("asking for systemd's state")
        facts = manager_facts(await self._systemctl.manager())
        failed, cut = list[Block](), False
        if facts["failed"] != 0:
            self.set_phase("asking for failed units")
            failed, cut = await self._systemctl.failed()
        facts["failed"] = len(failed) if not cut else facts["failed"]
        facts["failed_units"] = _names(failed) or None
        shown = failed
        if self.config.units:
            self.set_phase("asking for units")
            shown, cut = await self._systemctl.units((*self.config.units, *self._found))
            shown = self._chosen(shown)
        hints = (f"only the first {_MOST_UNITS} units are shown",) if cut or len(shown) > _MOST_UNITS else ()
        own = Entity(kind=self.section, name=self.config.name, facts=facts, hints=hints)
        return Reading((own, *self._parts(shown[:_MOST_UNITS])))

    def _chosen(self, blocks: Sequence[Block]) -> list[Block]:
        """Remember what the globs found, and forget what is there no more but was never named."""
        named = {unit for unit in self.config.units if not _GLOB & set(unit)}
        named |= {f"{unit}.service" for unit in named if unit.rpartition(".")[2] not in _KINDS}
        chosen = [block for block in blocks if block.get("LoadState") != "not-found" or block["Id"] in named]
        self._found = {block["Id"]: None for block in chosen if block["Id"] not in named}
        return chosen

    def _parts(self, blocks: Sequence[Block]) -> list[Entity]:
        now_s = time.clock_gettime(time.CLOCK_MONOTONIC)
        samples = {block["Id"]: sample for block in blocks if (sample := cpu_sample(block, now_s)) is not None}
        parts = [
            unit_entity(block, now_s, cpu_percent(self._cpu.get(block["Id"]), samples.get(block["Id"])))
            for block in blocks
        ]
        self._cpu = samples
        return parts


def _names(blocks: Sequence[Block]) -> str:
    names = [clean(block["Id"]) for block in blocks]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
