"""Whether a swarm has got to where a change wanted it: pure, of the service and its tasks."""

from collections.abc import Collection, Sequence
from typing import Literal

import msgspec

from collectors.swarm_api.parse import Service, Task
from collectors.swarm_api.rows import FAILED, UNPLACED, error_of, when
from collectors.text import clean
from ops.actions.errors import ActionError

_PAUSED = {"paused": "the update", "rollback_paused": "the rollback"}
_MOVES = {"updating": "it is being updated", "rollback_started": "it is being rolled back"}


class Goal(msgspec.Struct, frozen=True):
    """What a change wants: as many tasks as it says, an update, or a rollback that is through."""

    kind: Literal["scaled", "updated", "rolled back"]
    words: str
    """For the plan, after the service's name: "runs 3 of 3"."""


def failed_ids(tasks: Sequence[Task]) -> frozenset[str]:
    """Of the tasks that had failed before a change: what they died of is not the change's fault."""
    return frozenset(task.id for task in tasks if task.status.state in FAILED)


def not_yet(service: Service, tasks: Sequence[Task], known: Collection[str], goal: Goal) -> str:
    """Why the goal is not reached yet; "" when it is. `known` had failed before.

    Raises ActionError with the failed task's error when the update was paused, or taken back by the swarm itself.
    """
    state = service.update_status.state if service.update_status else ""
    why = _because(tasks, known)
    _stopped(service, state, why, goal)
    running = sum((task.status.state, task.desired_state) == ("running", "running") for task in tasks)
    wanted = _wanted(service, tasks)
    if running != wanted:
        return f"{running} of {wanted} run{why}"
    if state in _MOVES:
        return _MOVES[state] + why
    through = {"updated": "completed", "rolled back": "rollback_completed"}.get(goal.kind, state)
    return "" if state == through or (not wanted and goal.kind == "updated") else "it has not begun"


def _stopped(service: Service, state: str, why: str, goal: Goal) -> None:
    if state in _PAUSED:
        message = clean(service.update_status.message, 300) if service.update_status else ""
        raise ActionError(
            f"{_PAUSED[state]} of {clean(service.spec.name)} was paused{why or f': {message}'}",
            "see the log of the task that failed; swarm.rollback goes back to the spec before",
            reason="paused",
        )
    if goal.kind != "rolled back" and state == "rollback_completed":
        raise ActionError(
            f"the update of {clean(service.spec.name)} failed and the swarm took it back{why}",
            "see the log of the task that failed",
            reason="failed",
        )


def _wanted(service: Service, tasks: Sequence[Task]) -> int:
    replicated = service.spec.mode.replicated
    return replicated.replicas if replicated else sum(task.desired_state == "running" for task in tasks)


def _because(tasks: Sequence[Task], known: Collection[str]) -> str:
    """What the newest task that failed since then says, else why one has no place."""
    failed = [task for task in tasks if task.status.state in FAILED and task.id not in known]
    if failed:
        return f": {error_of(max(failed, key=when))}"
    waiting = [task for task in tasks if task.status.state in UNPLACED and task.status.err]
    return f": {clean(waiting[0].status.err, 300)}" if waiting else ""
