"""Submodules and remotes of a real repository, put right: "drift.remote"."""

from pathlib import Path

import pytest

from ops.actions.errors import Refused
from ops.actions.registry import discover
from tests.parts.drift_stage import Stage
from tests.parts.git import Repository, repository

ACTION = "drift.remote"


@pytest.fixture
def shop(tmp_path: Path) -> Repository:
    """One with a submodule."""
    part = repository(tmp_path / "part")
    part.commit("one")
    made = repository(tmp_path / "shop")
    made("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(part.path), "part")
    made.commit("with a part")
    return made


@pytest.fixture
def stage(tmp_path: Path, shop: Repository) -> Stage:
    """A floor whose only repository it is."""
    return Stage(tmp_path, f'[[git]]\nname = "shop"\npath = "{shop.path}"\n', "git")


async def test_what_stood_in_a_submodule_is_told(stage: Stage, shop: Repository) -> None:
    await stage.agree()
    other = Repository(shop.path / "part").commit("two")
    sink = await stage.fix(ACTION, (await stage.differences())["shop#submodule.part"])
    assert f"what is checked out there now: {other}" in sink.text
    assert await stage.changes() == {}


async def test_a_submodule_of_another_commit_waits_for_its_repository(stage: Stage, shop: Repository) -> None:
    await stage.agree()
    agreed, other = shop("rev-parse", "HEAD:part"), Repository(shop.path / "part").commit("two")
    shop.commit("with another part")
    Repository(shop.path / "part")("checkout", "-q", "--detach", agreed)
    Repository(shop.path / "part").commit("three")
    assert other == shop("rev-parse", "HEAD:part")
    with pytest.raises(Refused, match="asks for another one of the submodule"):
        await stage.planned(ACTION, (await stage.differences())["shop#submodule.part"])


async def test_taking_a_remote_away_says_what_goes_with_it(stage: Stage, shop: Repository) -> None:
    await stage.agree()
    shop("remote", "add", "fork", "https://git.example/fork")
    difference = (await stage.differences())["shop#remote.fork"]
    (offer,) = discover()[ACTION].offers(stage.case(difference).row, [])
    assert (offer.title, offer.risk) == ("take remote.fork of shop away", "loses")
    assert "commits that only those lead to" in discover()[ACTION].interrupts(stage.case(difference))
