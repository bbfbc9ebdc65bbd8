"""A plan waits for what it reads as long as its action says, and no longer."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar

import pytest

from ops.actions.base import Action, Case, Offer, Risk
from ops.actions.errors import ActionError
from ops.board import Row
from ops.fixes.offers import Shelf
from ops.fixes.planning import Desk, make_plan
from ops.runner.base import Runner
from ops.runner.calls import Program
from tests.parts import boards
from tests.parts.acting import config_of

ROW = "service:api"


class Slow(Action):
    """Reads for a fifth of a second."""

    name = "test.slow"
    title = "be slow"
    kinds: ClassVar[tuple[str, ...]] = ("service",)
    risk: ClassVar[Risk] = "safe"

    def offers(self, row: Row, rows: Sequence[Row]) -> Sequence[Offer]:
        return (Offer(action=self.name, row=row.id, title=self.title),)

    async def run(self, case: Case, runner: Runner) -> None:
        await asyncio.sleep(0.2)
        await runner.do(Program(argv=("true",)))

    def interrupts(self, case: Case) -> str:
        return ""

    def undone(self, case: Case) -> str:
        return "nothing is to be undone"


class Hasty(Slow):
    """The same, with less patience."""

    reads_s = 0.05


@pytest.mark.parametrize("action", [Slow(), Hasty()], ids=["as long as it says", "no longer"])
async def test_a_plan_waits(action: Action) -> None:
    config = config_of('[[service]]\nname = "api"\nurl = "http://127.0.0.1:9/"\n')
    board = boards.board(boards.row(ROW))
    desk = Desk(config=config, shelf=Shelf(actions={action.name: action}), now=boards.NOW)
    (offer,) = action.offers(boards.row(ROW), ())
    if action.reads_s > 1:
        assert [step.kind for step in (await make_plan(board, offer, desk)).steps] == ["call"]
        return
    with pytest.raises(ActionError, match="could not be read within 50 ms") as caught:
        await make_plan(board, offer, desk)
    assert (caught.value.reason, bool(caught.value.remedy)) == ("timeout", True)


class Losing(Slow):
    """Says of itself that it is safe, and in its run what goes for good."""

    async def run(self, case: Case, runner: Runner) -> None:
        runner.loses("all that it wrote goes")


@pytest.mark.parametrize(
    ("action", "risk", "typed"),
    [
        pytest.param(Losing(), "loses", "api", id="what its dry run says is lost asks for a name"),
        pytest.param(Slow(), "interrupts", "", id="nothing was said to be lost"),
    ],
)
async def test_a_plan_is_as_grave_as_what_its_dry_run_says(action: Action, risk: Risk, typed: str) -> None:
    config = config_of('[[service]]\nname = "api"\nurl = "http://127.0.0.1:9/"\n')
    (offer,) = action.offers(boards.row(ROW), ())
    desk = Desk(config=config, shelf=Shelf(actions={action.name: action}), now=boards.NOW)
    plan = await make_plan(boards.board(boards.row(ROW)), offer, desk)
    assert (plan.risk, plan.typed) == (risk, typed)
    assert ("all that it wrote goes" in [step.text for step in plan.steps]) == (risk == "loses")
