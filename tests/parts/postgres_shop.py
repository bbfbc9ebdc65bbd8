"""A PostgreSQL as a target of actions, and its clients: long queries, open transactions, whatever a test needs."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import psycopg
import pytest

from ops.actions.base import Action, Offer
from ops.board import Row
from ops.config.structs import Config
from ops.demo.servers import PostgresServer
from ops.runner.base import Answer
from ops.runner.calls import Sql
from ops.runner.real import RealRunner
from tests.parts.acting import MemorySink, config_of, read, row_of
from tests.parts.databases import PASSWORD

ROW = "postgres:shop"
LONG = "SELECT pg_sleep(60)"


def shop_config(server: PostgresServer, monkeypatch: pytest.MonkeyPatch, user: str = "watchfloor") -> Config:
    """It as a target that is judged strictly; other users have the password "small"."""
    monkeypatch.setenv("WF_TEST_PASSWORD", PASSWORD if user == "watchfloor" else "small")
    return config_of(f"""
[[postgres]]
name = "shop"
dsn = "postgresql://{user}@{server.host}:{server.port}/shop"
password_env = "WF_TEST_PASSWORD"
sessions = 100

[[threshold]]
metric = "postgres.longest_query_s"
critical = "100ms"

[[threshold]]
metric = "postgres.longest_idle_in_transaction_s"
critical = "100ms"
""")


class Client:
    """Connections that end with the test."""

    def __init__(self, server: PostgresServer, stack: AsyncExitStack) -> None:
        self._server, self._stack = server, stack

    async def connect(self, name: str = "shop") -> "psycopg.AsyncConnection[Any]":
        """One connection, named."""
        opened = await psycopg.AsyncConnection.connect(
            self._server.dsn(), autocommit=True, application_name=name, options="-c lock_timeout=20s"
        )
        self._stack.push_async_callback(_close, opened)
        return opened

    async def begin(self, statement: str, name: str = "slow") -> tuple[int, "asyncio.Task[Any]"]:
        """Start a statement on a connection of its own and wait until the server runs it; its pid and its end."""
        connection = await self.connect(name)
        task = asyncio.create_task(connection.execute(statement.encode()))
        self._stack.push_async_callback(_end, task)
        pid = connection.info.backend_pid
        asking = await self.connect("asking")
        async with asyncio.timeout(30):
            while True:
                cursor = await asking.execute("SELECT state FROM pg_stat_activity WHERE pid = %s", (pid,))
                if (await cursor.fetchone()) == ("active",):
                    return pid, task
                await asyncio.sleep(0.01)


async def _close(connection: "psycopg.AsyncConnection[Any]") -> None:
    with suppress(psycopg.Error):
        await connection.close()


async def _end(task: "asyncio.Task[Any]") -> None:
    task.cancel()
    with suppress(psycopg.Error, asyncio.CancelledError):
        await task


@asynccontextmanager
async def clients(server: PostgresServer) -> AsyncIterator[Client]:
    """A shop full of clients."""
    async with AsyncExitStack() as stack:
        yield Client(server, stack)


async def facts_of(config: Config) -> Mapping[str, object]:
    """What the row of the server says now."""
    return row_of(await read(config), ROW).facts


async def until_facts(config: Config, holds: Callable[[Mapping[str, object]], bool]) -> None:
    """Poll until it says so."""
    async with asyncio.timeout(30):
        while True:
            if holds(await facts_of(config)):
                return
            await asyncio.sleep(0.05)


def offers_of(action: Action, row: Row, rows: Sequence[Row]) -> list[Offer]:
    """What it offers for a row of its kinds."""
    return list(action.offers(row, rows)) if row.kind in action.kinds else []


async def do(config: Config, call: Sql, sink: MemorySink | None = None) -> Answer:
    """Make one call for real."""
    return await RealRunner(config, sink or MemorySink(), {}).do(call)
