"""Holds a lock chain in PostgreSQL, as a process: one session idle in transaction, two that wait. `… DIRECTORY`."""

import asyncio
import sys
from pathlib import Path
from typing import LiteralString

import psycopg

from ops.demo.plan import HOST, Plan, read_plan

_LASTS_S = 300.0


async def _session(plan: Plan, application: str) -> psycopg.AsyncConnection[tuple[object, ...]]:
    return await psycopg.AsyncConnection.connect(
        host=HOST,
        port=plan.ports["postgres"],
        dbname="shop",
        user="shop",
        password=plan.passwords["shop"],
        connect_timeout=2,
        application_name=application,
    )


async def _work(session: psycopg.AsyncConnection[tuple[object, ...]], statement: LiteralString) -> None:
    """Wait for its lock as long as it takes, and be done: nobody waits longer than for who came first."""
    await session.execute(statement)
    await session.commit()


async def hold(plan: Plan) -> None:
    """Let "nightly-report" hold invoice 1, "billing" hold invoice 2 and wait for it, "dunning" wait for "billing"."""
    report, billing, dunning = [await _session(plan, name) for name in ("nightly-report", "billing", "dunning")]
    await report.execute("UPDATE invoices SET booked = true WHERE id = 1")
    await billing.execute("UPDATE invoices SET amount = amount + 1 WHERE id = 2")
    waiting = [asyncio.create_task(_work(billing, "UPDATE invoices SET amount = amount + 1 WHERE id = 1"))]
    await asyncio.sleep(0.1)
    waiting.append(asyncio.create_task(_work(dunning, "UPDATE invoices SET booked = true WHERE id = 2")))
    await asyncio.wait(waiting, timeout=_LASTS_S)


if __name__ == "__main__":
    asyncio.run(hold(read_plan(Path(sys.argv[1]))))
