"""Reads a PostgreSQL server: connections, sessions and locks, its database's counters, replication, slow statements."""

from collections.abc import Mapping
from time import perf_counter
from typing import Any

import msgspec

from collectors.base import CollectError, Collector, Reading, Secret, TargetConfig
from collectors.deltas import Sample
from collectors.kept import read_kept
from collectors.postgres_api.dsn import looks_like_dsn, mask_dsn
from collectors.postgres_api.faults import Refused
from collectors.postgres_api.link import PostgresLink, Row
from collectors.postgres_api.parse import Answers, entities, holders

_SELDOM_S = 60.0
"""How often is asked what costs the server more than a glance: size on disk, slow statements, dead rows."""
_STATEMENTS = 10
_CROWDED_PERCENT = 50.0
_OLDEST = 100000
_HOW_TO_ENABLE = (
    "slow statements are not known: add pg_stat_statements to shared_preload_libraries, restart the server, then "
    "CREATE EXTENSION pg_stat_statements in {database}"
)


class PostgresConfig(TargetConfig, frozen=True, kw_only=True):
    """`[[postgres]]`. A password inside the dsn is masked wherever the config is shown."""

    dsn: str
    """postgresql://user@host:5432/database, or libpq's key=value form; hosts may be sockets' folders."""
    password_env: str = ""
    password_file: str = ""
    password_command: tuple[str, ...] = ()
    slow_queries: bool = True
    """Ask pg_stat_statements for the slowest statements."""
    sessions: int = 20
    """How many sessions are listed at most."""

    def __post_init__(self) -> None:
        if not looks_like_dsn(self.dsn):
            raise ValueError("dsn must be postgresql://user@host:5432/database or host=… user=… dbname=…")
        if not 0 <= self.sessions <= 200:
            raise ValueError("sessions must be from 0 to 200")

    def __repr__(self) -> str:
        return msgspec.Struct.__repr__(msgspec.structs.replace(self, dsn=mask_dsn(self.dsn)))


class _Seldom(msgspec.Struct):
    """What is asked about once a minute, as last told."""

    at: float = -_SELDOM_S
    size_bytes: int | None = None
    statements: list[Row] = []
    dead: list[Row] | None = None
    hint: str = ""


class Postgres(Collector[PostgresConfig]):
    """A PostgreSQL server over one read-only connection.

    Connections are counted against what ordinary roles can use, without the reserved slots. Hits and deadlocks are
    those since the poll before. Grant the role pg_monitor to see the sessions of others.
    """

    name = "postgres"
    section = "postgres"
    title = "PostgreSQL"
    Config = PostgresConfig

    def __init__(self, config: PostgresConfig, secrets: Mapping[str, Secret]) -> None:
        super().__init__(config, secrets)
        self._link = PostgresLink(config.dsn, secrets.get("password"), config.timeout, self.set_phase)
        self._before: Sample | None = None
        self._seldom = _Seldom()
        self._given_up: dict[str, str] = {}
        self._crowd = ""

    async def collect(self) -> Reading:
        """Read once; a connection that was kept from an earlier poll and broke since is renewed in the same poll."""
        return await read_kept(self._link, self._read)

    async def close(self) -> None:
        """Drop the connection."""
        self._link.drop()

    async def _read(self) -> Reading:
        await self._open()
        began = perf_counter()
        await self._link.ask("ping")
        query_s = perf_counter() - began
        activity = (await self._link.ask("activity"))[0]
        counters = Sample(perf_counter(), (await self._link.ask("database"))[0])
        replication = await self._optional("replication")
        sessions = await self._optional("sessions", limit=self.config.sessions) if self.config.sessions else None
        users = await self._users(activity)
        await self._ask_seldom()
        answers = Answers(
            connect_s=self._link.connect_s,
            query_s=query_s,
            activity=activity,
            counters=counters,
            before=self._before,
            replication=replication[0] if replication else None,
            size_bytes=self._seldom.size_bytes,
            sessions=sessions or (),
            statements=self._seldom.statements,
            users=users,
            dead=self._seldom.dead,
            hints=tuple(hint for hint in (self._seldom.hint, *self._given_up.values()) if hint),
        )
        self._before = counters
        return Reading(entities(self.config.name, answers))

    async def _open(self) -> None:
        """Connect if needed; when no slot is free, say what was known of who holds them."""
        if self._link.is_open:
            return
        self._given_up.clear()
        try:
            await self._link.open()
        except CollectError as error:
            if error.reason == "limit" and self._crowd:
                message = f"{error.message}; {self._crowd}"
                raise CollectError(message, reason="limit", remedy=error.remedy) from error
            raise
        if self._link.version < _OLDEST:
            raise CollectError("PostgreSQL before version 10 cannot be read", reason="protocol", retry=False)

    async def _optional(self, question: str, **parameters: Any) -> list[Row] | None:
        """Ask what can be done without; refused once, it is not asked again on this connection."""
        if question in self._given_up:
            return None
        try:
            return await self._link.ask(question, **parameters)
        except Refused as error:
            self._given_up[question] = error.message
            return None

    async def _users(self, activity: Row) -> list[Row]:
        room = activity["connections_max"] - activity["connections_reserved"]
        taken = activity["connections"]
        crowded = 100 * taken >= _CROWDED_PERCENT * room
        users = (await self._optional("users") or []) if crowded else []
        self._crowd = f"{taken} of {room} were taken when last seen"
        self._crowd += f", most by {holders(users)}" if users else ""
        return users

    async def _ask_seldom(self) -> None:
        now = perf_counter()
        if now - self._seldom.at < _SELDOM_S:
            return
        size = await self._optional("size")
        statements, hint = await self._statements() if self.config.slow_queries else ([], "")
        self._seldom = _Seldom(
            at=now,
            size_bytes=size[0]["size_bytes"] if size else None,
            statements=statements,
            dead=await self._optional("dead_rows"),
            hint=hint,
        )

    async def _statements(self) -> tuple[list[Row], str]:
        """The slowest statements, or how to make them known."""
        found = await self._optional("statements_where")
        if not found:
            return [], ""
        there = found[0]
        if not there["schema"] or not there["loaded"]:
            return [], _HOW_TO_ENABLE.format(database=there["database"])
        question = "statements" if self._link.version >= 130000 else "statements_before_13"
        rows = await self._optional(question, schema=there["schema"], limit=_STATEMENTS)
        return rows or [], ""
