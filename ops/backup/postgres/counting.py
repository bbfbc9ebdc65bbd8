"""Counts exactly what a database has, at the snapshot of the session that asks."""

from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from ops.backup.postgres.session import Session, table

_AT_ONCE = 50
_MEANT = {
    "{own}": "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'",
    "{not_of_an_extension}": "NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass "
    "AND d.objid = c.oid AND d.deptype = 'e')",
    "{class}": "pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace",
}
_TABLES = """
SELECT n.nspname::text AS schema, c.relname::text AS name FROM {class}
WHERE c.relkind = 'r' AND {own} AND {not_of_an_extension}
AND (c.relpersistence = 'p' OR (c.relpersistence = 'u' AND NOT pg_is_in_recovery()))
ORDER BY 1, 2
"""
_OBJECTS = """
SELECT 'tables' AS what, count(*) AS many FROM {class}
WHERE {own} AND {not_of_an_extension} AND c.relkind IN ('r', 'p', 'f')
UNION ALL SELECT 'views', count(*) FROM {class} WHERE {own} AND {not_of_an_extension} AND c.relkind IN ('v', 'm')
UNION ALL SELECT 'sequences', count(*) FROM {class} WHERE {own} AND {not_of_an_extension} AND c.relkind = 'S'
UNION ALL SELECT 'indexes', count(*) FROM pg_index i JOIN ({class}) ON c.oid = i.indrelid
WHERE {own} AND {not_of_an_extension} AND i.indisvalid
UNION ALL SELECT 'constraints', count(*) FROM pg_constraint k JOIN ({class}) ON c.oid = k.conrelid
WHERE {own} AND {not_of_an_extension} AND k.convalidated AND k.contype IN ('p', 'u', 'f', 'c', 'x')
UNION ALL SELECT 'triggers', count(*) FROM pg_trigger t JOIN ({class}) ON c.oid = t.tgrelid
WHERE {own} AND NOT t.tgisinternal
UNION ALL SELECT 'functions', count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE {own} AND NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
)
"""
"""Constraints of other kinds are counted otherwise by other versions."""
LARGE = "(large objects)"


class Table(NamedTuple):
    """One table with rows of its own: a partition, not what it is a part of."""

    schema: str
    name: str

    @property
    def quoted(self) -> str:
        """As SQL writes it."""
        return table(self.schema, self.name)

    @property
    def told(self) -> str:
        """As people write it, and as manifests count it: "public.orders"."""
        return f"{self.schema}.{self.name}"


async def tables_of(session: Session) -> list[Table]:
    """All whose rows a dump has: not those of extensions, nor foreign and temporary ones. Raises BackupError."""
    return [Table(row["schema"], row["name"]) for row in await session.run(_sql(_TABLES))]


async def rows_of(session: Session, tables: Sequence[Table]) -> dict[str, int]:
    """Exact numbers of rows by "schema.table", and of large objects where there are any. Raises BackupError."""
    await session.run("SELECT set_config('row_security', 'off', false)")
    found: dict[str, int] = {}
    rest = iter(tables)
    while some := list(islice(rest, _AT_ONCE)):
        # An SQL text without parameters: no sign of a table's name has a meaning in it.
        asked = " UNION ALL ".join(
            f"SELECT {at} AS at, count(*) AS rows FROM ONLY {one.quoted}"  # noqa: S608 - quoted names
            for at, one in enumerate(some)
        )
        for row in await session.run(asked):
            found[some[row["at"]].told] = row["rows"]
    if large := await session.value("SELECT count(*) FROM pg_largeobject_metadata"):
        found[LARGE] = int(large)
    return found


async def objects_of(session: Session) -> dict[str, int]:
    """How many of each kind of thing it has: valid indexes and constraints only. Raises BackupError."""
    return {row["what"]: row["many"] for row in await session.run(_sql(_OBJECTS))}


def _sql(text: str) -> str:
    for short, meant in _MEANT.items():
        text = text.replace(short, meant)
    return text
