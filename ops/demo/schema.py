"""Makes the shop's database and its roles, as a process that ends when that is done: `… DIRECTORY`."""

import sys
import time
from pathlib import Path

import psycopg
from psycopg import sql

from ops.demo.plan import HOST, Plan, read_plan

_PATIENCE_S = 30.0
_TICK_S = 0.03


def _connect(plan: Plan, user: str, who: str, database: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(
        host=HOST,
        port=plan.ports["postgres"],
        dbname=database,
        user=user,
        password=plan.passwords[who],
        connect_timeout=2,
        autocommit=True,
    )


def _wait(plan: Plan) -> psycopg.Connection[tuple[object, ...]]:
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return _connect(plan, "watchfloor", "admin", "postgres")
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_TICK_S)


def _make_roles(connection: psycopg.Connection[tuple[object, ...]], plan: Plan) -> None:
    for role in ("shop", "watch"):
        statement = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
        connection.execute(statement.format(sql.Identifier(role), sql.Literal(plan.passwords[role])))
    connection.execute("GRANT pg_monitor, pg_signal_backend TO watch")
    connection.execute("CREATE DATABASE shop OWNER shop")


def _count_statements(plan: Plan) -> None:
    """Keep statistics on statements, where this PostgreSQL can."""
    with _connect(plan, "watchfloor", "admin", "shop") as connection:
        available = "SELECT 1 FROM pg_available_extensions WHERE name = 'pg_stat_statements'"
        if connection.execute(available).fetchone():
            connection.execute("CREATE EXTENSION pg_stat_statements")


def main(directory: Path) -> None:
    """Wait for PostgreSQL, then make everything. Raises psycopg.Error when that fails."""
    plan = read_plan(directory)
    with _wait(plan) as connection:
        _make_roles(connection, plan)
    with _connect(plan, "shop", "shop", "shop") as connection:
        connection.execute(Path(__file__).with_name("schema.sql").read_bytes())
    _count_statements(plan)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
