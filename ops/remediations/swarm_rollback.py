"""Takes a Swarm service back to its spec before."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from ops.actions.base import Action, Case, Offer, Param, Risk
from ops.actions.docker import engine_of
from ops.actions.errors import Refused
from ops.actions.swarm import KIND, WITHIN, Managed
from ops.actions.swarm_settled import Goal
from ops.actions.swarm_specs import differences
from ops.board import Row
from ops.runner.base import Runner

_SCORES = {"paused": (95, "its update was paused"), "updating": (60, ""), "completed": (75, "it was updated")}
"""By the state of the update, for a service that is not well."""


class SwarmRollback(Action):
    """Takes a service back to the spec that it had before its last change, with the swarm's own rollback.

    The plan says what differs between the two, without the values of the environment.
    """

    name = "swarm.rollback"
    title = "roll a Swarm service back"
    kinds: ClassVar[tuple[str, ...]] = (KIND,)
    risk: ClassVar[Risk] = "interrupts"
    params: ClassVar[tuple[Param, ...]] = (WITHIN,)
    timeout_s = 3700.0
    expected_s = 5.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterator[Offer]:
        """Best for an update that was paused; what was rolled back already would go to what failed."""
        state = row.facts.get("update_state")
        if not state or row.word == "gone":
            return
        score, why = (10, "") if row.level == "ok" else _SCORES.get(str(state), (15, ""))
        yield Offer(
            action=self.name, row=row.id, title=f"roll {row.name} back", why=why and f"{why}: {row.reason}",
            score=score, within_s=120.0,
        )  # fmt: skip

    async def run(self, case: Case, runner: Runner) -> None:
        """Go back and wait until the tasks of that spec run."""
        async with engine_of(case) as client:
            service = Managed(client, case, runner)
            now = await service.read()
            if not now.previous_spec:
                raise Refused(
                    f"the swarm keeps no spec of {service.name} before this one",
                    "update it to the image that is wanted",
                    reason="missing",
                )
            for line in differences(now.spec, now.previous_spec):
                runner.say(line)
            goal = Goal("rolled back", "is rolled back and runs")
            await service.change(now, now.spec, "the spec before", goal, rollback="previous")

    def interrupts(self, case: Case) -> str:
        """What the update had replaced is replaced again."""
        return f"tasks of {case.row.name} that were updated are replaced by ones of the spec before"

    def undone(self, case: Case) -> str:
        """The same again."""
        return "another rollback brings the present spec back"

    def undo(self, case: Case) -> Offer | None:
        """Of two specs the one before the other is the first."""
        return Offer(action=self.name, row=case.row.id, title=f"bring the newer spec of {case.row.name} back")
