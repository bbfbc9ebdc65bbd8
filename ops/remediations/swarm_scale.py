"""Sets how many tasks a Swarm service has."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from ops.actions.base import Action, Case, Offer, Param, Risk
from ops.actions.docker import engine_of
from ops.actions.errors import Refused
from ops.actions.swarm import KIND, WITHIN, Managed
from ops.actions.swarm_settled import Goal
from ops.board import Row
from ops.runner.base import Runner

REPLICAS = Param(name="replicas", title="how many tasks", kind="int", least=0, most=1000)


class SwarmScale(Action):
    """Sets how many tasks a replicated service has, and waits until exactly so many run.

    The swarm decides where they run, and which of them end.
    """

    name = "swarm.scale"
    title = "scale a Swarm service"
    kinds: ClassVar[tuple[str, ...]] = (KIND,)
    risk: ClassVar[Risk] = "interrupts"
    params: ClassVar[tuple[Param, ...]] = (REPLICAS, WITHIN)
    timeout_s = 3700.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterator[Offer]:
        """One more, one fewer, as many as have a place, and any number."""
        wanted, running = row.facts.get("wanted"), row.facts.get("running")
        if row.facts.get("mode") != "replicated" or not isinstance(wanted, int) or row.word == "gone":
            return
        if row.facts.get("pending_reason") and isinstance(running, int) and 0 < running < wanted:
            why = f"{wanted - running} of them have no place: {row.facts['pending_reason']}"
            yield self._offer(row, f"scale {row.name} to the {running} that have a place", running, 60, why)
        more = f"one more of {row.name} ({wanted + 1})"
        yield self._offer(row, more, wanted + 1, 20 if wanted else 40, "" if wanted else "none is wanted", "safe")
        if wanted > 1:
            yield self._offer(row, f"one fewer of {row.name} ({wanted - 1})", wanted - 1, 10)
        yield Offer(
            action=self.name, row=row.id, title=f"scale {row.name} from {wanted}", score=15, ask=(REPLICAS,),
            within_s=120.0,
        )  # fmt: skip

    def _offer(
        self, row: Row, title: str, replicas: int, score: int, why: str = "", risk: Risk = "interrupts"
    ) -> Offer:
        return Offer(
            action=self.name, row=row.id, title=title, why=why, score=score, risk=risk,
            params={REPLICAS.name: str(replicas)}, within_s=120.0,
        )  # fmt: skip

    async def run(self, case: Case, runner: Runner) -> None:
        """Set the number and wait for it."""
        wanted = case.number(REPLICAS.name)
        async with engine_of(case) as client:
            service = Managed(client, case, runner)
            now = await service.read()
            mode = now.spec.get("Mode") or {}
            if "Replicated" not in mode:
                raise Refused(f"{service.name} is not replicated, so it has no number to set", reason="protocol")
            before = (mode["Replicated"] or {}).get("Replicas", 1)
            if before == wanted:
                runner.say(f"{service.name} wants {wanted} already")
                return
            runner.say(f"{service.name}: from {before} to {wanted} tasks")
            spec = now.spec | {"Mode": {"Replicated": {"Replicas": wanted}}}
            goal = Goal("scaled", f"runs {wanted} of {wanted}")
            await service.change(now, spec, f'its spec with {{"Replicas": {wanted}}}', goal)

    def interrupts(self, case: Case) -> str:
        """Only what is taken away."""
        wanted, before = case.number(REPLICAS.name), case.row.facts.get("wanted")
        if wanted == 0:
            return f"nothing of {case.row.name} runs any more"
        fewer = isinstance(before, int) and wanted < before
        return "tasks that are more than that end, with the requests that they are working on" if fewer else ""

    def undone(self, case: Case) -> str:
        """With the number before."""
        return f"scale it back to {case.row.facts.get('wanted')}"

    def undo(self, case: Case) -> Offer | None:
        """The number before."""
        before = case.row.facts.get("wanted")
        return (
            self._offer(case.row, f"scale {case.row.name} back to {before}", before, 50)
            if isinstance(before, int)
            else None
        )
