"""Starts, stops or pauses a container, as it was agreed."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from ops.actions.base import Case, Offer, Risk
from ops.actions.containers import call, do, patient
from ops.actions.drift_engine import EngineDriftAction, container_there, standing
from ops.actions.drifted import settled
from ops.actions.errors import Refused
from ops.board import Row
from ops.runner.base import Runner

_VERBS = {"running": "start", "stopped": "stop", "paused": "pause"}
_SCORE, _SCORE_STOP = 90, 70


class DriftState(EngineDriftAction):
    """Lets a container run, or not, or rest, as the baseline has it."""

    name = "drift.state"
    title = "start, stop or pause a container as agreed"
    sources: ClassVar[tuple[str, ...]] = ("containers",)
    risk: ClassVar[Risk] = "interrupts"

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Where it ran and does not, or the other way round."""
        found = self.difference(row)
        if found is None or found.place.fact != "state" or found.before not in _VERBS:
            return
        starts = found.before == "running"
        yield Offer(
            action=self.name, row=row.id, why=f"it was {found.before} as agreed", risk="safe" if starts else self.risk,
            title=f"{_VERBS[str(found.before)]} container {found.place.item.partition('/')[2]}",
            score=_SCORE if starts else _SCORE_STOP,
        )  # fmt: skip

    async def run(self, case: Case, runner: Runner) -> None:
        """One or two requests."""
        async with standing(case, runner) as stand:
            seen = await container_there(stand, runner)
            wanted, status, name = stand.found.difference.before, seen.state.status, stand.case.row.name
            path = f"/containers/{seen.id}"
            runner.rely("state", status)
            if wanted not in _VERBS:
                raise Refused(f"{name} was in no state that can be brought about", "accept how it is", reason="missing")
            if status == "paused":
                await do(runner, call(stand.case, "POST", f"{path}/unpause"), name)
            if wanted == "stopped":
                await do(runner, patient(stand.case, "stop", seen.id, seen.stop_s), name)
            elif not seen.alive:
                await do(runner, call(stand.case, "POST", f"{path}/start"), name)
            if wanted == "paused":
                await do(runner, call(stand.case, "POST", f"{path}/pause"), name)
        await settled(case, runner)

    def interrupts(self, case: Case) -> str:
        """Only an end does."""
        return "" if case.row.facts.get("before") == "running" else f"{case.row.facts.get('item')} answers nothing then"

    def undone(self, case: Case) -> str:
        """By the opposite."""
        return "start, stop or pause it again, with the actions on its own row"
