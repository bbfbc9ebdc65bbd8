"""FixSource: the seam between what acts and what asks a person. Screens, commands and policy know nothing else."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

from ops.actions.base import Offer, Param, Pick
from ops.board import Board
from ops.fixes.structs import Offered, Plan
from ops.jobs.structs import By, Job, OutputLine


class FixSource(Protocol):
    """Offers, plans, starts and follows. `ops.fixes.desk.FixDesk` is it for a config of this machine."""

    @property
    def read_only(self) -> str:
        """Why nothing can be done here ("started with --read-only", "no config file"); "" where it can."""

    def offers(self, board: Board, row_ids: Sequence[str]) -> tuple[Offered, ...]:
        """What fits all of these rows, best first; for a single row also what fits the cause of its trouble."""

    async def picks(self, board: Board, offer: Offer, param: Param) -> Sequence[Pick]:
        """What can be picked now. Raises ActionError."""

    async def plan(self, board: Board, offer: Offer) -> Plan:
        """Dry-run an offer whose parameters are all there. Raises ActionError with a sentence; Refused."""

    async def start(
        self, plan: Plan, by: By, *, typed: str = "", among: Sequence[Plan] = (), wait_s: float = 0.0
    ) -> Job:
        """Begin a job for a plan. Raises Refused: read-only, rights, not typed, held, nothing can be recorded.

        `typed` is what the person typed, as it was typed; `among` are all plans that this one answer was given for
        (`ops.fixes.typed.to_type` says what is to be typed for them).
        """

    def jobs(self) -> Sequence[Job]:
        """Running and past ones, newest first, at most 500. Cheap enough for once a second."""

    def job(self, number: int) -> Job | None:
        """One of them."""

    def output(self, number: int, last: int = 0) -> Sequence[OutputLine]:
        """What is kept of its output, all of it or the last lines."""

    def follow(self, number: int, after: int = -1) -> AsyncIterator[OutputLine]:
        """Lines with a number over `after`, then each new one, until the job has ended."""

    async def cancel(self, number: int, by: By | None = None) -> str:
        """End it: TERM, then KILL to all its processes; says what was done. Raises Refused: read-only, it has ended."""


def filled(offer: Offer, given: Mapping[str, str]) -> Offer:
    """The offer with these parameters, and only what is missing still asked."""
    from msgspec.structs import replace

    params = {**offer.params, **given}
    return replace(offer, params=params, ask=tuple(param for param in offer.ask if param.name not in params))
