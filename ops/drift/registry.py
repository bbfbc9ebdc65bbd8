"""Finds every source of facts: each module of `ops.drift.sources` that defines one, never listed by hand."""

from functools import cache

import ops.drift.sources
from collectors.defined import defined_below
from ops.drift.base import Source


@cache
def discover() -> dict[str, Source]:
    """Map each name to its source, sorted. Raises ValueError when two share a name."""
    found: dict[str, Source] = {}
    for module, member in defined_below(ops.drift.sources):
        if issubclass(member, Source):
            if member.name in found:
                raise ValueError(f"{module}: another source is already called {member.name!r}")
            found[member.name] = member()
    return dict(sorted(found.items()))
