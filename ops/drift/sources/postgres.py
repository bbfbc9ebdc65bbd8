"""PostgreSQL: settings, who is let in, roles and grants, extensions, and the schema by object."""

from collections.abc import Mapping, Sequence
from typing import Any

from collectors.base import CollectError
from collectors.postgres import PostgresConfig
from collectors.postgres_api.faults import Refused
from collectors.postgres_api.link import PostgresLink, Row
from collectors.threads import DaemonPool
from ops.config.structs import TargetSpec
from ops.drift.base import Place, Source
from ops.drift.data.postgres_access import extensions, owned, roles, rules
from ops.drift.data.postgres_schema import functions, relations, types
from ops.drift.data.postgres_settings import settings
from ops.drift.data.servers import asked, prefix_of
from ops.drift.structs import Difference, Item

MOST = 20_000
"""Rows that are taken of one question."""
_BY_KIND: Mapping[str, str] = {
    "role": "CREATE, ALTER or DROP the role with psql, as its owner wants it",
    "database": "CREATE, ALTER or DROP the database with psql, as its owner wants it",
    "extension": "CREATE, ALTER or DROP EXTENSION with psql",
}
_OF_SCHEMA = "run the migration that makes the schema what it should be, or capture a new baseline after it"
_OF_SETTINGS = "set it in postgresql.conf, or with ALTER SYSTEM, then: SELECT pg_reload_conf()"
_ASKED = (
    "roles", "passwords", "databases", "schemas", "relations", "columns", "parts", "functions", "types", "access_rules",
)  # fmt: skip
_POOL = DaemonPool(1, name="drift-postgres")


class PostgresSource(Source):
    """Each `[[postgres]]`, with the schema of the database of its dsn. Hashes of passwords are kept as digests."""

    name = "postgres"
    title = "PostgreSQL's settings, roles and schema"
    group = "data"

    async def capture(self, place: Place) -> Sequence[Item]:
        """One item for each setting, role, table and so on. Raises NoData without a server, CollectError of the only.

        Of several servers one that can't be read is told as an item of its name.
        """
        return await asked(place, PostgresConfig, self.name, "PostgreSQL", _server)

    def by_hand(self, difference: Difference) -> str:
        """By what differs."""
        item, fact = difference.place.item, difference.place.fact
        kind = item.split("/")[1] if item.count("/") > 1 else ""
        if fact.startswith("grants.") or fact == "owner":
            return "GRANT, REVOKE or ALTER it as it was, with psql"
        if item.endswith("/access_rules"):
            return "put pg_hba.conf back as it was, then: SELECT pg_reload_conf()"
        if fact == "pending_restart":
            return "restart the server at a calm time, or take the new value back with ALTER SYSTEM"
        return _BY_KIND.get(kind, _OF_SETTINGS if not kind else _OF_SCHEMA)


async def _server(spec: TargetSpec, place: Place) -> list[Item]:
    config, prefix = spec.config, prefix_of(spec)
    if not isinstance(config, PostgresConfig):
        return []
    link = PostgresLink(config.dsn, spec.secrets.get("password"), config.timeout, lambda _: None)
    try:
        await link.open()
        found = await _read(link, prefix, place)
    except CollectError as error:
        return [Item(name=prefix[:-1], unreadable={"": error.message})]
    finally:
        link.drop()
    return found


async def _read(link: PostgresLink, prefix: str, place: Place) -> list[Item]:
    reader = _Reader(link)
    listed = await link.ask("drift_settings")
    files = await reader.optional("drift_settings_files")
    found = settings(prefix, listed, files, place.digest)
    if place.only and "/" not in place.only.removeprefix(prefix) and not place.only.endswith("/access_rules"):
        return found
    await link.ask("drift_search_path")
    answers = {name: await reader.optional(f"drift_{name}", limit=MOST) for name in _ASKED}
    answers["extensions"] = await reader.optional("drift_extensions")
    return found + await _POOL.run(_items, prefix, answers, reader.refused, place)


class _Reader:
    """Asks what may be refused, and remembers why."""

    def __init__(self, link: PostgresLink) -> None:
        self._link = link
        self.refused: dict[str, str] = {}
        """By question, without "drift_"."""

    async def optional(self, question: str, **parameters: Any) -> list[Row] | None:
        """None where it is refused."""
        try:
            return await self._link.ask(question, **parameters)
        except Refused as error:
            self.refused[question.removeprefix("drift_")] = error.message
            return None


def _items(prefix: str, answers: dict[str, list[Row] | None], refused: dict[str, str], place: Place) -> list[Item]:
    """In a thread: schemas may be large."""
    digest = place.digest
    found = roles(prefix, answers["roles"] or (), answers["passwords"], refused.get("passwords", ""), digest)
    found += owned(prefix, "database", answers["databases"] or (), digest)
    found += owned(prefix, "schema", answers["schemas"] or (), digest)
    if not refused.keys() & {"relations", "columns", "parts"}:
        rows, columns, parts = (answers[name] or () for name in ("relations", "columns", "parts"))
        found += relations(prefix, rows, columns, parts, digest, MOST)
    found += functions(prefix, answers["functions"] or (), digest)
    found += types(prefix, answers["types"] or ())
    found += extensions(prefix, answers["extensions"] or ())
    found += rules(prefix, answers["access_rules"], refused.get("access_rules", ""), digest)
    found += [
        Item(name=f"{prefix}{kind}", unreadable={"": refused[name]})
        for name, kinds in _KINDS.items()
        if name in refused
        for kind in kinds
    ]
    return found


_RELATIONS = ("table", "view", "sequence", "materialized_view", "foreign_table")
_KINDS: Mapping[str, tuple[str, ...]] = {
    "roles": ("role",),
    "databases": ("database",),
    "schemas": ("schema",),
    "relations": _RELATIONS,
    "columns": _RELATIONS,
    "parts": _RELATIONS,
    "functions": ("function",),
    "types": ("type",),
    "extensions": ("extension",),
}
"""Which items can't be told when a question is refused."""
