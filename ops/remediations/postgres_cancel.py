"""Cancels queries of PostgreSQL: one, or all that run longer than so long."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from ops.actions.base import Action, Case, Offer, Param, Pick, Risk
from ops.actions.errors import Refused
from ops.actions.postgres import LONGER_THAN, SESSION, end_all, server_of, session_picks, sessions_of
from ops.actions.postgres_offers import offers_of
from ops.actions.waiting import longer_s
from ops.board import Row
from ops.figures import duration
from ops.runner.base import Runner


class PostgresCancel(Action):
    """`pg_cancel_backend`: the query ends with an error, its session stays; a transaction that it is in is rolled back.

    Pid, start of the session and start of the query are looked at again in the very statement. Our own sessions are
    never among them. The user of the config needs to be the session's own, or pg_signal_backend.
    """

    name = "postgres.cancel"
    title = "cancel queries of PostgreSQL"
    kinds: ClassVar[tuple[str, ...]] = ("postgres", "postgres.session", "postgres.query")
    risk: ClassVar[Risk] = "interrupts"
    params: ClassVar[tuple[Param, ...]] = (SESSION, LONGER_THAN)
    timeout_s = 120.0
    expected_s = 0.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """For a session at work; for the server and for a statement, all that run too long, or one of them."""
        yield from offers_of(row, "cancel")

    async def picks(self, case: Case, param: Param) -> Sequence[Pick]:
        """Sessions at work."""
        return await session_picks(case, only_working=True)

    async def run(self, case: Case, runner: Runner) -> None:
        """Read who is there, then cancel each of those that were meant."""
        key = case.params.get(SESSION.name) or (case.row.key if case.row.kind == "postgres.session" else "")
        limit_s = 0.0 if key else longer_s(case, LONGER_THAN)
        working = [session for session in await sessions_of(case) if session.works]
        chosen = [
            session for session in working if (session.key == key if key else (session.query_age_s or 0.0) >= limit_s)
        ]
        if not chosen:
            said = f"session {key.partition('@')[0]} runs no query now" if key else ""
            raise Refused(said or f"no query runs longer than {duration(limit_s)} now", "look again", reason="changed")
        await end_all(case, runner, "cancel", chosen, same_query=True, what="cancelled")

    def interrupts(self, case: Case) -> str:
        """Who asked gets an error."""
        return "whoever runs them gets an error, and their transactions are rolled back"

    def undone(self, case: Case) -> str:
        """It can't be."""
        return "a cancelled query is not begun again by itself: its client has to ask anew"

    def locks(self, case: Case) -> tuple[str, ...]:
        """The server's sessions."""
        return (f"{server_of(case)} sessions",)
