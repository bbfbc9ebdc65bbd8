"""Makes the shop's database and its roles, as a process that ends when that is done: `… DIRECTORY [--empty | --drop]`.

What is there already stays as it is. `--empty` makes a database without tables, as a server that is started anew has
it; `--drop` drops the table of the products.
"""

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
    there = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
    for role in ("shop", "watch"):
        if role not in there:
            statement = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
            connection.execute(statement.format(sql.Identifier(role), sql.Literal(plan.passwords[role])))
    connection.execute("GRANT pg_monitor, pg_signal_backend TO watch")
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'shop'").fetchone():
        connection.execute("CREATE DATABASE shop OWNER shop")


def _count_statements(plan: Plan) -> None:
    """Keep statistics on statements, where this PostgreSQL can."""
    with _connect(plan, "watchfloor", "admin", "shop") as connection:
        available = "SELECT 1 FROM pg_available_extensions WHERE name = 'pg_stat_statements'"
        if connection.execute(available).fetchone():
            connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")


def main(directory: Path, how: str = "") -> None:
    """Wait for PostgreSQL, then make everything. Raises psycopg.Error when that fails."""
    plan = read_plan(directory)
    with _wait(plan) as connection:
        _make_roles(connection, plan)
    if how == "--drop":
        with _connect(plan, "shop", "shop", "shop") as connection:
            connection.execute("DROP TABLE IF EXISTS products")
        return
    if how != "--empty":
        with _connect(plan, "shop", "shop", "shop") as connection:
            connection.execute(Path(__file__).with_name("schema.sql").read_bytes())
    _count_statements(plan)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:3])
