"""Restarts a container."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from msgspec.structs import replace

from ops.actions.base import Case, Offer, Risk
from ops.actions.containers import START_GRACE_S, ContainerAction, do, patient
from ops.actions.docker import engine_of, running, whole
from ops.actions.loops import NO_REMEDY, restarts_again_and_again
from ops.board import Row
from ops.runner.base import Runner


class ContainerRestart(ContainerAction):
    """Ends a container's processes (TERM, then KILL after its stop timeout) and starts it again, as it is."""

    name = "container.restart"
    title = "restart a container"
    risk: ClassVar[Risk] = "interrupts"
    expected_s = 5.0
    verb = "restart"
    fits: ClassVar[Mapping[str, int]] = {
        "unhealthy": 95, "out of memory": 80, "strained": 50, "loop": 20, "paused": 30, "well": 20,
    }  # fmt: skip

    def offers(self, row: Row, rows: Sequence[Row]) -> Sequence[Offer]:
        """As its condition says, but no help for what starts again and again by itself."""
        found = super().offers(row, rows)
        if not restarts_again_and_again(row):
            return found
        return [replace(offer, why=NO_REMEDY, score=min(offer.score, self.fits["loop"])) for offer in found]

    async def run(self, case: Case, runner: Runner) -> None:
        """Restart it, and wait until it runs."""
        async with engine_of(case) as client:
            name, seen = case.row.name, await whole(client, case.row.key, case.row.name)
            runner.rely("container", seen.id)
            await do(runner, patient(case, "restart", seen.id, seen.stop_s), name)
            await runner.until(f"{name} runs", START_GRACE_S, running(client, seen.id, name))

    def interrupts(self, case: Case) -> str:
        """Until it is up again."""
        return f"{case.row.name} answers nothing while it ends and starts again"

    def undone(self, case: Case) -> str:
        """It need not be."""
        return "it runs the same as before; nothing is to be undone"
