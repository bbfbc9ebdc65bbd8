"""Real files, certificates, crontabs and variables are changed: the diff names exactly that, every fix was run."""

import asyncio
import os
from collections.abc import Iterator

import pytest

from ops.drift.registry import discover
from tests.parts.drift_files import MUTATIONS, VARIABLE, Tree, toml_of
from tests.parts.drift_stage import Stage
from tests.parts.drift_world import CANARY, Mutation, Proof, World, more, prove, wrong
from tests.parts.need import need

SOURCES = ("certificates", "cron", "env_files", "environment", "files", "users")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A file for each change, below a folder; cron and the accounts have a root of their own there."""
    need(os.geteuid() == 0, "root, to give files away")
    folder = tmp_path_factory.mktemp("files")
    folder.chmod(0o755)
    tree = Tree(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, CANARY)
        for name in ("cron", "users"):
            patch.setattr(type(discover()[name]), "root", tree.root)
        tree.agreed()
        yield World(Stage(folder, toml_of(tree), "files"), SOURCES, tree, tree.names, MUTATIONS)


@pytest.fixture(scope="module")
def proof(world: World) -> Proof:
    """All of it was done."""
    return asyncio.run(prove(world))


@pytest.mark.parametrize("mutation", [pytest.param(one, id=one.says) for one in MUTATIONS])
def test_it_is_named_alone_and_put_right(world: World, proof: Proof, mutation: Mutation) -> None:
    assert wrong(world, proof, mutation) == []


def test_nothing_else_is_named_before_and_after(world: World, proof: Proof) -> None:
    assert more(world, proof) == []
