"""Every drill there is, in the order in which they are done."""

from tests.drills import brokers, machine, names, observers, records, remote, stores, swarm, units, web, workloads
from tests.drills.drill import LONG, Drill

DRILLS: tuple[Drill, ...] = (
    *web.DRILLS,
    *names.DRILLS,
    *stores.DRILLS,
    *workloads.DRILLS,
    *observers.DRILLS,
    *brokers.DRILLS,
    *records.DRILLS,
    *units.DRILLS,
    *remote.DRILLS,
    *swarm.DRILLS,
    *machine.DRILLS,
)
LAST = "cpu"
"""The wave that takes the CPU of all others."""


def chosen(only: list[str]) -> list[Drill]:
    """The drills with those names, or whose wave is named so; all without any. Raises KeyError for an unknown one."""
    for name in only:
        if not any(name in (drill.name, drill.wave) for drill in DRILLS):
            raise KeyError(name)
    return [drill for drill in DRILLS if not only or drill.name in only or drill.wave in only]


def waves(drills: list[Drill]) -> list[list[Drill]]:
    """Drills that are done at the same time, without the long ones."""
    names = sorted({drill.wave: None for drill in drills if drill.wave != LONG}, key=lambda wave: wave == LAST)
    return [[drill for drill in drills if drill.wave == wave] for wave in names]
