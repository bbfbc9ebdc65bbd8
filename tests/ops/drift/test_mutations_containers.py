"""Each fact of a real container is changed for real: the diff names exactly that, and every fix for it was run."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.drift.docker.table import CONFIG, HOST
from tests.parts.containers import remove_left
from tests.parts.docker import Box, Engine
from tests.parts.drift_containers import NOT_CHANGED, ORPHAN, WAYS, Hold
from tests.parts.drift_stage import Stage
from tests.parts.drift_world import CANARY, Mutation, Proof, World, more, prove, wrong

MUTATIONS = (*(way.mutation for way in WAYS), ORPHAN)


@pytest.fixture(scope="module")
def world(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A container for each fact, made as agreed."""
    folder, box = tmp_path_factory.mktemp("containers"), Box(engine)
    (folder / "shop.env").write_text(f"MODE={CANARY}\n")
    hold = Hold(box, folder)
    try:
        hold.create("linked", {"Host.NetworkMode": "bridge"}, "running")
        for way in WAYS:
            hold.create(way.name, way.before, way.state)
        yield World(_stage(folder, box), ["containers"], hold, hold.names, MUTATIONS)
    finally:
        remove_left(box)
        for name in ("one", "two"):
            box.engine.client.networks.get(hold.name(name)).remove()


def _stage(folder: Path, box: Box) -> Stage:
    engine = f'[[docker]]\nname = "local"\nurl = "{box.engine.url}"\nonly = ["{box.glob}"]\n'
    return Stage(folder, f'{engine}[[drift]]\nname = "here"\nenv_files = ["shop.env"]\n', "containers")


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
    changed = {told.partition(" ")[2] for way in WAYS for told in way.shows}
    known = {field.fact for field in (*CONFIG, *HOST)} - set(NOT_CHANGED)
    assert {fact for fact in known if not any(one == fact or one.startswith(f"{fact}.") for one in changed)} == set()
