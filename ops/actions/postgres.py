"""What the actions on PostgreSQL share: reading who is there, and ending exactly whom the plan named."""

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal

import msgspec

from collectors.base import CollectError
from collectors.postgres import PostgresConfig
from collectors.postgres_api.blocking import one_line
from collectors.postgres_api.dsn import Dsn, read_dsn
from collectors.postgres_api.link import PostgresLink
from collectors.postgres_api.parse import session_key
from collectors.text import clean
from ops.actions.base import Case, Param, Pick
from ops.actions.errors import ActionError, Refused
from ops.actions.targets import settings_of
from ops.figures import duration
from ops.runner.base import Runner
from ops.runner.calls import Sql

NAME = "watchfloor"
"""What our own sessions call themselves."""
MOST = 200
"""Things that are listed for picking."""
_MOST_READ = 1000
_QUERY_LIMIT = 120
_HIDDEN = "GRANT pg_monitor TO the user of the config, so that the sessions of others are seen"

SESSION = Param(name="session", title="which session", kind="pick")
LONGER_THAN = Param(name="longer_than", title="longer than", kind="duration", default="5m", least=1.0)

Way = Literal["cancel", "terminate"]


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One session of a client, as `queries/endable.sql` gives it."""

    pid: int
    user: str | None = None
    application: str | None = None
    database: str | None = None
    state: str | None = None
    query: str = ""
    started_at: float
    query_started_at: float | None = None
    query_age_s: float | None = None
    state_age_s: float | None = None

    @property
    def key(self) -> str:
        """Its exact identity."""
        return session_key(self.pid, self.started_at)

    @property
    def works(self) -> bool:
        """Whether a query runs."""
        return self.state == "active"

    @property
    def told(self) -> str:
        """One line for a person."""
        who = clean(self.application or self.user or "unknown")
        at = f" in {clean(self.database)}" if self.database else ""
        age_s = self.query_age_s if self.works else self.state_age_s
        for_s = f" for {duration(max(0.0, age_s))}" if age_s is not None else ""
        return f"pid {self.pid} {who}{at}, {self.state or 'of unknown state'}{for_s}: {self.does}"

    @property
    def does(self) -> str:
        """Its query on one bounded line."""
        return clean(one_line(self.query), _QUERY_LIMIT)


@asynccontextmanager
async def reading(case: Case) -> AsyncIterator[PostgresLink]:
    """A read-only connection to the case's server. Raises CollectError, Refused for what is no PostgreSQL."""
    config = settings_of(case.spec, PostgresConfig, "PostgreSQL")
    link = PostgresLink(config.dsn, case.spec.secrets.get("password"), config.timeout, lambda _: None)
    try:
        await link.open()
        yield link
    finally:
        link.drop()


async def sessions_of(case: Case) -> list[Session]:
    """Clients' sessions without ours; for a statement's row those that run it now. Raises CollectError, Refused."""
    async with reading(case) as link:
        found = [_session(row) for row in await link.ask("endable", limit=_MOST_READ)]
        if case.row.kind != "postgres.query":
            return found
        if link.version < 140000:
            message = "which sessions run a statement is told by PostgreSQL 14 and later"
            raise Refused(message, "choose the session itself", reason="missing")
        running = {row["pid"] for row in await link.ask("running_statement", id=case.row.key)}
        return [session for session in found if session.pid in running]


def _session(row: Mapping[str, Any]) -> Session:
    query = (row["query"] or b"").decode("utf-8", "replace")
    return msgspec.convert({**row, "query": query}, Session)


async def session_picks(case: Case, *, only_working: bool = False) -> list[Pick]:
    """Sessions that can be meant, those at work first."""
    found = [session for session in await sessions_of(case) if session.works or not only_working]
    return [Pick(value=session.key, text=session.told) for session in found[:MOST]]


async def the_session(case: Case, key: str) -> Session:
    """The session of that key, as it is now. Raises Refused where it is gone, another one, or ours; CollectError."""
    for session in await sessions_of(case):
        if session.key == key:
            return session
    pid = key.partition("@")[0]
    if "@" not in key:
        raise Refused(f"when session {clean(pid)} began is hidden from this user", _HIDDEN, reason="permission")
    raise gone(pid)


def gone(pid: object) -> Refused:
    """Another one may have its pid by now."""
    return Refused(
        f"session {clean(pid)} is not there any more, or another one has its pid, or it is one of ours",
        "look at the sessions again",
        reason="changed",
    )


def ending(case: Case, way: Way, session: Session, *, same_query: bool) -> Sql:
    """The statement that ends exactly this session, or its very query: looked at again as it is made."""
    statement = (
        f"SELECT pg_{way}_backend(pid) AS done FROM pg_stat_activity "  # noqa: S608 - one of two fixed words
        "WHERE pid = %s AND extract(epoch FROM backend_start)::float8 = %s "
        "AND pid <> pg_backend_pid() AND coalesce(application_name, '') <> 'watchfloor'"
    )
    values: tuple[str | int | float, ...] = (session.pid, session.started_at)
    if same_query and session.query_started_at is not None:
        statement += " AND state = %s AND extract(epoch FROM query_start)::float8 = %s"
        values = (*values, session.state or "", session.query_started_at)
    return Sql(target=case.spec.id, statement=statement, parameters=values)


def rely_on(runner: Runner, session: Session, *, same_query: bool) -> None:
    """The plan is about this session, and where it says so about its query of now."""
    began = f", query of {session.query_started_at!r}" if same_query else ""
    runner.rely(f"session {session.pid}", f"{session.key}{began}")


async def end(case: Case, runner: Runner, way: Way, session: Session, *, same_query: bool) -> bool:
    """Make the call; False where it was gone or another one by then. In a plan it counts as done.

    Raises ActionError where the server could not signal it.
    """
    answer = await runner.do(ending(case, way, session, same_query=same_query))
    if answer.value == []:
        return False
    if answer.value and answer.value[0]["done"] is False:
        raise ActionError(f"the server could not signal pid {session.pid}", "read the server's log", reason="missing")
    return True


async def end_all(
    case: Case, runner: Runner, way: Way, chosen: Sequence[Session], *, same_query: bool, what: str
) -> None:
    """End those that the plan named and that are still the same; no other. Raises Refused where none was left."""
    for session in chosen:
        rely_on(runner, session, same_query=same_query)
    for session in chosen:
        runner.say(session.told)
    ended = 0
    for number, session in enumerate(chosen, 1):
        try:
            done = await end(case, runner, way, session, same_query=same_query)
        except ActionError as error:
            if not ended:
                raise
            message = f"{ended} of {len(chosen)} {what}, then it broke off at pid {session.pid}: {error.message}"
            raise ActionError(message, error.remedy, reason=error.reason) from error
        if done:
            ended += 1
        else:
            runner.say(f"pid {session.pid} had ended by itself")
        runner.progress(number / len(chosen), f"{ended} of {len(chosen)} {what}")
    if not ended:
        raise Refused("all of them had ended by themselves: nothing was done", "look again", reason="changed")


def server_of(case: Case) -> str:
    """The server as everybody names it who means the same, for locks."""
    dsn = _dsn(case)
    return "postgres " + ",".join(f"{host}:{port}" for host, port in dsn.servers) if dsn else case.spec.id


def database_of(case: Case) -> str:
    """The database of the dsn."""
    dsn = _dsn(case)
    return (dsn.parameters.get("dbname") or dsn.parameters.get("user") or "") if dsn else case.spec.id


def _dsn(case: Case) -> Dsn | None:
    config = case.spec.config
    try:
        return read_dsn(config.dsn, None, os.environ) if isinstance(config, PostgresConfig) else None
    except CollectError:
        return None
