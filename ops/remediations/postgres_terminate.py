"""Ends sessions of PostgreSQL: one, or all that run a query or leave a transaction open longer than so long."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from ops.actions.base import Action, Case, Offer, Param, Pick, Risk
from ops.actions.errors import Refused
from ops.actions.postgres import (
    LONGER_THAN,
    SESSION,
    Session,
    end_all,
    server_of,
    session_picks,
    sessions_of,
    the_session,
)
from ops.actions.postgres_offers import IDLE, WHAT, offers_of
from ops.actions.waiting import longer_s
from ops.board import Row
from ops.figures import duration
from ops.runner.base import Runner


class PostgresTerminate(Action):
    """`pg_terminate_backend`: the session ends, whatever it does, and its transaction is rolled back.

    Pid and start of the session are looked at again in the very statement; another one that has the pid by now is left
    alone. Our own sessions are never among them. The user of the config needs to be the session's own, or
    pg_signal_backend.
    """

    name = "postgres.terminate"
    title = "end sessions of PostgreSQL"
    kinds: ClassVar[tuple[str, ...]] = ("postgres", "postgres.session", "postgres.query")
    risk: ClassVar[Risk] = "interrupts"
    params: ClassVar[tuple[Param, ...]] = (SESSION, LONGER_THAN, WHAT)
    timeout_s = 120.0
    expected_s = 1.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """For a session; for the server and for a statement, all that run or idle too long, or one of them."""
        yield from offers_of(row, "terminate")

    async def picks(self, case: Case, param: Param) -> Sequence[Pick]:
        """All sessions but ours."""
        return await session_picks(case)

    async def run(self, case: Case, runner: Runner) -> None:
        """Read who is there, then end each of those that were meant."""
        key = case.params.get(SESSION.name) or (case.row.key if case.row.kind == "postgres.session" else "")
        if key:
            chosen = [await the_session(case, key)]
        else:
            chosen = await _too_long(case)
        await end_all(case, runner, "terminate", chosen, same_query=not key, what="ended")

    def interrupts(self, case: Case) -> str:
        """Who is connected loses the connection."""
        return "whoever has these sessions loses the connection, and what they have not committed is rolled back"

    def undone(self, case: Case) -> str:
        """It can't be."""
        return "an ended session does not come back: its client has to connect and ask anew"

    def locks(self, case: Case) -> tuple[str, ...]:
        """The server's sessions."""
        return (f"{server_of(case)} sessions",)


async def _too_long(case: Case) -> list[Session]:
    limit_s, idle = longer_s(case, LONGER_THAN), case.params.get(WHAT.name) == IDLE
    chosen = [session for session in await sessions_of(case) if _age(session, idle) >= limit_s]
    if not chosen:
        what = "session is idle in transaction" if idle else "query runs"
        raise Refused(f"no {what} longer than {duration(limit_s)} now", "look again", reason="changed")
    return chosen


def _age(session: Session, idle: bool) -> float:
    """Seconds that count; less than none for a session that is not meant."""
    if idle:
        return (session.state_age_s or 0.0) if (session.state or "").startswith(IDLE) else -1.0
    return (session.query_age_s or 0.0) if session.works else -1.0
