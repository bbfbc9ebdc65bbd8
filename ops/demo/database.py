"""The shop's own access to PostgreSQL: one connection a service, every statement within a deadline."""

import asyncio
from collections.abc import Sequence

import psycopg

from ops.demo.plan import HOST, Plan
from ops.demo.trouble import DatabaseError

_OPTIONS = "-c statement_timeout=700 -c lock_timeout=500"


class Database:
    """A connection that is opened when needed and dropped after any failure."""

    def __init__(self, plan: Plan, application: str) -> None:
        self._plan = plan
        self._application = application
        self._connection: psycopg.AsyncConnection[tuple[object, ...]] | None = None
        self._turn = asyncio.Lock()

    async def run(self, statement: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """Run one statement and give its rows. Raises DatabaseError or TimeoutError."""
        try:
            async with asyncio.timeout(0.9), self._turn:
                connection = self._connection or await self._connect()
                cursor = await connection.execute(statement.encode(), values)
                return await cursor.fetchall() if cursor.description else []
        except psycopg.Error as error:
            await self._drop()
            raise DatabaseError(_first_words(error)) from error
        except TimeoutError:
            await self._drop()
            raise

    async def _connect(self) -> psycopg.AsyncConnection[tuple[object, ...]]:
        plan = self._plan
        self._connection = await psycopg.AsyncConnection.connect(
            host=HOST,
            port=plan.ports["postgres"],
            dbname="shop",
            user="shop",
            password=plan.passwords["shop"],
            connect_timeout=1,
            application_name=self._application,
            options=_OPTIONS,
            autocommit=True,
        )
        return self._connection

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


def _first_words(error: psycopg.Error) -> str:
    text = str(error).strip().splitlines()
    if any("Connection refused" in line for line in text):
        return "connection refused"
    if any("closed the connection" in line or "terminating connection" in line for line in text):
        return "connection lost"
    return text[0][:120] if text else type(error).__name__
