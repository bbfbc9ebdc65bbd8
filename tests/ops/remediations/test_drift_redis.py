"""A real Redis is put right: "drift.redis-setting"."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from ops.actions.errors import Refused
from ops.demo.servers import RedisServer
from tests.parts.drift_stage import Stage


@pytest.fixture
def cache(own_redis: RedisServer) -> Iterator["redis.Redis"]:
    """The usual client of a Redis without a password."""
    with redis.Redis(own_redis.host, own_redis.port) as client:
        yield client


@pytest.fixture
def redis_stage(tmp_path: Path, own_redis: RedisServer) -> Stage:
    """A floor whose only source it is."""
    toml = f'[[redis]]\nname = "cache"\nurl = "redis://{own_redis.host}:{own_redis.port}/0"\n'
    return Stage(tmp_path, toml, "redis")


async def test_a_setting_of_redis_is_set_back(redis_stage: Stage, cache: "redis.Redis") -> None:
    await redis_stage.agree()
    cache.set("a", "b")
    assert await redis_stage.changes() == {}
    cache.config_set("maxmemory-policy", "allkeys-random")
    found = await redis_stage.differences()
    assert found.keys() == {"cache/maxmemory-policy#value"}
    (difference,) = found.values()
    (offered,) = redis_stage.desk.offers(difference)
    assert (offered.offer.action, offered.offer.risk) == ("drift.redis-setting", "loses")
    plan = await redis_stage.planned("drift.redis-setting", difference)
    assert cache.config_get("maxmemory-policy") == {"maxmemory-policy": "allkeys-random"}
    await redis_stage.fix("drift.redis-setting", difference, plan.seen)
    assert await redis_stage.changes() == {}


async def test_a_password_of_redis_is_a_digest_and_is_never_set(redis_stage: Stage, cache: "redis.Redis") -> None:
    cache.config_set("masterauth", "wf-canary-master")
    baseline = await redis_stage.agree()
    cache.config_set("masterauth", "wf-canary-other")
    found = await redis_stage.differences()
    assert found.keys() == {"cache/masterauth#value"}
    assert "wf-canary" not in f"{baseline}{found}"
    assert redis_stage.offered(*found.values()) == []
    assert "CONFIG SET" in redis_stage.desk.by_hand(*found.values())


async def test_a_user_that_has_got_a_password_does_not_lose_it(redis_stage: Stage, cache: "redis.Redis") -> None:
    cache.acl_setuser("ada", enabled=True, nopass=True, keys=["*"], commands=["+get"])
    await redis_stage.agree()
    cache.acl_setuser("ada", enabled=True, passwords=["+wf-canary-ada"])
    difference = (await redis_stage.differences())["cache/user/ada#rules"]
    with pytest.raises(Refused, match="would lose those that it has now"):
        await redis_stage.planned("drift.redis-user", difference)


async def test_a_user_whose_payload_is_not_checked_any_more_is_put_right(
    redis_stage: Stage, cache: "redis.Redis"
) -> None:
    cache.acl_setuser("ada", enabled=True, nopass=True, keys=["*"], commands=["+get"])
    await redis_stage.agree()
    cache.acl_setuser("ada", enabled=True, nopass=True, keys=["*"], commands=["+get"])
    assert await redis_stage.changes() == {}
    unchecked: Any = cache
    unchecked.execute_command("ACL", "SETUSER", "ada", "skip-sanitize-payload")
    await redis_stage.fix("drift.redis-user", (await redis_stage.differences())["cache/user/ada#rules"])
    assert await redis_stage.changes() == {}


async def test_a_redis_that_is_gone_hides_what_it_has(redis_stage: Stage, own_redis: RedisServer) -> None:
    await redis_stage.agree()
    own_redis.stop()
    assert {name: one.kind for name, one in (await redis_stage.differences()).items()} == {"cache": "unreadable"}
