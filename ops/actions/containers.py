"""What all actions on containers share: in which condition a row is, how calls are made, and what is locked."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import msgspec

from ops.actions.base import Action, Case, Offer
from ops.actions.errors import ActionError, Refused
from ops.board import Row
from ops.runner.base import Answer, Runner
from ops.runner.calls import Docker

Condition = Literal[
    "well", "strained", "unhealthy", "paused", "loop", "out of memory", "crashed", "stopped", "created", "lost"
]
"""strained: it runs, but a check of it is bad; stopped: it ended as a person ends it, who may have meant it; lost:
dead, missing, or about to be removed."""
BY_HAND = (0, 137, 143)
"""Exit codes of `docker stop` and `docker kill`: ended by itself, by KILL, by TERM."""
START_GRACE_S = 30.0
"""How long an engine may take to start or stop something, beyond the time that a container is given."""


def condition(row: Row) -> Condition | None:
    """How a container is, by its newest facts and checks; None for what is of a swarm, which sees to its own."""
    state, words = row.facts.get("state"), {check.word for check in row.checks}
    if row.facts.get("swarm_service"):
        return None
    if state == "restarting" or "restarting" in words:
        return "loop"
    if state == "exited":
        return _ended(row)
    if state == "running":
        return _running(row, words)
    if state in ("paused", "created"):
        return "paused" if state == "paused" else "created"
    return "lost"


def _ended(row: Row) -> Condition:
    if row.facts.get("oom_killed"):
        return "out of memory"
    return "stopped" if row.facts.get("exit_code") in BY_HAND else "crashed"


def _running(row: Row, words: set[str]) -> Condition:
    if row.facts.get("health") == "unhealthy":
        return "unhealthy"
    if row.facts.get("oom_killed") and "out of memory" in words:
        return "out of memory"
    return "strained" if row.level in ("warning", "critical") else "well"


class ContainerAction(Action):
    """An action on one container, by its full id."""

    kinds = ("container",)
    timeout_s = 3_600.0
    """Each call has its own, by how long the container is given to end: that may be many minutes for a database."""
    verb: ClassVar[str]
    """"restart"."""
    fits: ClassVar[Mapping[str, int]]
    """Score by condition; it is not offered for others."""

    def offers(self, row: Row, rows: Sequence[Row]) -> Sequence[Offer]:
        """One, scored by the container's condition."""
        state = condition(row)
        if state is None or state not in self.fits or not row.key:
            return ()
        return (
            Offer(
                action=self.name,
                row=row.id,
                title=f"{self.verb} container {row.name}",
                why=self.why(row, state),
                score=self.fits[state],
                risk=self.risk,
                within_s=120.0 if row.facts.get("health") else 60.0,
            ),
        )

    def why(self, row: Row, state: Condition) -> str:
        """Why it fits."""
        return row.reason

    def locks(self, case: Case) -> tuple[str, ...]:
        """The container, and its name: one made anew has another id."""
        return (case.row.key, f"container/{case.row.host or 'here'}/{case.row.name}")


def call(
    case: Case,
    method: Literal["POST", "DELETE", "PUT"],
    path: str,
    *,
    body: Mapping[str, Any] | None = None,
    shown: str = "",
    timeout_s: float = START_GRACE_S,
    **query: str,
) -> Docker:
    """A request to the case's engine; without `shown` the row's name is shown beside the id."""
    raw = msgspec.Raw(msgspec.json.encode(body)) if body is not None else None
    return Docker(
        target=case.spec.id,
        method=method,
        path=path,
        query=query,
        body=raw,
        shown=shown or case.row.name,
        timeout_s=timeout_s,
    )


def patient(case: Case, verb: Literal["stop", "restart"], key: str, stop_s: int, shown: str = "") -> Docker:
    """The request that stops or restarts a container, which is given so long to end by itself."""
    path, wait_s = f"/containers/{key}/{verb}", stop_s + START_GRACE_S
    return call(case, "POST", path, shown=shown, t=str(stop_s), timeout_s=wait_s)


async def do(runner: Runner, request: Docker, name: str) -> Answer:
    """Make it; what goes wrong is told with the name of what it was done to. Raises ActionError, Refused."""
    try:
        return await runner.do(request)
    except Refused as error:
        raise Refused(f"{name}: {error.message}", error.remedy, reason=error.reason) from error
    except ActionError as error:
        raise ActionError(f"{name}: {error.message}", error.remedy, reason=error.reason) from error
