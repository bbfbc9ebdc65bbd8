"""Who heads the trees of sessions that wait for locks, and who waits behind them."""

from collections.abc import Sequence

from collectors.postgres_api.blocking import Session as Waiting
from collectors.postgres_api.parse import session_of
from ops.actions.base import Case
from ops.actions.errors import Refused
from ops.actions.postgres import NAME, Session, reading

_MOST_READ = 1000


async def waiting_sessions(case: Case) -> list[Waiting]:
    """All sessions, those in the way first, with who waits for whom. Raises CollectError, Refused."""
    async with reading(case) as link:
        return [session_of(row) for row in await link.ask("sessions", limit=_MOST_READ)]


def heads_of(sessions: Sequence[Waiting]) -> list[Session]:
    """Those that others wait for and that wait for nobody. Raises Refused where none can be ended."""
    known = {session.pid: session for session in sessions}
    blockers = {pid for session in sessions for pid in session.blocked_by if pid != session.pid}
    if not blockers:
        raise Refused("nobody waits for a lock now", "look again", reason="changed")
    heads = sorted(pid for pid in blockers if pid not in known or not known[pid].blocked_by)
    if not heads:
        message = "they wait for each other in a circle, which the server itself ends (deadlock_timeout)"
        raise Refused(message, "wait a second and look again", reason="held")
    if 0 in heads:
        message = "a prepared transaction holds the locks, and no session has it"
        raise Refused(message, "find it in pg_prepared_xacts, then ROLLBACK PREPARED", reason="held")
    return [_head(pid, known.get(pid)) for pid in heads]


def _head(pid: int, session: Waiting | None) -> Session:
    if session is None:
        raise Refused(f"pid {pid} holds the locks and has just ended", "look again", reason="changed")
    if session.started_at is None:
        message = f"when session {pid} began is hidden from this user"
        raise Refused(message, "GRANT pg_monitor TO the user of the config", reason="permission")
    if session.application == NAME:
        raise Refused(f"pid {pid}, which holds the locks, is one of ours", "end that run of watchfloor", reason="held")
    return Session(
        pid=pid,
        user=session.user,
        application=session.application,
        state=session.state,
        query=session.query or "",
        started_at=session.started_at,
        query_age_s=session.query_age_s,
        state_age_s=session.age_s,
    )


def behind(sessions: Sequence[Waiting], heads: Sequence[Session]) -> int:
    """How many wait for one of these directly, as far as their pids are still theirs."""
    keys = {(head.pid, head.started_at) for head in heads}
    there = {session.pid for session in sessions if (session.pid, session.started_at) in keys}
    return sum(1 for session in sessions if there.intersection(session.blocked_by))
