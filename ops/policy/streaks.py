"""Counts failed readings of a row in a row: fresh ones only, anew after an action, none while things start. Pure."""

import msgspec

from ops.board import Row
from ops.policy.structs import Scene

_OF_MINUTES = frozenset({"error_percent", "errors_percent", "p50_s", "p95_s", "p99_s"})


class Streak(msgspec.Struct, frozen=True):
    """How often a row was read as failing, one reading after another, and what was seen of it last."""

    count: int = 0
    polls: int | None = None
    """How many polls its target had when it was looked at last."""
    at: float = 0.0
    """When that was, as `Scene.now` has it."""


def counts(row: Row) -> bool:
    """Whether what is said of it was read: "could not ask" is no failure, and neither are parts as they were once.

    A target that does not answer has old facts, and is down nevertheless: not to answer is its failure.
    """
    return row.level in ("warning", "critical") and (not row.stale or row.id == row.target)


def fails_now(row: Row) -> bool:
    """Whether the last reading itself was bad: shares and percentiles of some minutes stay so when all is mended."""
    bad = [check for check in row.checks if check.level != "ok" or check.pending]
    return not bad or any(check.id.rpartition(".")[2] not in _OF_MINUTES for check in bad)


def follow(streak: Streak, row: Row, *, failing: bool, polls: int, scene: Scene) -> Streak:
    """Take a look at a row: each poll since the last look counts, where the row was failing through all of them.

    A row that is well, or whose state is another than the fix is for, begins anew; one that can't be judged leaves
    things as they are.
    """
    if not failing:
        unsure = row.level == "unknown" or (row.level != "ok" and not counts(row))
        return Streak(streak.count if unsure else 0, polls, scene.now)
    new = 1 if streak.polls is None else max(polls - streak.polls, 0)
    if new > 1 and row.since - scene.set_by > streak.at:
        new = 1
    return Streak(streak.count + new, polls, scene.now)


def anew(polls: int, now: float) -> Streak:
    """Nothing that was read until now counts."""
    return Streak(0, polls, now)
