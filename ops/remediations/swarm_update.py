"""Replaces every task of a Swarm service, though nothing of it changed."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from ops.actions.base import Action, Case, Offer, Param, Risk
from ops.actions.docker import engine_of
from ops.actions.errors import Refused
from ops.actions.swarm import KIND, WITHIN, Managed
from ops.actions.swarm_settled import Goal
from ops.board import Row
from ops.runner.base import Runner


class SwarmUpdate(Action):
    """A forced update: every task is replaced in the service's own order and pace, and so finds its place anew.

    It stops where the service's update settings say so, with the error of the task that failed.
    """

    name = "swarm.update"
    title = "force an update of a Swarm service"
    kinds: ClassVar[tuple[str, ...]] = (KIND,)
    risk: ClassVar[Risk] = "interrupts"
    params: ClassVar[tuple[Param, ...]] = (WITHIN,)
    timeout_s = 3700.0
    expected_s = 5.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterator[Offer]:
        """Where fewer run than are wanted; what has no place would not find one by that."""
        mode, wanted = str(row.facts.get("mode") or ""), row.facts.get("wanted")
        if mode.endswith("job") or not wanted or row.word == "gone":
            return
        running = row.facts.get("running")
        lacking = isinstance(running, int) and isinstance(wanted, int) and running < wanted
        score, why = (15, "")
        if row.facts.get("pending_reason"):
            score, why = 20, row.reason
        elif row.facts.get("update_state") in ("updating", "rollback_started"):
            score = 10
        elif lacking:
            score, why = 80, f"{running} of {wanted} run"
        elif row.level != "ok":
            score, why = 50, row.reason
        yield Offer(
            action=self.name, row=row.id, title=f"replace all tasks of {row.name}", why=why, score=score, within_s=120.0
        )

    async def run(self, case: Case, runner: Runner) -> None:
        """Count ForceUpdate up and wait until the update is through."""
        async with engine_of(case) as client:
            service = Managed(client, case, runner)
            now = await service.read()
            if not {"Replicated", "Global"} & set(now.spec.get("Mode") or {}):
                raise Refused(f"{service.name} is a job, which is never updated by force", reason="protocol")
            template: dict[str, Any] = now.spec.get("TaskTemplate") or {}
            forced = (template.get("ForceUpdate") or 0) + 1
            spec = now.spec | {"TaskTemplate": template | {"ForceUpdate": forced}}
            goal = Goal("updated", "has replaced all its tasks")
            await service.change(now, spec, f'its spec with {{"ForceUpdate": {forced}}}', goal)

    def interrupts(self, case: Case) -> str:
        """As far as the service's own settings let it."""
        return f"each task of {case.row.name} is replaced in turn; with a single one nothing answers meanwhile"

    def undone(self, case: Case) -> str:
        """It need not be."""
        return "the tasks run the same as before"
