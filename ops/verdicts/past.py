"""Keeps of each row's earlier readings the little that rules ask for: rises of counters and climbs of figures."""

from collections.abc import Mapping

import msgspec

from collectors.base import Entity, Value
from ops.verdicts.finding import Climb, Past, Step

RECENT_S = 300.0
"""How long a counter's rises are remembered."""
_MOST_STEPS = 50
_COUNTERS: Mapping[str, tuple[str, ...]] = {
    "container": ("restarts",),
    "process": ("restarts",),
    "systemd.unit": ("restarts",),
    "host": ("oom_kills",),
    "postgres": ("deadlocks_total",),
}
_CLIMBS: Mapping[str, tuple[str, ...]] = {"queue": ("ready",)}
STARTS = "starts"
"""The counter of starts that were seen: each time an uptime is shorter than before."""


def number(value: Value) -> float | None:
    """The value when it is a figure, not a flag and not a text."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def remember(past: Past, entity: Entity, now: float) -> Past:
    """The past as the rules for `entity`, read at `now`, may see it: `facts` are still those of the reading before."""
    known = _COUNTERS.get(entity.kind, ())
    climbing = _CLIMBS.get(entity.kind, ())
    if not known and not climbing:
        return Past(now=now, facts=past.facts)
    steps = {name: _steps(past, name, _rise(past.facts, entity.facts, name), now) for name in known}
    if "uptime_s" in entity.facts:
        steps[STARTS] = _steps(past, STARTS, float(_started(past.facts, entity.facts)), now)
    climbs = {name: _climb(past, entity, name, now) for name in climbing}
    return Past(
        now=now,
        facts=past.facts,
        steps={name: kept for name, kept in steps.items() if kept},
        climbs={name: climb for name, climb in climbs.items() if climb},
    )


def seen(past: Past, entity: Entity) -> Past:
    """The past for the next reading: of this one only what is compared, and what it did not know as it was before."""
    names = (*_COUNTERS.get(entity.kind, ()), *_CLIMBS.get(entity.kind, ()), "uptime_s")
    known = {name: entity.facts.get(name) for name in names if entity.facts.get(name) is not None}
    return msgspec.structs.replace(past, facts={**past.facts, **known})


def _steps(past: Past, name: str, rise: float, now: float) -> tuple[Step, ...]:
    """A clock that stepped back leaves steps in the future; they are forgotten like old ones."""
    kept = tuple(step for step in past.steps.get(name, ()) if 0 <= now - step.at <= RECENT_S)
    return (*kept, Step(now, rise))[-_MOST_STEPS:] if rise > 0 else kept


def _rise(before: Mapping[str, Value], facts: Mapping[str, Value], name: str) -> float:
    old, new = number(before.get(name)), number(facts.get(name))
    return 0.0 if old is None or new is None else max(0.0, new - old)


def _started(before: Mapping[str, Value], facts: Mapping[str, Value]) -> bool:
    old, new = number(before.get("uptime_s")), number(facts.get("uptime_s"))
    return old is not None and new is not None and new < old


def _climb(past: Past, entity: Entity, name: str, now: float) -> Climb | None:
    value, old = number(entity.facts.get(name)), number(past.facts.get(name))
    if value is None:
        return None
    climb = past.climbs.get(name)
    if climb is None or old is None or value < old or now < climb.at:
        return Climb(now, value, 1, now)
    return Climb(climb.at, climb.start, climb.polls + 1, now if value > old else climb.rose_at)
