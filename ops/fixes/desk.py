"""FixDesk: the FixSource of a config on this machine. Costs nothing until something is asked of it."""

import os
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ops.actions.base import Action, Offer, Param, Pick
from ops.actions.errors import ActionError, Refused
from ops.board import Board
from ops.config.structs import Config
from ops.fixes.structs import Offered, Plan
from ops.jobs.structs import By, Job, OutputLine, Request

if TYPE_CHECKING:
    from ops.fixes.offers import Shelf
    from ops.jobs.book import JobBook

_COUNT_EVERY_S = 0.5
_GUARD_EVERY_S = 3.0
"""Who may write the config is looked at no oftener for what is only shown; a start looks anew."""


class FixDesk:
    """Offers, plans, starts and follows. What is refused is on record too."""

    def __init__(
        self,
        config: Config,
        *,
        clock: Callable[[], float] = time.time,
        actions: Mapping[str, Action] | None = None,
    ) -> None:
        """`actions` are those that discovery finds, where nothing else is said. Imports and opens nothing yet."""
        self._config, self._clock, self._actions = config, clock, actions
        self._book: JobBook | None = None
        self._counted_at, self._count = float("-inf"), 0
        self._guarded_at, self._others = float("-inf"), ""

    @property
    def read_only(self) -> str:
        """Why nothing can be done here; "" where it can."""
        from ops.fixes.gate import read_only

        return read_only(self._config) or self._by_others()

    def _by_others(self) -> str:
        now = self._clock()
        if not 0 <= now - self._guarded_at < _GUARD_EVERY_S:
            from ops.fixes.gate import others

            self._guarded_at, self._others = now, others(self._config)
        return self._others

    @property
    def running(self) -> int:
        """How many jobs run, for the header: looked at every half second at most, at nothing where none ever ran."""
        now = self._clock()
        if not 0 <= now - self._counted_at < _COUNT_EVERY_S:
            self._counted_at = now
            self._count = sum(job.runs for job in self.jobs()) if self.ever else 0
        return self._count

    @property
    def ever(self) -> bool:
        """Whether any job was ever begun here, as far as that is cheap to tell: False costs no import."""
        return self._book is not None or os.path.isdir(self._folder() / "jobs")

    def offers(self, board: Board, row_ids: Sequence[str]) -> tuple[Offered, ...]:
        """What fits all of these rows, best first, each with why it can't be done by this person now.

        What rights deny comes last: waiting or asking a colleague to end his job does not help there.
        """
        from ops.fixes.gate import denied
        from ops.fixes.offers import offered
        from ops.fixes.who import me

        by = me("screen")
        said = [
            (one, denied(self._config, by, one.offer.action, one.offer.row))
            for one in offered(board, row_ids, self._shelf(self.jobs()))
        ]
        ranked = sorted(said, key=lambda pair: bool(pair[1]))
        return tuple(replace(one, allowed=self._why_not(board, one.offer, why)) for one, why in ranked)

    def named(self, board: Board, name: str, row: str = "") -> tuple[Offer, ...]:
        """The offers that a name means: a `[[fix]]` or an action. Raises UsageError, Refused."""
        from ops.fixes.named import named

        return named(board, name, row, self._shelf(()))

    def known_params(self, offer: Offer) -> tuple[str, ...]:
        """Names of what can be given to it."""
        from ops.fixes.params import known

        declared = known(self._known()[offer.action], self._shelf(()).fix(offer.fix))
        return tuple(dict.fromkeys([*offer.params, *(param.name for param in (*offer.ask, *declared))]))

    async def picks(self, board: Board, offer: Offer, param: Param) -> Sequence[Pick]:
        """What can be picked now. Raises ActionError."""
        from ops.fixes.picking import picks

        return await picks(self._config, self._shelf(()), board, offer, param)

    async def plan(self, board: Board, offer: Offer) -> Plan:
        """Dry-run an offer whose parameters are all there. Raises ActionError with a sentence; Refused."""
        from ops.fixes.planning import Desk, make_plan

        jobs = self.jobs()
        desk = Desk(config=self._config, shelf=self._shelf(jobs), jobs=jobs, now=self._clock())
        return await make_plan(board, offer, desk)

    async def start(
        self, plan: Plan, by: By, *, typed: str = "", among: Sequence[Plan] = (), wait_s: float = 0.0
    ) -> Job:
        """Begin a job for a plan. Raises Refused: read-only, rights, not typed, held, nothing can be recorded."""
        from ops.fixes.gate import agreed, may
        from ops.fixes.starting import begin, request_of

        request = request_of(self._config, plan, by, typed=typed, wait_s=wait_s, now=self._clock())
        try:
            may(self._config, by, request.action, request.row)
            agreed(plan, by, typed, among)
            self._not_held(plan, wait_s)
            self._counted_at = float("-inf")
            return await begin(self._opened(), request)
        except Refused as refusal:
            unrecorded = await self._put_on_record(request, refusal)
            if not unrecorded:
                raise
            remedy = f"{refusal.remedy}; {unrecorded}".removeprefix("; ")
            raise Refused(refusal.message, remedy, reason=refusal.reason) from refusal

    def jobs(self) -> Sequence[Job]:
        """Running and past ones, newest first, at most 500."""
        return self._opened().jobs()

    def job(self, number: int) -> Job | None:
        """One of them."""
        return self._opened().job(number)

    def output(self, number: int, last: int = 0) -> Sequence[OutputLine]:
        """What is kept of its output, all of it or the last lines."""
        return self._opened().output(number, last)

    def follow(self, number: int, after: int = -1) -> AsyncIterator[OutputLine]:
        """Lines with a number over `after`, then each new one, until the job has ended."""
        return self._opened().follow(number, after)

    async def cancel(self, number: int, by: By | None = None) -> str:
        """End it: TERM, then KILL to all its processes. Raises Refused: read-only, or it has ended."""
        from ops.fixes.gate import not_read_only

        not_read_only(self._config)
        return await self._opened().cancel(number, by)

    def _folder(self) -> Path:
        from ops.store.places import store_folder

        return store_folder(self._config)

    def _opened(self) -> "JobBook":
        if self._book is None:
            from ops.jobs.book import JobBook

            self._book = JobBook(self._folder())
        return self._book

    def _known(self) -> Mapping[str, Action]:
        if self._actions is None:
            from ops.actions.registry import discover

            self._actions = discover()
        return self._actions

    def _shelf(self, jobs: Sequence[Job]) -> "Shelf":
        from ops.fixes.offers import Shelf
        from ops.fixes.record import records

        return Shelf(actions=self._known(), fixes=self._config.fixes, records=records(jobs))

    def _why_not(self, board: Board, offer: Offer, denied: str) -> str:
        from ops.fixes.starting import held_by, locks_of

        return (
            self.read_only
            or denied
            or held_by(locks_of(self._config, self._known()[offer.action], board, offer), self._clock())
        )

    def _not_held(self, plan: Plan, wait_s: float) -> None:
        from ops.fixes.starting import held_by

        held = held_by(plan.locks, self._clock()) if wait_s <= 0 else ""
        if held:
            raise Refused(held, "wait until that has ended, or look at it with o", reason="held")

    async def _put_on_record(self, request: Request, refusal: ActionError) -> str:
        """The trail's disk may be slow: the floor goes on meanwhile."""
        from ops.fixes.starting import record_refusal
        from ops.jobs.aside import aside

        return await aside(record_refusal, self._folder(), request, refusal)
