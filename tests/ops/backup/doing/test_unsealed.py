"""A backup without a seal in a set that has a key: believed where it was taken here, else anybody may have made it."""

import shutil
from pathlib import Path

import pytest

from ops.backup.base import Wish
from ops.backup.doing.drill import drill
from ops.backup.doing.restore import restore
from ops.backup.doing.run import run
from ops.backup.doing.verify import verify
from ops.backup.errors import BackupError
from tests.parts.backup_sets import Stage


@pytest.fixture
def own(tmp_path: Path) -> Stage:
    (tmp_path / "own").mkdir()
    made = Stage(tmp_path / "own")
    made.fill(a=b"ours" * 1000)
    return made


@pytest.fixture
async def planted(own: Stage, tmp_path: Path) -> str:
    """One that somebody who may write to the target has made, newer than the set's own; its id."""
    await run(own.sealed().work())
    await verify(own.work(), "")
    (tmp_path / "theirs").mkdir()
    theirs = Stage(tmp_path / "theirs", paths=(str(own.source),))
    own.fill(a=b"theirs" * 1000)
    made = await run(theirs.work())
    own.fill(a=b"ours" * 1000)
    shutil.copytree(theirs.target / "media" / made.id, own.target / "media" / made.id)
    return made.id


async def test_one_that_was_put_there_is_none(own: Stage, planted: str) -> None:
    for prove in (verify, drill):
        event = await prove(own.work(), planted)
        assert (event.ok, event.reason) == (False, "damaged")
        assert "is not sealed though media is, and was not taken here" in event.words
    with pytest.raises(BackupError, match="anybody may have made it") as raised:
        await restore(own.work(), planted, Wish())
    assert "neither key nor recipients" in raised.value.remedy
    assert (own.source / "a").read_bytes() == b"ours" * 1000
    with pytest.raises(BackupError, match="anybody may have made it"):
        [one async for one in own.desk.contents("media", planted)]
    assert (await own.desk.kept("media", "verified")).id != planted
    assert (await own.desk.kept("media", planted)).broken


async def test_one_that_was_taken_here_before_there_was_a_key_is_restored(own: Stage) -> None:
    made = await run(own.work())
    own.sealed().fill(a=b"spoilt")
    assert (await verify(own.work(), made.id)).ok
    await restore(own.work(), made.id, Wish())
    assert (own.source / "a").read_bytes() == b"ours" * 1000


async def test_a_set_without_a_key_believes_what_is_there(own: Stage, planted: str) -> None:
    own.secrets = {}
    await restore(own.work(), planted, Wish())
    assert (own.source / "a").read_bytes() == b"theirs" * 1000
