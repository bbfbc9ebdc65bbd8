"""Stages on stores and brokers: PostgreSQL, Redis, memcached, RabbitMQ."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from typing import Any
from urllib.parse import quote

import amqp
import psycopg
import pytest
import redis

from ops.actions.errors import Refused
from ops.config.structs import Config
from ops.demo.servers import PostgresServer, RedisServer
from tests.parts.acting import config_of, planned, read
from tests.parts.dry_case import Stage, Staged, Staging
from tests.parts.memcached import Asking, MemcachedServer
from tests.parts.postgres_shop import LONG, ROW, Client, clients, shop_config
from tests.parts.rabbitmq import USER, RabbitServer

_SESSIONS = """
SELECT pid, backend_start::text, state, query_start::text FROM pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND application_name <> 'watchfloor' ORDER BY pid
"""
_TABLES = """
SELECT relname, reltuples, relpages, relfrozenxid::text, relfilenode FROM pg_class
WHERE relnamespace = 'public'::regnamespace ORDER BY relname
"""
_SLOTS = "SELECT slot_name, restart_lsn::text, active FROM pg_replication_slots ORDER BY slot_name"
_VHOST, _WORK, _DEAD = "dry", "mails", "mails.dead"
_BROKER = "rabbitmq:main"
_WRITES = ("unlink", "del", "flushdb", "flushall", "memory", "memory|purge", "set")


def _database(server: PostgresServer) -> object:
    """Its clients' sessions, its tables, and its slots."""
    with psycopg.connect(server.dsn(), autocommit=True, application_name="looking") as connection:
        return [connection.execute(question).fetchall() for question in (_SESSIONS, _TABLES, _SLOTS)]


async def _row_of_long_query(shop: Client) -> str:
    pid, _ = await shop.begin(LONG)
    return f"postgres.session:shop/{pid}"


async def _row_with_waiting(shop: Client) -> str:
    head = await shop.connect("holder")
    await head.execute("BEGIN")
    await head.execute("LOCK TABLE dry")
    await shop.begin("SELECT * FROM dry", "waits")
    await asyncio.sleep(0)
    return ROW


async def _row_of_all(shop: Client) -> str:
    return ROW


@asynccontextmanager
async def _postgres(
    request: pytest.FixtureRequest, row: Callable[[Client], Any] = _row_of_all, **params: str
) -> Staging:
    server: PostgresServer = request.getfixturevalue("postgres_of_wheel")
    config = shop_config(server, request.getfixturevalue("monkeypatch"))
    async with clients(server) as shop:
        admin = await shop.connect()
        await admin.execute("CREATE TABLE dry AS SELECT generate_series(1, 1000) AS n")
        await admin.execute("SELECT pg_create_physical_replication_slot('dry', true)")
        try:
            async with clients(server) as busy:
                yield Staged(config, await row(busy), partial(_database, server), params)
        finally:
            await admin.execute("DROP TABLE dry")
            await admin.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
                                " WHERE slot_name = 'dry'")  # fmt: skip


def _keys(client: "redis.Redis") -> object:
    """Every key with what is in it, and how often anything was called that changes some."""
    calls = client.info("commandstats")
    written = {name: calls.get(f"cmdstat_{name}", {}).get("calls", 0) for name in _WRITES}
    return {key: client.dump(key) for key in client.scan_iter()}, written


@asynccontextmanager
async def _redis(request: pytest.FixtureRequest, **params: str) -> Staging:
    server: RedisServer = request.getfixturevalue("own_redis")
    config = config_of(f'[[redis]]\nname = "cache"\nurl = "redis://{server.host}:{server.port}/0"\n')
    with redis.Redis(server.host, server.port) as client:
        client.mset({f"session:{number}": "x" for number in range(3)} | {"order:1": "y"})
        yield Staged(config, "redis:cache", partial(_keys, client), params)


def _items(asking: Asking) -> object:
    stats = asking.stats()
    return [stats[name] for name in ("curr_items", "cmd_flush", "cmd_set", "total_items")]


@asynccontextmanager
async def _memcached(request: pytest.FixtureRequest) -> Staging:
    server: MemcachedServer = request.getfixturevalue("memcached")
    asking: Asking = request.getfixturevalue("asking")
    asking.put("key", b"value")
    config = config_of(f'[[memcached]]\nname = "cache"\nhost = "{server.host}"\nport = {server.port}\n')
    yield Staged(config, "memcached:cache", partial(_items, asking))


@contextmanager
def _virtual_host(rabbit: RabbitServer) -> Iterator[str]:
    """One of the stage's own, with a queue whose dead letters come to another."""
    path = quote(_VHOST, safe="")
    rabbit.api("PUT", f"vhosts/{path}")
    try:
        rabbit.api("PUT", f"permissions/{path}/{USER}", {"configure": ".*", "write": ".*", "read": ".*"})
        yield path
    finally:
        rabbit.api("DELETE", f"vhosts/{path}")


def _connection(rabbit: RabbitServer, name: str) -> Any:
    connection = amqp.Connection(
        f"{rabbit.host}:{rabbit.port}", USER, rabbit.password.reveal(), virtual_host=_VHOST,
        client_properties={"connection_name": name},
    )  # fmt: skip
    connection.connect()
    return connection


def _die(channel: Any, count: int) -> None:
    """Let messages die into the queue of dead letters."""
    channel.queue_declare(_DEAD, durable=True, auto_delete=False)
    dying = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": _DEAD}
    channel.queue_declare(_WORK, durable=True, auto_delete=False, arguments=dying)
    for number in range(count):
        channel.basic_publish(amqp.Message(f"body {number}"), routing_key=_WORK)
        channel.basic_reject(channel.basic_get(_WORK).delivery_info["delivery_tag"], requeue=False)


def _depths(channel: Any) -> list[int]:
    """What is ready, by AMQP itself."""
    return [int(channel.queue_declare(name, passive=True).message_count) for name in (_WORK, _DEAD)]


def _connections(rabbit: RabbitServer, idle: Any) -> tuple[list[str], bool]:
    """Who is connected to the virtual host, and whether the idle one was not told to end."""
    try:
        idle.drain_events(timeout=0.01)
    except TimeoutError:
        pass
    except amqp.ConnectionForced:
        idle.collect()
    return sorted(one["name"] for one in rabbit.api("GET", f"vhosts/{_VHOST}/connections")), bool(idle.connected)


@asynccontextmanager
async def _rabbitmq(request: pytest.FixtureRequest, **params: str) -> Staging:
    rabbit: RabbitServer = request.getfixturevalue("rabbit")
    with _virtual_host(rabbit):
        config = _rabbit_config(request, rabbit)
        watching = _connection(rabbit, "looking")
        try:
            channel = watching.channel()
            _die(channel, 3)
            row = f"queue:main/{_VHOST}/{_DEAD}"
            await _row_is(config, row, 3)
            yield Staged(config, row, partial(_depths, channel), params)
        finally:
            watching.collect()


@asynccontextmanager
async def _idle(request: pytest.FixtureRequest) -> Staging:
    rabbit: RabbitServer = request.getfixturevalue("rabbit")
    with _virtual_host(rabbit):
        config, idle, given = _rabbit_config(request, rabbit), _connection(rabbit, "forgotten"), {"longer_than": "1s"}
        try:
            await _until_idle(config, given)
            yield Staged(config, _BROKER, partial(_connections, rabbit, idle), given)
        finally:
            idle.collect()


async def _row_is(config: Config, row: str, ready: int) -> None:
    """Poll until the API tells it, which may take a second."""
    async with asyncio.timeout(15):
        while True:
            if any((one.id, one.facts["ready"]) == (row, ready) for one in (await read(config)).of("queue")):
                return
            await asyncio.sleep(0.05)


async def _until_idle(config: Config, given: Mapping[str, str]) -> None:
    """Poll until the broker tells that nothing moves on it any more."""
    async with asyncio.timeout(60):
        while True:
            with suppress(Refused):
                plan = await planned(config, "rabbitmq.close-idle", _BROKER, **given)
                if any("forgotten" in str(step) for step in plan.steps):
                    return
            await asyncio.sleep(0.1)


def _rabbit_config(request: pytest.FixtureRequest, rabbit: RabbitServer) -> Config:
    request.getfixturevalue("monkeypatch").setenv("WF_TEST_RABBIT", rabbit.password.reveal())
    return config_of(
        f'[[rabbitmq]]\nname = "main"\nurl = "{rabbit.url}"\nuser = "{USER}"\n'
        f'password_env = "WF_TEST_RABBIT"\nvhosts = ["{_VHOST}"]\n'
    )


STAGES: Mapping[str, Stage] = {
    "memcached.flush": _memcached,
    "postgres.analyze": partial(_postgres, table="dry"),
    "postgres.cancel": partial(_postgres, row=_row_of_long_query),
    "postgres.drop-slot": partial(_postgres, slot="dry"),
    "postgres.terminate": partial(_postgres, row=_row_of_long_query),
    "postgres.unblock": partial(_postgres, row=_row_with_waiting),
    "postgres.vacuum": partial(_postgres, table="dry"),
    "rabbitmq.close-idle": _idle,
    "rabbitmq.drop-dead": _rabbitmq,
    "rabbitmq.purge": _rabbitmq,
    "rabbitmq.requeue": partial(_rabbitmq, to="back"),
    "redis.flush": _redis,
    "redis.purge-memory": _redis,
    "redis.unlink": partial(_redis, pattern="session:*"),
}
