"""Takes databases, each at one snapshot in which its rows are counted too; and the server's roles and settings."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager

import msgspec

from collectors.text import clean
from ops.backup.base import About, Place, Stream
from ops.backup.errors import BackupError
from ops.backup.names import word
from ops.backup.postgres import roles
from ops.backup.postgres.counting import Table, objects_of, rows_of, tables_of
from ops.backup.postgres.server import Server, address_of, closed, environment, looked_at, read_server, subject_of
from ops.backup.postgres.session import LOCK_S, Address, Said, Session, opened, text
from ops.backup.postgres.tools import Tools, for_server
from ops.backup.stages import early

_TRIES = 3
_MOST_LOCKS = 2000
"""Tables that are locked at once beside pg_dump's own locks; beyond, a TRUNCATE in between may go unseen."""
_ALONE = ("jit", "max_parallel_workers_per_gather")
_GONE = "42P01"
FACT = "database "
"""Begins the fact that says of which database a part is: "database db.shop.dump"."""

MAIN = "database"
"""The fact that tells the dsn's own database, which the config's checks are about."""


class Snapshot(msgspec.Struct, frozen=True):
    """One moment of a database, held as long as its session is."""

    name: str
    at: float
    tables: tuple[Table, ...]


async def taken(place: Place, about: About) -> AsyncGenerator[Stream, None]:
    """The parts: roles, each database, settings. As `Kind.take`."""
    address = address_of(place)
    async with looked_at(place, address) as (session, names):
        server = await read_server(session)
        settings = await roles.settings_of(session)
        unread = await closed(session) if "*" in place.backup.databases else []
    tools = await for_server(place, server.major)
    _tell(about, address, server, tools)
    about.notes += [f"database {clean(name)} is not in it: it takes no connections" for name in unread]
    gone = sorted({*place.backup.databases} - {*names, "*"})
    about.notes += [f"database {clean(name)} is not in it: it is lost, or takes no connections" for name in gone]
    made: list[roles.Database] = []
    async with aclosing(_globals(place, about, address, server, tools)) as first:
        for name in names:
            async with _begun(about, address, tools, server, name) as (stream, snapshot, database):
                async for one in first:  # once, while pg_dump of the first database reads what there is
                    yield one
                async with _counting(about, address, name, snapshot):
                    yield stream
            made.append(msgspec.structs.replace(database, objects=_objects(about, name)))
        async for one in first:
            yield one
    found = roles.Settings(version=server.words, settings=settings, databases=tuple(made))
    yield Stream(
        name=roles.SETTINGS, what="settings of the server and its databases", format="json",
        pieces=_once(msgspec.json.encode(found)), entries=lambda: len(settings),
    )  # fmt: skip


def _tell(about: About, address: Address, server: Server, tools: Tools) -> None:
    about.subject = subject_of(address)
    about.versions |= {"server": server.words, "pg_dump": tools.words}
    about.facts |= {
        "superuser": server.superuser,
        "user": server.user,
        "database": server.database,
        "server_version": server.words,
    }
    if server.system:
        about.facts["system_identifier"] = server.system
    if server.standby:
        about.notes.append("taken from a standby: unlogged tables are not in it, and it shows what had arrived there")


async def _globals(
    place: Place, about: About, address: Address, server: Server, tools: Tools
) -> AsyncGenerator[Stream, None]:
    passwords = roles.with_passwords(place, server)
    if not passwords:
        why = "this backup is not encrypted" if server.superuser else "only a superuser may read them"
        about.notes.append(f"passwords of roles are not in it: {why}")
    async with aclosing(roles.dumped(tools, address, server.database, passwords=passwords)) as pieces:
        yield Stream(name=roles.GLOBALS, what="roles of the server", format="sql", pieces=pieces, secret=passwords)


@asynccontextmanager
async def _begun(
    about: About, address: Address, tools: Tools, server: Server, name: str
) -> AsyncIterator[tuple[Stream, Snapshot, roles.Database]]:
    """One database as a stream, whose pg_dump runs already; the snapshot is held as long as the context lasts."""
    part = f"db.{word(name)}.dump"
    async with opened(address, name) as session:
        snapshot = await snapshot_of(session)
        async with early(dumped(tools, address, name, snapshot, standby=server.standby)) as pieces:
            database = await roles.database_of(session, server.version)
            about.at = min(about.at or snapshot.at, snapshot.at)
            about.facts[f"{FACT}{part}"] = name
            tables = len(snapshot.tables)
            stream = Stream(
                name=part, what=f"database {name}", format="pg_custom", pieces=pieces, entries=lambda: tables
            )
            yield stream, snapshot, database


@asynccontextmanager
async def _counting(about: About, address: Address, name: str, snapshot: Snapshot) -> AsyncIterator[None]:
    """Rows are counted at the same snapshot while the stream is read."""
    counting = asyncio.create_task(_counted(address, name, snapshot))
    try:
        yield
        rows, objects = await counting
        about.counts |= {f"{name}.{key}": count for key, count in rows.items()}
        about.facts |= {f"{name}: {key}": count for key, count in objects.items()}
    finally:
        counting.cancel()
        await asyncio.gather(counting, return_exceptions=True)


def _objects(about: About, name: str) -> dict[str, int]:
    begins = f"{name}: "
    return {
        key.removeprefix(begins): value
        for key, value in about.facts.items()
        if key.startswith(begins) and isinstance(value, int)
    }


async def _counted(address: Address, name: str, snapshot: Snapshot) -> tuple[dict[str, int], dict[str, int]]:
    """Over a connection of its own: what fails here would end the snapshot that pg_dump still needs."""
    async with opened(address, name) as session:
        await session.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        await session.run(f"SET TRANSACTION SNAPSHOT {text(snapshot.name)}")
        # One process counts, without code that is made for it first: pg_dump is slower, and on the same processors.
        await session.run(
            "SELECT set_config(name, '0', false) FROM pg_catalog.pg_settings WHERE name = ANY(%s)", list(_ALONE)
        )
        return await rows_of(session, snapshot.tables), await objects_of(session)


async def snapshot_of(session: Session) -> Snapshot:
    """Begin a transaction that shows one moment, with its tables kept from being emptied or dropped.

    A table that goes away in between makes it begin anew. Raises BackupError.
    """
    for left in reversed(range(_TRIES)):
        await session.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        at = time.time()
        name = str(await session.value("SELECT pg_export_snapshot()"))
        tables = await tables_of(session)
        try:
            await _lock(session, tables)
        except Said as error:
            await session.run("ROLLBACK")
            if error.sqlstate != _GONE or not left:
                raise _explained(error) from error
            continue
        return Snapshot(name, at, tuple(tables))
    raise BackupError("tables come and go too fast to take them", "take it at a calmer time", reason="lost")


async def _lock(session: Session, tables: Sequence[Table]) -> None:
    if tables and len(tables) <= _MOST_LOCKS:
        await session.run(f"LOCK TABLE {', '.join(f'ONLY {one.quoted}' for one in tables)} IN ACCESS SHARE MODE")


def _explained(error: Said) -> BackupError:
    if error.reason != "auth":
        return error
    remedy = "GRANT pg_read_all_data TO the user of the config (14 and later), or SELECT on all that it names"
    return BackupError(error.message, remedy, reason="auth")


def dumped(
    tools: Tools, address: Address, database: str, snapshot: Snapshot, *, standby: bool
) -> AsyncGenerator[bytes, None]:
    """What pg_dump writes of that snapshot, in its custom format without its own compression."""
    argv = [
        "pg_dump", "--format=custom", "--compress=0", f"--snapshot={snapshot.name}", "--no-password",
        f"--lock-wait-timeout={LOCK_S * 1000}",
    ]  # fmt: skip
    if standby:
        argv.append("--no-unlogged-table-data")
    return tools.stream(argv, environment(address, database, near=tools.near))


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
