"""Finds every kind of backup: each module of `ops.backup.kinds` that defines one, never listed by hand."""

from functools import cache

import ops.backup.kinds
from collectors.defined import defined_below
from ops.backup.base import Kind
from ops.backup.errors import BackupError


@cache
def discover() -> dict[str, Kind]:
    """Map each name to its kind, sorted. Raises ValueError when two share a name."""
    found: dict[str, Kind] = {}
    for module, member in defined_below(ops.backup.kinds):
        if issubclass(member, Kind):
            if member.name in found:
                raise ValueError(f"{module}: another kind is already called {member.name!r}")
            found[member.name] = member()
    return dict(sorted(found.items()))


def kind_of(name: str) -> Kind:
    """The kind of that name. Raises BackupError "missing"."""
    found = discover().get(name)
    if found is None:
        remedy = f"take one of {', '.join(discover())}"
        raise BackupError(f'nothing is known of backups of the kind "{name}"', remedy, reason="missing")
    return found
