"""Replaces the rows of tables in one transaction; what they were is kept in tables beside them."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from collectors.text import clean
from ops.backup.errors import BackupError
from ops.backup.postgres.counting import Table
from ops.backup.postgres.session import Session, quoted

_ELSEWHERE = "restore into another database (--to NAME), and take the rows from there"


class Foreign(NamedTuple):
    """One foreign key."""

    of: Table
    name: str
    to: Table
    columns: tuple[str, ...]
    others: tuple[str, ...]
    """The columns that it points to, in the same order."""
    definition: str


class Copied(NamedTuple):
    """What was done."""

    asides: tuple[str, ...]
    """Tables with what was there before, as "schema.table"."""
    back: str
    """The statements that have it back, to be made together; "" for nothing."""
    dropped: tuple[str, ...]
    """The same tables as SQL writes them, to be dropped once nobody needs them."""
    notes: tuple[str, ...] = ()
    """Columns that the backup does not know of."""


class Columns(NamedTuple):
    """Of a table, as SQL writes them."""

    given: str
    """Those that the backup has."""
    every: str
    """Those of the place: some may have come since."""
    since: tuple[str, ...]
    """The names of these."""


async def foreign_of(session: Session, tables: Sequence[Table], *, also_to: bool = False) -> list[Foreign]:
    """Foreign keys of these tables; with `also_to` those that point to them too. Raises BackupError."""
    rows = await session.run(
        "SELECT n.nspname::text AS schema, c.relname::text AS table, k.conname::text AS name, "
        "pn.nspname::text AS to_schema, pc.relname::text AS to_table, pg_get_constraintdef(k.oid) AS definition, "
        "ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(n, o) JOIN pg_attribute a "
        "ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.o) AS columns, "
        "ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u(n, o) JOIN pg_attribute a "
        "ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY u.o) AS others "
        "FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
        "JOIN pg_class pc ON pc.oid = k.confrelid JOIN pg_namespace pn ON pn.oid = pc.relnamespace "
        "WHERE k.contype = 'f' AND k.conparentid = 0 ORDER BY 1, 2, 3"
    )
    found = [
        Foreign(
            Table(row["schema"], row["table"]), row["name"], Table(row["to_schema"], row["to_table"]),
            tuple(row["columns"]), tuple(row["others"]), row["definition"],
        )
        for row in rows
    ]  # fmt: skip
    return [one for one in found if one.of in tables or (also_to and one.to in tables)]


async def replaceable(place: Session, tables: Sequence[Table], *, superuser: bool) -> list[Foreign]:
    """Foreign keys that watch over the rows of these tables. Raises BackupError "auth" where they keep them."""
    foreign = await foreign_of(place, tables, also_to=True)
    if foreign and not superuser:
        raise BackupError(
            f"{clean(foreign[0].of.told)} has a foreign key ({clean(foreign[0].name)}), and only a superuser may write"
            " rows that it watches over in any order",
            f"use a superuser in the config, or {_ELSEWHERE}", reason="auth",
        )  # fmt: skip
    return foreign


class Aside(NamedTuple):
    """How rows are replaced."""

    superuser: bool
    name: Callable[[str], str]
    """What a table with the old rows is called."""
    foreign: Sequence[Foreign] = ()
    """Foreign keys that are added in the end, checked by the server."""


async def replaced(source: Session, place: Session, tables: Sequence[Table], how: Aside) -> Copied:
    """Put the rows of `source` in place of what is there. Raises BackupError; nothing is changed then."""
    foreign = await replaceable(place, tables, superuser=how.superuser)
    columns = {table: await _columns(source, place, table) for table in tables}
    asides = {table: Table(table.schema, how.name(table.name)) for table in tables}
    await place.run("BEGIN")
    try:
        if how.superuser:
            # Neither triggers nor cascades of foreign keys run; whether all of them hold is looked at in the end.
            await place.run("SET LOCAL session_replication_role = replica")
        for one in foreign:
            if one.to not in tables:
                # Nobody watches over what the new rows point to: who would take that away has to wait.
                await place.run(f"LOCK TABLE {one.to.quoted} IN SHARE MODE")
        for table in tables:
            await _replace(source, place, table, columns[table].given, asides[table], superuser=how.superuser)
            await go_on(place, table)
        for one in foreign:
            await _holds(place, one)
        for one in how.foreign:
            await place.run(f"ALTER TABLE {one.of.quoted} ADD CONSTRAINT {quoted(one.name)} {one.definition}")
        await place.run("COMMIT")
    except BaseException:
        await _undone(place)
        raise
    back = "; ".join(_back(table, columns[table].every, asides[table]) for table in tables)
    if back and how.superuser:
        back = f"SET session_replication_role = replica; {back}"
    old = asides.values()
    notes = (_since(table, columns[table].since) for table in tables if columns[table].since)
    return Copied(tuple(one.told for one in old), back, tuple(one.quoted for one in old), tuple(notes))


def _since(table: Table, names: Sequence[str]) -> str:
    named = ", ".join(map(clean, names))
    return f"{clean(table.told)} has columns that came after the backup, which are as in a new row: {named}"


async def go_on(session: Session, table: Table) -> None:
    """Let the sequences of a table go on after its rows; one that is further on stays. Raises BackupError."""
    rows = await session.run(
        "SELECT a.attname::text AS name, s.name AS sequence FROM pg_attribute a "
        "CROSS JOIN LATERAL pg_get_serial_sequence(%s, a.attname) s(name) "
        "WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped AND s.name IS NOT NULL",
        table.quoted,
        table.quoted,
    )
    for row in rows:
        most = await session.value(f"SELECT max({quoted(row['name'])})::bigint FROM {table.quoted}")  # noqa: S608
        if most is not None:
            await session.run(
                "SELECT setval(%s::regclass, %s) WHERE %s > coalesce(pg_sequence_last_value(%s::regclass), 0)",
                row["sequence"], most, most, row["sequence"],
            )  # fmt: skip


async def _undone(place: Session) -> None:
    if place.is_open:
        await place.run("ROLLBACK")


def _back(table: Table, columns: str, aside: Table) -> str:
    return (
        f"DELETE FROM ONLY {table.quoted}; INSERT INTO {table.quoted} ({columns}) "  # noqa: S608 - quoted names
        f"OVERRIDING SYSTEM VALUE SELECT {columns} FROM {aside.quoted}"
    )


async def _replace(
    source: Session, place: Session, table: Table, columns: str, aside: Table, *, superuser: bool
) -> None:
    await place.run(f"LOCK TABLE ONLY {table.quoted} IN SHARE ROW EXCLUSIVE MODE")
    if not superuser:
        await place.run(f"ALTER TABLE ONLY {table.quoted} DISABLE TRIGGER USER")
    await place.run(f"CREATE TABLE {aside.quoted} AS TABLE ONLY {table.quoted}")
    await place.run(f"DELETE FROM ONLY {table.quoted}")  # noqa: S608 - a quoted name
    await _copy(source, place, table, columns)
    if not superuser:
        await place.run(f"ALTER TABLE ONLY {table.quoted} ENABLE TRIGGER USER")


async def _copy(source: Session, place: Session, table: Table, columns: str) -> None:
    """Stream the rows from one database to the other."""
    from psycopg import Error

    # In a text without parameters no sign of a name has a meaning of its own.
    reading = f"COPY (SELECT {columns} FROM ONLY {table.quoted}) TO STDOUT".encode()  # noqa: S608 - quoted names
    writing = f"COPY {table.quoted} ({columns}) FROM STDIN".encode()
    try:
        async with (
            source.connection.cursor() as from_there,
            place.connection.cursor() as to_here,
            from_there.copy(reading) as given,
            to_here.copy(writing) as taken,
        ):
            async for piece in given:
                await taken.write(piece)
    except Error as error:
        raise place.fault(error) from error


async def _columns(source: Session, place: Session, table: Table) -> Columns:
    """All but generated ones. Raises BackupError where the place lacks one."""
    asked = (
        "SELECT a.attname::text AS name FROM pg_attribute a WHERE a.attrelid = %s::regclass AND a.attnum > 0 "
        "AND NOT a.attisdropped AND to_jsonb(a) ->> 'attgenerated' IS DISTINCT FROM 's' ORDER BY a.attnum"
    )
    names = [row["name"] for row in await source.run(asked, table.quoted)]
    there = [row["name"] for row in await place.run(asked, table.quoted)]
    if gone := [name for name in names if name not in there]:
        raise BackupError(
            f"{clean(table.told)} has no column {clean(gone[0])} any more, and the backup has one", _ELSEWHERE,
            reason="mismatch",
        )  # fmt: skip
    since = tuple(name for name in there if name not in names)
    return Columns(", ".join(map(quoted, names)), ", ".join(map(quoted, there)), since)


async def _holds(place: Session, one: Foreign) -> None:
    """Raises BackupError where a row points to one that is not there."""
    child, parent = one.of.quoted, one.to.quoted
    joined = " AND ".join(
        f"c.{quoted(here)} = p.{quoted(there)}" for here, there in zip(one.columns, one.others, strict=True)
    )
    told = " AND ".join(f"c.{quoted(here)} IS NOT NULL" for here in one.columns)
    asked = (
        f"SELECT EXISTS (SELECT FROM {child} c WHERE {told} "  # noqa: S608 - quoted names
        f"AND NOT EXISTS (SELECT FROM {parent} p WHERE {joined}))"
    )
    if await place.value(asked):
        raise BackupError(
            f"rows of {clean(one.of.told)} would point to rows of {clean(one.to.told)} that are not in it"
            f" ({clean(one.name)}); nothing was changed",
            f"restore both tables together, or {_ELSEWHERE}", reason="mismatch",
        )  # fmt: skip
