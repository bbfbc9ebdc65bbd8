"""Memcached is read as its own `stats` tell it, over its life; and what is no memcached is told so."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from collectors.base import CollectError
from collectors.memcached import Memcached, MemcachedConfig
from ops.demo.child import free_port
from tests.parts.collecting import ended_after, fault, first
from tests.parts.memcached import Asking, MemcachedServer
from tests.parts.need import need
from tests.parts.servers import blurting
from tests.parts.wait import until

Watch = Callable[[MemcachedServer], Memcached]


@pytest.fixture
async def watch() -> AsyncIterator[Watch]:
    """Make collectors of a server, which are closed after the test."""
    made: list[Memcached] = []

    def make(of: MemcachedServer) -> Memcached:
        made.append(Memcached(MemcachedConfig(name="cache", host=of.host, port=of.port), {}))
        return made[-1]

    yield make
    for collector in made:
        await collector.close()


def of_port(port: int) -> Memcached:
    return Memcached(MemcachedConfig(name="cache", port=port), {})


async def test_the_figures_are_those_of_stats(memcached: MemcachedServer, asking: Asking, watch: Watch) -> None:
    asking.put("a", b"x" * 5000)
    asking.get("a")
    asking.get("b")
    facts = (await first(watch(memcached))).facts
    stats = asking.stats()
    assert facts["version"] == stats["version"]
    for ours, theirs in {
        "memory_bytes": "bytes",
        "memory_max_bytes": "limit_maxbytes",
        "get_hits": "get_hits",
        "get_misses": "get_misses",
        "evicted_keys": "evictions",
        "clients": "curr_connections",
        "clients_max": "max_connections",
        "keys": "curr_items",
    }.items():
        assert facts[ours] == int(stats[theirs]), ours
    assert facts["memory_percent"] == 100 * int(stats["bytes"]) / int(stats["limit_maxbytes"])
    assert (facts["get_hits"], facts["get_misses"], facts["keys"]) == (1, 1, 1)
    assert isinstance(facts["latency_s"], float)
    assert 0 < facts["latency_s"] < 1
    assert isinstance(facts["uptime_s"], int)


async def test_hits_are_those_of_the_interval(memcached: MemcachedServer, asking: Asking, watch: Watch) -> None:
    cache = watch(memcached)
    asking.put("a", b"1")
    assert (await first(cache)).facts["hit_ratio"] is None
    quiet = (await first(cache)).facts
    assert (quiet["hit_ratio"], quiet["gets"], quiet["evictions_per_s"]) == (None, 0, 0)
    for key in ("a", "a", "a", "b"):
        asking.get(key)
    facts = (await first(cache)).facts
    assert (facts["hit_ratio"], facts["gets"]) == (0.75, 4)
    assert isinstance(facts["ops_per_s"], float)
    assert facts["ops_per_s"] > 0
    assert (await first(cache)).facts["hit_ratio"] is None


async def test_evictions_and_reset_counters(memcached: MemcachedServer, asking: Asking, watch: Watch) -> None:
    cache = watch(memcached)
    await first(cache)
    for number in range(200):
        asking.put(f"k{number}", b"x" * 100_000)
    facts = (await first(cache)).facts
    assert facts["evicted_keys"] == int(asking.stats()["evictions"])
    assert isinstance(facts["evictions_per_s"], float)
    assert facts["evictions_per_s"] > 0
    assert asking.ask(b"stats reset\r\n") == [b"RESET\r\n"]
    reset = (await first(cache)).facts
    assert (reset["evictions_per_s"], reset["ops_per_s"], reset["evicted_keys"]) == (None, None, 0)


async def test_one_connection_is_kept(memcached: MemcachedServer, asking: Asking, watch: Watch) -> None:
    cache = watch(memcached)
    await first(cache)
    before = asking.stats()["total_connections"]
    for _ in range(3):
        await first(cache)
    assert asking.stats()["total_connections"] == before


async def test_hung_stopped_and_started_anew(memcached: MemcachedServer, watch: Watch) -> None:
    cache = watch(memcached)
    await first(cache)
    memcached.hang()
    assert await ended_after(cache, 0.3) < 3
    assert cache.phase == "waiting for the answer to version"
    assert await ended_after(cache, 0.3) < 3
    assert cache.phase == "waiting for its first answer"
    memcached.unhang()
    await first(cache)
    assert (await first(cache)).facts["evictions_per_s"] == 0
    memcached.stop()
    error = await fault(cache)
    assert (error.reason, error.message) == ("refused", f"127.0.0.1:{memcached.port} refused the connection")
    memcached.launch()
    anew = (await first(cache)).facts
    assert (anew["evictions_per_s"], anew["hit_ratio"], anew["ops_per_s"]) == (None, None, None)


async def test_a_restart_with_higher_counters_is_no_traffic(memcached: MemcachedServer, watch: Watch) -> None:
    """The new server has answered more gets than the old one ever did: still nothing can be said of the interval."""
    cache = watch(memcached)
    await first(cache)
    memcached.stop()
    memcached.launch()
    client = Asking(memcached)
    for _ in range(5):
        client.get("nothing")
    client.close()
    facts = (await first(cache)).facts
    assert (facts["get_misses"], facts["gets"], facts["hit_ratio"]) == (5, None, None)


async def test_over_a_unix_socket(memcached: MemcachedServer, watch: Watch) -> None:
    path = memcached.directory / "memcached.sock"
    local = MemcachedServer(memcached.directory, "-s", str(path))
    local.is_ready = path.exists  # type: ignore[method-assign]
    local.launch()
    try:
        cache = Memcached(MemcachedConfig(name="cache", socket=str(path)), {})
        assert (await first(cache)).facts["version"]
        await cache.close()
    finally:
        local.stop()
    path.unlink(missing_ok=True)
    assert (await fault(Memcached(MemcachedConfig(name="cache", socket=str(path)), {}))).reason == "missing"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param(("-B", "binary"), "speaks only the binary protocol", id="only the binary protocol"),
        pytest.param(("-S",), "speaks only the binary protocol", id="SASL"),
        pytest.param(("-Y", "accounts"), "answers only after a login", id="a login in the text protocol"),
    ],
)
async def test_one_that_wants_a_login(folder: Path, watch: Watch, options: tuple[str, ...], said: str) -> None:
    need(shutil.which("memcached"), "a memcached on PATH")
    (folder / "memcached.conf").write_text("mech_list: plain\n")
    (folder / "accounts").write_text("user:password\n")
    server = MemcachedServer(folder, *options, before=("env", f"SASL_CONF_PATH={folder}"))
    server.launch()
    try:
        error = await fault(watch(server))
        assert (error.reason, error.retry) == ("auth", False)
        assert said in error.message
        assert error.remedy
    finally:
        server.stop()


async def test_no_more_connections(folder: Path, watch: Watch) -> None:
    need(shutil.which("memcached"), "a memcached on PATH")
    server = MemcachedServer(folder, "-c", "30")
    server.launch()
    clients: list[Asking] = []
    try:
        until(lambda: _crowd(server, clients), "no free connection")
        error = await fault(watch(server))
        assert (error.reason, error.retry) == ("limit", True)
        clients.pop(0).close()
        clients.pop(0).close()
        deadline = time.monotonic() + 5
        while not await _clients(watch(server)):
            assert time.monotonic() < deadline
    finally:
        for client in clients:
            client.close()
        server.stop()


def _crowd(server: MemcachedServer, clients: list[Asking]) -> bool:
    clients.append(Asking(server))
    return clients[-1].ask(b"version\r\n")[0].startswith(b"ERROR Too many")


async def _clients(cache: Memcached) -> int:
    """Connections of the server as a collector reads them; 0 while it is still full."""
    try:
        return int((await cache.collect()).entities[0].facts["clients"] or 0)
    except CollectError:
        return 0
    finally:
        await cache.close()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", "protocol", id="another server"),
        pytest.param(b"\x1b]0;owned\x07\xff\x00\r\n", "protocol", id="hostile bytes"),
        pytest.param(b"ERROR\r\n", "protocol", id="nothing but ERROR"),
        pytest.param(b"VERSION 1\r\n" * 4 + b"ERROR\r\n", "protocol", id="a proxy without stats"),
        pytest.param(b"VERSION 1\r\n" * 4 + b"STAT pools 3\r\nEND\r\n", "protocol", id="figures of something else"),
        pytest.param(b"VERSION 1\r\n" * 4 + b"STAT a 1\r\n" * 600, "protocol", id="figures without end"),
        pytest.param(b"x" * 200_000, "protocol", id="a line without end"),
    ],
)
async def test_what_is_no_memcached(answer: bytes, reason: str) -> None:
    async with blurting(answer) as port:
        cache = of_port(port)
        error = await fault(cache)
        assert (error.reason, error.message.isprintable()) == (reason, True)
        assert error.remedy or reason == "protocol"
        await cache.close()


async def test_one_that_hangs_up_and_nobody_at_all() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        error = await fault(of_port(server.sockets[0].getsockname()[1]))
    assert (error.reason, error.message.endswith("closed the connection without an answer")) == ("reset", True)
    assert (await fault(of_port(free_port()))).reason == "refused"


@pytest.mark.parametrize("wrong", [{"host": ""}, {"port": 0}, {"port": 70_000}, {"socket": "relative"}], ids=str)
def test_settings_that_lead_nowhere(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        MemcachedConfig(name="cache", **wrong)  # type: ignore[arg-type]
