"""A PostgreSQL set without an engine: its parts are kept in memory, and may be damaged there."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from collectors.backup import BackupConfig
from ops.backup.base import About, Kind, Pieces, Place, Source
from ops.backup.kinds.postgres import PostgresKind
from ops.backup.structs import Manifest, Part
from ops.config.structs import TargetSpec
from ops.demo.servers import PostgresServer
from tests.parts.acting import config_of
from tests.parts.databases import PASSWORD

PIECE = 64 * 1024
SHOP = """
CREATE ROLE wf_shop_owner LOGIN PASSWORD 'wf-canary-owner';
CREATE ROLE wf_shop_reader;
GRANT wf_shop_reader TO wf_shop_owner;
CREATE SCHEMA "Odd ""Name";
CREATE TYPE public.mood AS ENUM ('good', 'bad');
CREATE TABLE public.customers (id serial PRIMARY KEY, name text NOT NULL, mood public.mood DEFAULT 'good');
CREATE TABLE public.orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer integer NOT NULL REFERENCES public.customers,
    total numeric(10, 2) CHECK (total >= 0), placed timestamptz DEFAULT now(),
    gross numeric GENERATED ALWAYS AS (total * 2) STORED
);
CREATE INDEX orders_by_customer ON public.orders (customer);
CREATE TABLE "Odd ""Name"."100% %s" (note text);
CREATE TABLE public.visits (at date NOT NULL, page text) PARTITION BY RANGE (at);
CREATE TABLE public.visits_2026 PARTITION OF public.visits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE public.parent (x integer);
CREATE TABLE public.child (y integer) INHERITS (public.parent);
CREATE VIEW public.rich AS SELECT id FROM public.orders WHERE total > 100;
CREATE MATERIALIZED VIEW public.sums AS SELECT customer, sum(total) AS total FROM public.orders GROUP BY customer;
CREATE FUNCTION public.double(a integer) RETURNS integer LANGUAGE sql AS 'SELECT a * 2';
INSERT INTO public.customers (name) SELECT 'customer ' || n FROM generate_series(1, 50) n;
INSERT INTO public.orders (customer, total) SELECT 1 + n % 50, n FROM generate_series(1, 1000) n;
INSERT INTO "Odd ""Name"."100% %s" VALUES (E'one\\ntwo'), ('three');
INSERT INTO public.visits SELECT '2026-05-01'::date + n % 30, '/' FROM generate_series(1, 300) n;
INSERT INTO public.parent VALUES (1); INSERT INTO public.child VALUES (2, 3), (4, 5);
ALTER TABLE public.orders OWNER TO wf_shop_owner;
GRANT SELECT ON public.orders TO wf_shop_reader;
"""
ROWS = {
    "public.customers": 50, "public.orders": 1000, 'Odd "Name.100% %s': 2, "public.visits_2026": 300,
    "public.parent": 1, "public.child": 2,
}  # fmt: skip


def filled(server: PostgresServer, name: str) -> None:
    """A database of that name with all that a dump should bring back; roles that a server has already stay."""
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}"'.encode())
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
        has = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'wf_shop_owner'").fetchone()
        connection.execute(f"ALTER DATABASE \"{name}\" SET work_mem = '5MB'".encode())
    run(server, SHOP[SHOP.index("CREATE SCHEMA") :] if has else SHOP, name)


def cut(data: bytes) -> bytes:
    """Half of a dump: its list is whole."""
    return data[: len(data) // 2]


def run(server: PostgresServer, statement: str, database: str) -> list[tuple[Any, ...]]:
    """What a statement gives in one of its databases."""
    with psycopg.connect(server.dsn(), dbname=database, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def names(server: PostgresServer) -> set[str]:
    """Its databases."""
    return {row[0] for row in run(server, "SELECT datname FROM pg_database", "postgres")}


def cleared(server: PostgresServer) -> None:
    """Take away what `filled` and restores made: the server is the next test's too."""
    for name in names(server):
        if name.lower().startswith("wf"):
            run(server, f'DROP DATABASE "{name}" WITH (FORCE)', "postgres")
    run(server, "DROP ROLE IF EXISTS wf_shop_owner; DROP ROLE IF EXISTS wf_shop_reader", "postgres")


def set_of(
    server: PostgresServer, scratch: Path, monkeypatch: pytest.MonkeyPatch, *, user: str = "watchfloor",
    dsn_database: str = "shop", **settings: Any,
) -> Place:  # fmt: skip
    """A set of that server; other users have the password "small"."""
    monkeypatch.setenv("WF_TEST_PASSWORD", PASSWORD if user == "watchfloor" else "small")
    config = config_of(f"""
[[postgres]]
name = "shop"
dsn = "postgresql://{user}@{server.host}:{server.port}/{dsn_database}"
password_env = "WF_TEST_PASSWORD"
""")
    return place_in(config, scratch, **settings)


def place_in(config: Any, scratch: Path, **settings: Any) -> Place:
    """A set of a config's server, with a scratch folder."""
    backup = BackupConfig(name="shop", kind="postgres", target="file:///nowhere", **settings)
    spec = TargetSpec(id="backup:shop", collector=config.targets[0].collector, config=backup)
    scratch.mkdir(mode=0o700, exist_ok=True)
    return Place(config=config, spec=spec, scratch=scratch)


class InMemory:
    """A backup whose parts are bytes."""

    def __init__(self, manifest: Manifest, parts: dict[str, bytes]) -> None:
        self.manifest, self.parts = manifest, parts

    @property
    def source(self) -> Source:
        """As a kind reads it."""
        return Source(manifest=self.manifest, open=self._open)

    def dump(self) -> Part:
        """The first database."""
        return next(part for part in self.manifest.parts if part.format == "pg_custom")

    def _open(self, part: Part) -> Pieces:
        return pieces_of(self.parts[part.name])


async def pieces_of(data: bytes) -> AsyncGenerator[bytes, None]:
    """Bytes as they are streamed."""
    for at in range(0, len(data), PIECE):
        yield data[at : at + PIECE]


async def whole(pieces: AsyncIterator[bytes]) -> bytes:
    """All bytes of a stream."""
    return b"".join([piece async for piece in pieces])


async def taken(place: Place, kind: Kind | None = None) -> InMemory:
    """Take a backup as an engine does."""
    about, parts, kept = About(), [], {}
    async with aclosing(_streams(kind or PostgresKind(), place, about)) as streams:
        async for stream in streams:
            data = await whole(stream.pieces)
            kept[stream.name] = data
            parts.append(
                Part(
                    name=stream.name,
                    what=stream.what,
                    format=stream.format,
                    plain_bytes=len(data),
                    stored_bytes=len(data),
                    digest=sha256(data).hexdigest(),
                    plain_digest=sha256(data).hexdigest(),
                    compressed=False,
                    entries=stream.entries(),
                )
            )
    return InMemory(manifest_of(about, parts), kept)


async def _streams(kind: Kind, place: Place, about: About) -> AsyncGenerator[Any, None]:
    async for stream in kind.take(place, about):
        yield stream


def manifest_of(about: About, parts: Sequence[Part]) -> Manifest:
    """What an engine would write of it."""
    at = about.at or 0.0
    made = Manifest(
        id="20261121T020000Z-1a2b3c", set="shop", kind="postgres", subject=about.subject, at=at, ended_at=at,
        took_s=0.0, host="here", versions=about.versions, parts=tuple(parts), counts=about.counts, facts=about.facts,
        notes=tuple(about.notes),
    )  # fmt: skip
    return msgspec.json.decode(msgspec.json.encode(made), type=Manifest)
