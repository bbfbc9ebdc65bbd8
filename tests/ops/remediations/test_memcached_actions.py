"""A memcached is emptied for real, as its own client sees it."""

import asyncio

import pytest

from collectors.base import CollectError
from ops.actions.errors import ActionError, Refused
from ops.actions.registry import discover
from ops.config.structs import Config
from ops.runner.calls import Memcached
from ops.runner.dry import DryRunner
from ops.runner.real import RealRunner
from tests.parts.acting import MemorySink, act, config_of, fresh_case, planned, read, row_of
from tests.parts.memcached import Asking, MemcachedServer

ROW = "memcached:cache"


@pytest.fixture
def config(memcached: MemcachedServer) -> Config:
    """It as a target, too full for the threshold."""
    return config_of(f"""
[[memcached]]
name = "cache"
host = "{memcached.host}"
port = {memcached.port}

[[threshold]]
metric = "memcached.keys"
critical = 100
""")


async def test_it_is_emptied_and_the_dry_run_leaves_all(config: Config, asking: Asking) -> None:
    for number in range(150):
        asking.put(f"key-{number}", b"value")
    row = row_of(await read(config), ROW)
    assert row.level == "critical"
    (offer,) = discover()["memcached.flush"].offers(row, [row])
    assert offer.risk == "loses"
    plan = await planned(config, "memcached.flush", ROW)
    assert [call.told for call in plan.calls] == ["flush_all   (memcached:cache)"]
    assert asking.stats()["curr_items"] == "150"
    acted = await act(config, "memcached.flush", ROW, plan.seen)
    assert any("150 items" in line for line in acted.sink.of("say"))
    asking.get("key-1")
    assert asking.stats()["get_misses"] == "1"
    async with asyncio.timeout(20):
        while row_of(await read(config), ROW).level != "ok":  # noqa: ASYNC110 - its crawler frees them bit by bit
            await asyncio.sleep(0.1)


async def test_one_that_allows_no_flush_says_so(memcached: MemcachedServer, config: Config) -> None:
    memcached.stop()
    memcached.options = ("-F",)
    memcached.launch()
    with pytest.raises(Refused, match="allows no flush_all"):
        await act(config, "memcached.flush", ROW)


async def test_a_line_is_one_line_and_what_is_unknown_is_told(config: Config) -> None:
    runner = RealRunner(config, MemorySink(), {})
    for line in ("flush_all\r\nflush_all", "flush_all\x1b"):
        with pytest.raises(Refused, match="one line"):
            await runner.do(Memcached(target=ROW, line=line))
    with pytest.raises(Refused, match="no such command"):
        await runner.do(Memcached(target=ROW, line="nonsense"))


async def test_a_server_that_is_gone_by_then_is_told(memcached: MemcachedServer, config: Config) -> None:
    case = await fresh_case(config, "memcached.flush", ROW)
    memcached.stop()
    with pytest.raises(CollectError, match="refused"):
        await discover()["memcached.flush"].run(case, DryRunner())
    with pytest.raises(ActionError, match="refused"):
        await RealRunner(config, MemorySink(), {}).do(Memcached(target=ROW, line="flush_all"))
