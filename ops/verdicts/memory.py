"""What is remembered of each row and target between polls: frozen, small, and enough to draw the row from."""

from collections.abc import Mapping

import msgspec

from collectors.base import Entity
from ops.board import Check, Level
from ops.verdicts.finding import Past
from ops.verdicts.flapping import FlapMemory
from ops.verdicts.tracker import CheckMemory, ReachMemory


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """How a row stands: what the Board shows of it beside its facts."""

    level: Level
    word: str
    reason: str
    """The text of the worst check; empty when ok."""
    since: float
    """UTC seconds when the level last changed."""
    checks: tuple[Check, ...] = ()
    """Worst first; ok ones too."""
    flapping: bool = False
    stale: bool = False
    """True when the facts are not from the last poll."""


class RowMemory(msgspec.Struct, frozen=True, kw_only=True):
    """One row between polls. An empty one stands for a row that was never seen."""

    verdict: Verdict | None = None
    entity: Entity | None = None
    """As last read."""
    at: float | None = None
    """UTC seconds of that reading."""
    gone_at: float | None = None
    """When a good reading first lacked it."""
    checks: Mapping[str, CheckMemory] = {}
    reach: ReachMemory = ReachMemory()
    """For a target's first row alone."""
    past: Past = Past()
    flap: FlapMemory = FlapMemory()
    good: bool = True
    """Whether the last poll counts as good for availability: an answer came, and it is what was expected."""


class TargetMemory(msgspec.Struct, frozen=True, kw_only=True):
    """One target between polls: its rows by id, the target's own first, then its parts as they were read."""

    rows: Mapping[str, RowMemory] = {}
    good: bool = True
    """As `RowMemory.good` of the target's own row."""
