"""Services of a real swarm are changed: the diff names exactly that, and every fix for it was run."""

import asyncio
from collections.abc import Iterator

import pytest

from ops.drift.docker.service import FIELDS
from tests.parts.drift_stage import Stage
from tests.parts.drift_swarm import GONE, MUTATIONS, NO_TASK, WAYS
from tests.parts.drift_world import Mutation, Proof, World, more, prove, wrong
from tests.parts.swarm import IMAGE, Stack, SwarmEngine


@pytest.fixture(scope="module")
def world(swarm_engine: SwarmEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A service for each fact."""
    stack = Stack(swarm_engine)
    swarm_engine.docker("tag", IMAGE, f"{IMAGE}-2")
    toml = f'[[swarm]]\nname = "local"\nurl = "{swarm_engine.url}"\nonly = ["{stack.glob}"]\n'
    try:
        for way in WAYS:
            stack.run(way.name, *NO_TASK, *way.options)
        stack.run(GONE, *NO_TASK)
        stage = Stage(tmp_path_factory.mktemp("swarm"), toml, "swarm")
        yield World(stage, ["swarm"], stack, {"p": stack.prefix}, MUTATIONS)
    finally:
        stack.remove_all()
        swarm_engine.docker("rmi", f"{IMAGE}-2")


@pytest.fixture(scope="module")
def proof(world: World) -> Proof:
    """All of it was done."""
    return asyncio.run(prove(world))


@pytest.mark.parametrize("mutation", [pytest.param(one, id=one.says) for one in MUTATIONS])
def test_it_is_named_alone_and_put_right(world: World, proof: Proof, mutation: Mutation) -> None:
    assert wrong(world, proof, mutation) == []


def test_nothing_else_is_named_before_and_after(world: World, proof: Proof) -> None:
    assert more(world, proof) == []


def test_each_fact_that_is_captured_is_changed() -> None:
    changed = {way.shows.partition(" ")[2].partition(".")[0] for way in WAYS}
    assert {field.fact.partition(".")[0] for field in FIELDS} - changed - {"preferences"} == set()
