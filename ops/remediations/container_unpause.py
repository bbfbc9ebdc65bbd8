"""Lets a paused container go on."""

from collections.abc import Mapping
from typing import ClassVar

from ops.actions.base import Case, Risk
from ops.actions.containers import START_GRACE_S, ContainerAction, call, do
from ops.actions.docker import engine_of, running, whole
from ops.runner.base import Runner


class ContainerUnpause(ContainerAction):
    """Thaws the processes of a paused container: they go on where they were."""

    name = "container.unpause"
    title = "unpause a container"
    risk: ClassVar[Risk] = "safe"
    verb = "unpause"
    fits: ClassVar[Mapping[str, int]] = {"paused": 95}

    async def run(self, case: Case, runner: Runner) -> None:
        """Unpause it, and wait until it runs."""
        async with engine_of(case) as client:
            name, seen = case.row.name, await whole(client, case.row.key, case.row.name)
            runner.rely("container", seen.id)
            await do(runner, call(case, "POST", f"/containers/{seen.id}/unpause"), name)
            await runner.until(f"{name} runs", START_GRACE_S, running(client, seen.id, name))

    def interrupts(self, case: Case) -> str:
        """Nothing."""
        return ""

    def undone(self, case: Case) -> str:
        """By hand."""
        return f"docker pause {case.row.name} freezes it again"
