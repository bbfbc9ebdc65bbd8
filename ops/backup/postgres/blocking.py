"""Says who holds up one of our sessions that waits for a lock."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from collectors.postgres_api.link import Row
from collectors.text import clean
from ops.backup.errors import BackupError
from ops.backup.postgres.session import Address, Session, beside
from ops.figures import duration

LOOK_S = 2.0
"""A wait that is shorter is not told."""
_MOST = 5
_WHO = (
    "SELECT a.pid, a.usename::text AS role, a.application_name AS application, a.state::text AS state, "
    "extract(epoch FROM a.xact_start)::float8 AS since FROM pg_stat_activity a "
    "WHERE a.pid = ANY(pg_blocking_pids(%s)) ORDER BY a.xact_start LIMIT 6"
)


@asynccontextmanager
async def blockers_told(address: Address, waiting: Session, say: Callable[[str], None]) -> AsyncIterator[None]:
    """Say who blocks `waiting` while it does what is done inside, each of them once."""
    task = asyncio.create_task(_watch(address, waiting.connection.info.backend_pid, say))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _watch(address: Address, pid: int, say: Callable[[str], None]) -> None:
    told = set[int]()
    await asyncio.sleep(LOOK_S)
    try:
        async with beside(address) as session:
            while True:
                rows = [row for row in await session.run(_WHO, pid) if row["pid"] not in told]
                for row in rows[:_MOST]:
                    told.add(row["pid"])
                    say(blocks(row, time.time()))
                await asyncio.sleep(LOOK_S)
    except BackupError as error:
        say(f"it can't be told who holds locks: {error.message}")


def blocks(row: Row, now: float) -> str:
    """One session, in words. Pure."""
    named = f", {clean(row['application'])}" if row["application"] else ""
    since = f" since {duration(max(0.0, now - row['since']))}" if row["since"] is not None else ""
    who = clean(row["role"] or "a user that may not be seen")
    return f"waits for a lock that session {row['pid']} ({who}{named}, {clean(row['state'] or 'busy')}) holds{since}"
