"""A PostgreSQL whose settings, roles and schema a test changes as somebody with psql would."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ops.demo.servers import PostgresServer
from tests.parts.databases import PASSWORD
from tests.parts.drift_stage import Stage


def postgres_toml(server: PostgresServer) -> str:
    return (
        f'[[postgres]]\nname = "shop"\ndsn = "postgresql://watchfloor@{server.host}:{server.port}/shop"\n'
        'password_env = "WF_TEST_PASSWORD"\n'
    )


@pytest.fixture
def postgres_stage(tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A floor whose only source is each PostgreSQL in turn."""
    monkeypatch.setenv("WF_TEST_PASSWORD", PASSWORD)
    return Stage(tmp_path, postgres_toml(postgres), "postgres")


@pytest.fixture
def postgres_admin(postgres: PostgresServer) -> Iterator["psycopg.Connection[Any]"]:
    """A superuser; what it made is taken away in the end."""
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        yield connection
        for statement in (
            "DROP SCHEMA IF EXISTS drift CASCADE",
            "DROP ROLE IF EXISTS drift_ada",
            "DROP ROLE IF EXISTS drift_readers",
            "CREATE EXTENSION IF NOT EXISTS plpgsql",
            "ALTER SYSTEM RESET ALL",
            "SELECT pg_reload_conf()",
        ):
            connection.execute(statement.encode())


SCHEMA = """
CREATE ROLE drift_readers;
CREATE ROLE drift_ada LOGIN PASSWORD 'wf-canary-ada' CONNECTION LIMIT 5 IN ROLE drift_readers;
CREATE SCHEMA drift;
CREATE TYPE drift.mood AS ENUM ('good', 'bad');
CREATE TABLE drift.orders (id serial PRIMARY KEY, name text NOT NULL DEFAULT 'none', mood drift.mood);
CREATE INDEX by_name ON drift.orders (name);
CREATE VIEW drift.names AS SELECT name FROM drift.orders;
CREATE FUNCTION drift.double(a integer) RETURNS integer LANGUAGE sql AS 'SELECT a * 2';
GRANT SELECT ON drift.orders TO drift_ada;
"""
