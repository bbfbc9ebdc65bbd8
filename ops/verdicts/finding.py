"""What a rule says about one reading, and what it may know of the past."""

from collections.abc import Mapping

import msgspec

from collectors.base import Value
from ops.board import Level


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One judgement of one reading alone, before time is considered."""

    check: str
    """The metric ("host.disk.percent") or the question ("container.state")."""
    level: Level
    word: str
    """One word for the state. With level "ok" it may replace the row's healthy word ("starting"); "" leaves that."""
    text: str
    hold_s: float = 0.0
    """How long the level must be seen until it counts."""
    fails: bool = False
    """The answer came but is no good (status 500): it counts as a failed poll, with the same consecutive threshold."""


class Step(msgspec.Struct, frozen=True):
    """A counter rose by `amount` at `at` (UTC seconds)."""

    at: float
    amount: float


class Climb(msgspec.Struct, frozen=True):
    """A figure that has not fallen since `at`, when it was `start`; seen `polls` times since, rising at `rose_at`."""

    at: float
    start: float
    polls: int
    rose_at: float


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """What rules may know of earlier readings of the same row. `now` is the time of the present one."""

    now: float = 0.0
    facts: Mapping[str, Value] = {}
    """Counters and climbing figures as they were last known; empty for the first reading."""
    steps: Mapping[str, tuple[Step, ...]] = {}
    """Per counter, its rises of the last 5 minutes, oldest first."""
    climbs: Mapping[str, Climb] = {}

    def rose(self, counter: str, within_s: float) -> float:
        """By how much a counter rose within the last seconds."""
        return sum(step.amount for step in self.steps.get(counter, ()) if self.now - step.at <= within_s)
