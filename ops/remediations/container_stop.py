"""Stops a container."""

from collections.abc import Mapping
from typing import ClassVar

from ops.actions.base import Case, Offer, Risk
from ops.actions.containers import Condition, ContainerAction, do, patient
from ops.actions.docker import engine_of, whole
from ops.board import Row
from ops.runner.base import Runner


class ContainerStop(ContainerAction):
    """Ends a container (TERM, then KILL after its stop timeout); the engine does not start it again by itself."""

    name = "container.stop"
    title = "stop a container"
    risk: ClassVar[Risk] = "interrupts"
    expected_s = 600.0
    verb = "stop"
    fits: ClassVar[Mapping[str, int]] = {
        "loop": 90, "unhealthy": 20, "out of memory": 15, "strained": 15, "paused": 15, "well": 10,
    }  # fmt: skip

    def why(self, row: Row, state: Condition) -> str:
        """A loop ends by nothing else."""
        return f"it ends the loop, and mends nothing: {row.reason}" if state == "loop" else row.reason

    async def run(self, case: Case, runner: Runner) -> None:
        """Stop it, and wait until it has ended."""
        async with engine_of(case) as client:
            name, seen = case.row.name, await whole(client, case.row.key, case.row.name)
            runner.rely("container", seen.id)
            if seen.host_config.get("AutoRemove"):
                runner.say(f"{name} was started with --rm: the engine removes it as soon as it has ended")
            await do(runner, patient(case, "stop", seen.id, seen.stop_s), name)

    def interrupts(self, case: Case) -> str:
        """Until somebody starts it."""
        return f"{case.row.name} answers nothing until somebody starts it again"

    def undone(self, case: Case) -> str:
        """By starting it."""
        return f"start {case.row.name} again with container.start"

    def undo(self, case: Case) -> Offer:
        """Start it."""
        return Offer(
            action="container.start", row=case.row.id, title=f"start container {case.row.name}", why="undo its stop",
            risk="safe",
        )  # fmt: skip
