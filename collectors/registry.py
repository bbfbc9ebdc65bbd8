"""Finds every collector: each module of this package that defines one, never listed by hand."""

from functools import cache

import collectors
from collectors.base import Collector, TargetConfig
from collectors.defined import defined_below

AnyCollector = type[Collector[TargetConfig]]


@cache
def discover() -> dict[str, AnyCollector]:
    """Map each config section to its collector. Raises ValueError when two share a name or a section."""
    found: dict[str, AnyCollector] = {}
    names: set[str] = set()
    for module, member in defined_below(collectors):
        if issubclass(member, Collector):
            if member.section in found or member.name in names:
                raise ValueError(f"{module}: another collector already has section or name {member.section!r}")
            found[member.section] = member
            names.add(member.name)
    return found
