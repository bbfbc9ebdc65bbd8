"""Starts a container that has ended."""

from collections.abc import Mapping
from typing import ClassVar

from ops.actions.base import Case, Offer, Risk
from ops.actions.containers import START_GRACE_S, Condition, ContainerAction, call, do
from ops.actions.docker import engine_of, running, whole
from ops.board import Row
from ops.runner.base import Runner

_SETTLED_S = 1.0
"""What ended before most often ends again at once, or not at all."""


class ContainerStart(ContainerAction):
    """Starts a container that has ended or was never started, as it is. One that somebody stopped may be meant so."""

    name = "container.start"
    title = "start a container"
    risk: ClassVar[Risk] = "safe"
    verb = "start"
    fits: ClassVar[Mapping[str, int]] = {"crashed": 95, "out of memory": 70, "stopped": 60, "created": 60}

    def why(self, row: Row, state: Condition) -> str:
        """Warns of what a person may have stopped."""
        if state != "stopped":
            return row.reason
        return f"exit code {row.facts.get('exit_code')}: somebody may have stopped it by hand; respect a manual stop"

    async def run(self, case: Case, runner: Runner) -> None:
        """Start it, and wait until it runs."""
        async with engine_of(case) as client:
            name, seen = case.row.name, await whole(client, case.row.key, case.row.name)
            runner.rely("container", seen.id)
            runner.rely("ended at", seen.state.finished_at)
            if seen.restart_policy in ("always", "unless-stopped") and seen.state.status == "exited":
                runner.say(f"its restart policy is {seen.restart_policy}: it stays ended when somebody stopped it")
            await do(runner, call(case, "POST", f"/containers/{seen.id}/start"), name)
            await runner.until(f"{name} runs", START_GRACE_S, running(client, seen.id, name, _SETTLED_S))

    def interrupts(self, case: Case) -> str:
        """Nothing."""
        return ""

    def undone(self, case: Case) -> str:
        """By stopping it."""
        return f"stop {case.row.name} again with container.stop"

    def undo(self, case: Case) -> Offer:
        """Stop it."""
        return Offer(
            action="container.stop", row=case.row.id, title=f"stop container {case.row.name}", why="undo its start"
        )
