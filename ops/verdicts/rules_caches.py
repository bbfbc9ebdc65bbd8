"""What a memcached says beside its figures: that it throws away what is still wanted, or turns clients away."""

from collections.abc import Iterator

from collectors.base import Entity
from ops.config.structs import TargetSpec
from ops.figures import count, size
from ops.verdicts.finding import Finding, Past
from ops.verdicts.past import number

ENOUGH_GETS = 100
"""Gets of one interval from which on their hit ratio means something."""
_EVICTING_S = 30.0
"""A full cache makes room now and then; only when it goes on it is too small for what is asked of it."""


def memcached_findings(entity: Entity, spec: TargetSpec, past: Past) -> Iterator[Finding]:
    """Judge evictions that go on, and refused connections. Full memory alone is what a cache is for."""
    evictions = number(entity.facts.get("evictions_per_s"))
    if evictions:
        limit = number(entity.facts.get("memory_max_bytes"))
        text = f"evicting {count(evictions)} keys/s" + (f" to stay under {size(limit)}" if limit else "")
        yield Finding(check="memcached.evictions", level="warning", word="evicting", text=text, hold_s=_EVICTING_S)
    refused = number(entity.facts.get("refused_clients"))
    if refused:
        text = f"turned away {count(refused)} connection{'' if refused == 1 else 's'} since the poll before"
        yield Finding(check="memcached.refused", level="critical", word="full", text=text)


def has_enough_gets(entity: Entity) -> bool:
    """Whether a hit ratio stands on enough gets to be judged."""
    return (number(entity.facts.get("gets")) or 0) >= ENOUGH_GETS
