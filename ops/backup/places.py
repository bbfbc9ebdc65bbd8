"""Finds every target: each module of `ops.backup.targets` that defines one, by the scheme of an address."""

from collections.abc import Mapping
from functools import cache

import ops.backup.targets
from collectors.backup import BackupConfig
from collectors.base import Secret
from collectors.defined import defined_below
from collectors.redact import mask_address
from collectors.text import clean
from ops.backup.errors import BackupError
from ops.backup.target import Target


@cache
def discover() -> dict[str, type[Target]]:
    """Map each scheme to its target, sorted. Raises ValueError when two share one."""
    found: dict[str, type[Target]] = {}
    for module, member in defined_below(ops.backup.targets):
        for scheme in member.schemes if issubclass(member, Target) else ():
            if scheme in found:
                raise ValueError(f"{module}: another target has the scheme {scheme!r} already")
            found[scheme] = member
    return dict(sorted(found.items()))


def target_of(config: BackupConfig, secrets: Mapping[str, Secret], owner: str) -> Target:
    """The target that a set's address names; nothing is asked of it yet. Raises BackupError "refused"."""
    scheme = config.target.partition(":")[0]
    kind = discover().get(scheme)
    if kind is None:
        shown = clean(mask_address(config.target))
        remedy = f"begin it with one of {', '.join(f'{name}:' for name in discover())}"
        raise BackupError(f"{shown} is no place for backups that is known", remedy, reason="refused")
    return kind(config, secrets, owner)
