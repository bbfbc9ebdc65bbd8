"""Real images, networks, volumes and compose files are changed: the diff names exactly that, every fix was run."""

import asyncio
import os
import shutil
from collections.abc import Iterator

import pytest

from tests.parts.docker import Box, Engine
from tests.parts.drift_stage import Stage
from tests.parts.drift_things import MUTATIONS, Yard
from tests.parts.drift_world import Mutation, Proof, World, more, prove, wrong
from tests.parts.image_registry import image_registry
from tests.parts.need import need

SOURCES = ("compose", "images", "networks", "volumes")


@pytest.fixture(scope="module")
def world(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One thing for each change."""
    need(shutil.which("docker"), "the docker program")
    folder = tmp_path_factory.mktemp("engine")
    with image_registry() as registry, pytest.MonkeyPatch.context() as patch:
        yard = Yard(Box(engine), folder, registry)
        try:
            yard.agreed()
            patch.setenv("PATH", f"{yard.program()}:{os.environ['PATH']}")
            yield World(_stage(yard), SOURCES, yard, yard.names, MUTATIONS, yard.owns)
        finally:
            yard.remove_all()


def _stage(yard: Yard) -> Stage:
    toml = f'[[docker]]\nname = "local"\nurl = "{yard.box.engine.url}"\n'
    return Stage(yard.file.parent, f'{toml}[[drift]]\nname = "here"\ncompose = ["compose.yaml"]\n', "compose")


@pytest.fixture(scope="module")
def proof(world: World) -> Proof:
    """All of it was done."""
    return asyncio.run(prove(world))


@pytest.mark.parametrize("mutation", [pytest.param(one, id=one.says) for one in MUTATIONS])
def test_it_is_named_alone_and_put_right(world: World, proof: Proof, mutation: Mutation) -> None:
    assert wrong(world, proof, mutation) == []


def test_nothing_else_is_named_before_and_after(world: World, proof: Proof) -> None:
    assert more(world, proof) == []
