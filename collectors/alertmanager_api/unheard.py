"""Alerts of before a restart: Alertmanager keeps none, and those who raise them tell it again only by and by."""

from collections.abc import Iterable, Sequence

import msgspec

from collectors.base import Entity

TOLD_AGAIN_S = 150.0
"""Prometheus tells a firing alert again each minute (`--rules.alert.resend-delay`), after the next evaluation."""
UNHEARD = "unheard"
"""The state of an alert that was known before a restart and was not told again since."""


class Unheard:
    """What was known at the last reading, and what of it is missing since a restart."""

    def __init__(self) -> None:
        self._started_at: float | None = None
        self._known: dict[str, Entity] = {}
        self._missing: dict[str, Entity] = {}

    @property
    def keys(self) -> frozenset[str]:
        """Fingerprints of all that may still be shown."""
        return frozenset((*self._known, *self._missing))

    def missing(self, parts: Sequence[Entity], started_at: float | None, now: float) -> tuple[Entity, ...]:
        """Take a reading of a server that runs since `started_at` (None: it does not tell); give what it lacks."""
        if self._started_at is not None and started_at is not None and started_at > self._started_at:
            self._missing |= {key: _unheard(part) for key, part in self._known.items()}
        self._started_at = started_at
        self._known = {part.key: part for part in parts}
        over = started_at is None or now - started_at >= TOLD_AGAIN_S
        self._missing = {} if over else _without(self._missing, self._known)
        return tuple(self._missing.values())


def _unheard(part: Entity) -> Entity:
    return msgspec.structs.replace(part, facts={**part.facts, "state": UNHEARD})


def _without(parts: dict[str, Entity], keys: Iterable[str]) -> dict[str, Entity]:
    known = frozenset(keys)
    return {key: part for key, part in parts.items() if key not in known}
