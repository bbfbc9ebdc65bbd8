"""A FixSource in memory: offers, plans and picks are what a test puts in; it remembers what was planned and started."""

import asyncio
from collections.abc import Mapping, Sequence

from ops.actions.base import Offer, Param, Pick
from ops.actions.errors import ActionError
from ops.board import Board
from ops.fixes.structs import Offered, Plan, Price, Record, Step
from ops.jobs.structs import By, Job, OutputLine, Proof, Request
from tests.parts.boards import NOW
from tests.parts.memory_jobs import MemoryJobs


def offer(action: str = "container.restart", row: str = "service:api", **more: object) -> Offer:
    """An offer for a row."""
    given: dict[str, object] = {"action": action, "row": row, "title": f"{action} {row.partition(':')[2]}"}
    return Offer(**given | more)  # type: ignore[arg-type]


def offered(made: Offer, **more: object) -> Offered:
    """The offer as a menu shows it: it worked 7 times of 9, and is not cheap."""
    given: dict[str, object] = {
        "offer": made,
        "record": Record(tried=9, worked=7, median_s=41.0, interrupted_s=4.0, last_failed_at=NOW - 2 * 86400),
        "price": Price(interrupted_s=11.0, spends_ratio=0.006, burning_ratio_per_h=0.021, budget="api availability"),
    }
    return Offered(**given | more)  # type: ignore[arg-type]


def plan(made: Offer, **more: object) -> Plan:
    """A plan of two calls, proved by the check of the row."""
    given: dict[str, object] = {
        "offer": made,
        "key": "",
        "steps": (
            Step(kind="say", text="the container is 0123456789ab"),
            Step(kind="call", text="POST /containers/0123456789ab/restart?t=10"),
        ),
        "seen": {"container": "0123456789ab"},
        "interrupts": "what it serves, until it is up again",
        "undone": "nothing needs to be undone",
        "record": Record(tried=9, worked=7, median_s=41.0),
        "price": Price(interrupted_s=11.0, spends_ratio=0.006, burning_ratio_per_h=0.021, budget="api availability"),
        "proof": Proof(row=made.row, checks=("service.reach",), was="down: refused", within_s=60.0),
        "locks": (made.row,),
        "risk": made.risk,
        "timeout_s": 300.0,
    }
    return Plan(**given | more)  # type: ignore[arg-type]


class MemoryFixes(MemoryJobs):
    """An honest FixSource that does nothing. `fits` says what is offered for a row; it has the jobs that are given."""

    def __init__(
        self,
        fits: Mapping[str, Sequence[Offered]],
        *jobs: Job,
        output: Mapping[int, Sequence[OutputLine]] | None = None,
    ) -> None:
        super().__init__(*jobs, output=output)
        self.fits = dict(fits)
        self.plans: dict[str, Plan | ActionError] = {}
        """What planning gives, by action; another action gets `plan`."""
        self.refuses: dict[str, ActionError] = {}
        """What starting says, by row."""
        self.can_pick: Sequence[Pick] | ActionError = ()
        self.planned: list[Offer] = []
        self.started: list[tuple[Plan, By, str]] = []
        self.may_go_on = asyncio.Event()
        """Cleared by a test, planning and picking wait for it."""
        self.may_go_on.set()
        self.asked = 0
        """How often it was asked for offers."""

    def offers(self, board: Board, row_ids: Sequence[str]) -> tuple[Offered, ...]:
        """What fits a row; of several the actions that each of them has, one offer for each."""
        self.asked += 1
        del board
        if len(row_ids) == 1:
            return tuple(self.fits.get(row_ids[0], ()))
        known = [{each.offer.action: each for each in self.fits.get(row_id, ())} for row_id in row_ids]
        return tuple(of[action] for action in known[0] if all(action in each for each in known) for of in known)

    async def picks(self, board: Board, offer: Offer, param: Param) -> Sequence[Pick]:
        """What can be picked, or why not."""
        del board, offer, param
        await self.may_go_on.wait()
        if isinstance(self.can_pick, ActionError):
            raise self.can_pick
        return self.can_pick

    async def plan(self, board: Board, offer: Offer) -> Plan:
        """The plan that was put in, or why there is none."""
        del board
        self.planned.append(offer)
        await self.may_go_on.wait()
        made = self.plans.get(offer.action) or plan(offer)
        if isinstance(made, ActionError):
            raise made
        return made

    async def start(
        self, plan: Plan, by: By, *, typed: str = "", among: Sequence[Plan] = (), wait_s: float = 0.0
    ) -> Job:
        """Remember it, or refuse."""
        from ops.fixes.gate import agreed

        del wait_s
        agreed(plan, by, typed, among)
        if (why := self.refuses.get(plan.offer.row)) is not None:
            raise why
        self.started.append((plan, by, typed))
        request = Request(
            config="", action=plan.offer.action, row=plan.offer.row, title=plan.offer.title, proof=plan.proof, by=by,
            asked_at=NOW,
        )  # fmt: skip
        return Job(id=16 + len(self.started), request=request, state="starting")
