"""One connection to one database for backups: it may write, nothing times it out, and its refusals are in words."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

import msgspec

from collectors.base import CollectError, Secret
from collectors.postgres_api.faults import server_words
from collectors.postgres_api.link import PostgresLink, Row
from collectors.postgres_api.parse import table_name
from ops.backup.errors import BackupError, Reason
from ops.backup.storing import in_thread

if TYPE_CHECKING:
    from psycopg import AsyncConnection, Error
    from psycopg.sql import Composable

LOCK_S = 60
"""How long is waited for a lock that somebody else holds."""
_CANCEL_S = 2.0
_ALIVE_S = 60
_ENDLESS = ("statement_timeout", "idle_in_transaction_session_timeout", "transaction_timeout")
_REASONS: Mapping[str, Reason] = {
    "42501": "auth", "53100": "full", "53200": "full", "55006": "held", "55P03": "held", "3D000": "missing",
    "42P01": "missing",
}  # fmt: skip
_REMEDIES = {
    "42501": "GRANT the user of the config what it asks for",
    "53100": "make room on the server's disk",
    "53200": "give the server more memory, or raise max_locks_per_transaction",
    "55006": "end what uses it, then try again",
    "55P03": "try again when whoever holds the lock is done",
}


class Said(BackupError):
    """The server said no to one statement."""

    def __init__(self, sqlstate: str, text: str) -> None:
        remedy = _REMEDIES.get(sqlstate, "see what the server says, and put that right")
        super().__init__(f"PostgreSQL said: {server_words(text)}", remedy, reason=_REASONS.get(sqlstate, "error"))
        self.sqlstate = sqlstate


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A server, and who connects to it. The dsn is never shown."""

    target: str
    """Id of its target, "postgres:shop"; "" for one that was made for a proof."""
    dsn: str
    password: Secret | None = None
    timeout_s: float = 5.0
    english: bool = False
    """Programs may ask the server to complain in English: only a superuser may choose its language."""

    def __repr__(self) -> str:
        return f"Address({self.target})"


class Session(PostgresLink):
    """A connection with the collector's way of connecting, but for work that may take hours."""

    def __init__(self, address: Address, database: str = "") -> None:
        """`database` in place of the dsn's."""
        super().__init__(address.dsn, address.password, address.timeout_s, lambda _: None)
        self._database = database

    def _settings(self, parameters: Mapping[str, str]) -> dict[str, Any]:
        own = {"application_name": "watchfloor", "options": parameters.get("options", "")}
        named = {"dbname": self._database} if self._database else {}
        # What holds a snapshot is silent for hours: firewalls forget such connections.
        return {"keepalives_idle": _ALIVE_S} | super()._settings(parameters) | own | named

    @property
    def connection(self) -> "AsyncConnection[Row]":
        """The open one. Raises BackupError "lost"."""
        if self._connection is None or self._connection.closed:
            raise BackupError("the connection to PostgreSQL is lost", "see whether the server runs", reason="lost")
        return self._connection

    async def begin(self) -> None:
        """Connect, and let nothing of the server's settings end it. Raises BackupError."""
        try:
            # Programs that were started meanwhile get on with it while it is read: it takes a tenth of a second.
            await in_thread(import_module, "psycopg")
            await self.open()
        except CollectError as error:
            raise unreachable(error) from error
        await self.run(
            "SELECT set_config(name, '0', false) FROM pg_catalog.pg_settings WHERE name = ANY(%s)", list(_ENDLESS)
        )
        await self.run(
            "SELECT set_config('lc_messages', 'C', false) FROM pg_catalog.pg_roles "
            "WHERE rolname = current_user AND rolsuper"
        )
        await self.run("SELECT set_config('lock_timeout', %s, false)", f"{LOCK_S}s")
        await self.run("SELECT set_config('search_path', 'pg_catalog', false)")

    async def run(self, statement: "str | Composable", *values: object) -> list[Row]:
        """The rows of one statement. Cancelled, it asks the server to end it too. Raises BackupError."""
        from psycopg import Error

        connection = self.connection
        text: Any = statement.encode() if isinstance(statement, str) else statement
        try:
            cursor = await connection.execute(text, values or None)
            return await cursor.fetchall() if cursor.description is not None else []
        except asyncio.CancelledError:
            await self.stop()
            raise
        except Error as error:
            raise self.fault(error) from error

    async def value(self, statement: "str | Composable", *values: object) -> Any:
        """The first column of the first row; None where there is none. Raises BackupError."""
        rows = await self.run(statement, *values)
        return next(iter(rows[0].values())) if rows else None

    async def stop(self) -> None:
        """Ask the server to end what it does for us."""
        from psycopg import Error

        with suppress(Error, BackupError):
            await self.connection.cancel_safe(timeout=_CANCEL_S)

    def fault(self, error: "Error") -> BackupError:
        """What the server or the connection said, in words."""
        state = error.sqlstate or ""
        broken = self._connection is None or self._connection.closed
        if broken or state.startswith("57P"):
            said = server_words(str(error))
            return BackupError(f"the connection to PostgreSQL broke: {said}", "see its log, then again", reason="lost")
        return Said(state, str(error))


def unreachable(error: CollectError) -> BackupError:
    """A connection that did not come about."""
    remedy = error.remedy or "see whether the server runs and lets this user in"
    reason: Reason = "auth" if error.reason == "auth" else "missing" if error.reason == "missing" else "unreachable"
    return BackupError(error.message, remedy, reason=reason)


@asynccontextmanager
async def opened(address: Address, database: str = "") -> AsyncIterator[Session]:
    """A session as long as the context lasts. Raises BackupError."""
    session = Session(address, database)
    try:
        await session.begin()
        yield session
    finally:
        session.drop()


@asynccontextmanager
async def beside(address: Address, not_in: tuple[str, ...] = ()) -> AsyncIterator[Session]:
    """A session in a database that none of these is, from which they can be made, renamed and dropped.

    The dsn's own is the last that is tried. Raises BackupError.
    """
    fault = BackupError("there is no database to work from", "create the database postgres", reason="missing")
    for name in ("postgres", "template1", ""):
        if name in not_in:
            continue
        session = Session(address, name)
        try:
            await session.begin()
            if await session.value("SELECT current_database() = ANY(%s)", list(not_in)):
                session.drop()
                continue
        except BackupError as error:
            session.drop()
            fault = error
            continue
        try:
            yield session
        finally:
            session.drop()
        return
    raise fault


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def table(schema: str, name: str) -> str:
    """A table as SQL writes it."""
    return table_name(schema, name)


def text(value: str) -> str:
    """A text as SQL writes it, whatever signs it has."""
    doubled = value.replace("\\", "\\\\").replace("'", "''")
    return f"E'{doubled}'"
