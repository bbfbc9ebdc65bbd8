"""Real repositories, kernel settings, mounts and ports are changed: the diff names exactly that, every fix was run."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.drift.registry import discover
from tests.parts.drift_stage import Stage
from tests.parts.drift_system import MUTATIONS, REPOSITORIES, SYSCTL, Machine
from tests.parts.drift_world import Mutation, Proof, World, more, prove, wrong
from tests.parts.small_disk import small_disk

SOURCES = ("git", "kernel", "listening", "mounts")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A repository for each change, a small disk, two ports."""
    folder = tmp_path_factory.mktemp("system")
    setting = Path("/proc/sys", SYSCTL.replace(".", "/"))
    before = setting.read_text()
    with small_disk(folder) as disk, pytest.MonkeyPatch.context() as patch:
        machine = Machine(folder, disk)
        patch.setattr(discover()["kernel"], "_root", str(machine.proc))
        patch.setattr(type(discover()["mounts"]), "root", machine.root)
        machine.agreed()
        try:
            yield World(_stage(machine), SOURCES, machine, machine.names, MUTATIONS, machine.owns, looks=5)
        finally:
            machine.end()
            setting.write_text(before)


def _stage(machine: Machine) -> Stage:
    git = "".join(f'[[git]]\nname = "{name}"\npath = "{machine.shops[name].path}"\n' for name in REPOSITORIES)
    return Stage(machine.folder, f'{git}[[drift]]\nname = "here"\nsysctl = ["{SYSCTL}"]\n', "git")


@pytest.fixture(scope="module")
def proof(world: World) -> Proof:
    """All of it was done."""
    return asyncio.run(prove(world))


@pytest.mark.parametrize("mutation", [pytest.param(one, id=one.says) for one in MUTATIONS])
def test_it_is_named_alone_and_put_right(world: World, proof: Proof, mutation: Mutation) -> None:
    assert wrong(world, proof, mutation) == []


def test_nothing_else_is_named_before_and_after(world: World, proof: Proof) -> None:
    assert more(world, proof) == []
