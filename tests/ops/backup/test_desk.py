"""The desk that reads: how a set stands, which backup is meant, what is inside, quickly also with thousands."""

from datetime import UTC
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from ops.backup.base import Wish
from ops.backup.desk import matches
from ops.backup.doing.chosen import chosen
from ops.backup.doing.prune import delete
from ops.backup.doing.run import run
from ops.backup.errors import BackupError
from ops.backup.structs import Kept
from tests.parts.backup_sets import Stage
from tests.parts.made_backups import kept, moment


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    made = Stage(tmp_path)
    made.fill(a=b"one" * 1000, photo=b"two" * 1000)
    return made


async def test_a_set_that_was_never_taken_stands_at_nothing(stage: Stage) -> None:
    desk = stage.desk
    assert list(desk.names()) == ["media"]
    standing = await desk.standing("media")
    assert (standing.kept, standing.events, standing.last, standing.age_s) == ((), (), None, None)
    assert standing.target == str(stage.target)
    with pytest.raises(BackupError, match="no backup yet"):
        await desk.kept("media")
    with pytest.raises(BackupError, match='no set of backups "other"'):
        await desk.standing("other")


async def test_the_version_changes_with_whatever_is_done(stage: Stage) -> None:
    desk = stage.desk
    before = desk.version()
    await run(stage.work())
    assert desk.version() != before


async def test_backups_that_are_gone_are_told_also_once_another_was_taken(stage: Stage) -> None:
    first, second = await run(stage.work()), await run(stage.work())
    assert (await stage.desk.standing("media")).gone == ""
    stage.target.rename(stage.target.with_name("unmounted"))
    standing = await stage.desk.standing("media")
    assert standing.gone == f"2 backups that should be there are gone, {max(first.id, second.id)} the newest of them"
    made = await run(stage.work())
    standing = await stage.desk.standing("media")
    assert [one.id for one in standing.kept] == [made.id]
    assert "2 backups" in standing.gone


async def test_what_was_deleted_here_is_not_gone(stage: Stage) -> None:
    first, _ = await run(stage.work()), await run(stage.work())
    await delete(stage.work(), first.id)
    assert (await stage.desk.standing("media")).gone == ""


async def test_what_is_inside_can_be_listed_and_searched(stage: Stage) -> None:
    await run(stage.sealed().work())
    found = [one.name async for one in stage.desk.contents("media", "")]
    assert str(stage.source / "a") in found
    assert str(stage.source / "photo") in found
    assert [one.name async for one in stage.desk.contents("media", "", pattern="PHO")] == [str(stage.source / "photo")]
    assert [one.name async for one in stage.desk.contents("media", "", pattern="*/a")] == [str(stage.source / "a")]
    assert not list((stage.state / "backups" / "looking").iterdir())


async def test_what_a_restore_would_change_is_told_and_changes_nothing(stage: Stage) -> None:
    await run(stage.work())
    stage.fill(b=b"new")
    (line,) = await stage.desk.overwrites("media", "latest", Wish())
    assert str(stage.source) in line.what
    assert "3 names" in line.now
    assert len(stage.events()) == 1


async def test_thousands_are_asked_for_once_only(stage: Stage) -> None:
    made = await run(stage.work())
    folder = stage.target / "media"
    text = (folder / made.id / "manifest.json").read_bytes()
    from ops.backup import manifest as manifests

    for number in range(300):
        name = f"20260101T{number // 3600:02}{number // 60 % 60:02}{number % 60:02}Z-00000{number % 10}"
        (folder / name).mkdir(mode=0o700)
        one = msgspec.structs.replace(made, id=name, at=moment("2026-01-01 00:00:00") + number)
        (folder / name / "manifest.json").write_bytes(manifests.written(one))
        (folder / name / "manifest.json").chmod(0o600)
    desk = stage.desk
    assert len((await desk.standing("media")).kept) == 301
    for one_folder in folder.iterdir():
        if one_folder.name != made.id:
            (one_folder / "manifest.json").write_bytes(b"never read again")
    assert len([one for one in (await desk.standing("media")).kept if not one.broken]) == 301
    (folder / made.id / "manifest.json").write_bytes(text)


HISTORY = [
    kept(moment("2026-11-21 02:00"), "20261121T020000Z-aaaaaa", verified=False),
    kept(moment("2026-11-20 14:00"), "20261120T140000Z-bbbbbb", why="safety"),
    kept(moment("2026-11-20 02:00"), "20261120T020000Z-cccccc"),
    kept(moment("2026-11-19 02:00"), "20261119T020000Z-dddddd"),
    kept(moment("2026-11-18 02:00"), "20261118T020000Z-eeeeee", broken="damaged"),
]


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        pytest.param("", "a", id="nothing said is the newest"),
        pytest.param("latest", "a", id="latest"),
        pytest.param("verified", "c", id="the newest that is verified"),
        pytest.param("20261120T14", "b", id="the beginning of an id names also what was taken before a restore"),
        pytest.param("20261119T020000Z-dddddd", "d", id="a whole id"),
        pytest.param("2026-11-20", "c", id="a day means its end"),
        pytest.param("2026-11-20 01:59", "d", id="a minute"),
        pytest.param("2026-11-20T02:00", "c", id="written as ISO"),
        pytest.param("2026-11-20 02:00:00", "c", id="a second is not before itself"),
        pytest.param("2027-01-01", "a", id="the future"),
    ],
)
def test_the_backup_that_is_meant(wanted: str, name: str) -> None:
    assert chosen(HISTORY, wanted, UTC).id[-1] == name


def test_where_nothing_is_proven_the_newest_that_is_not_known_to_be_broken_is_meant() -> None:
    unread = [replace(one, verified_at=None) for one in HISTORY]
    assert chosen(unread[1:], "verified", UTC).id[-1] == "c"
    broken = [replace(unread[2], broken="damaged"), *unread[3:]]
    assert chosen(broken, "verified", UTC).id[-1] == "d"


@pytest.mark.parametrize(
    ("history", "wanted", "words"),
    [
        pytest.param([], "latest", "no backup yet", id="none at all"),
        pytest.param(HISTORY, "2026-11-17", "as old as", id="none so old"),
        pytest.param(HISTORY, "20261120T", "2 backups begin", id="several begin so"),
        pytest.param(HISTORY, "20270101T", "there is no backup 2027", id="no such id"),
        pytest.param(HISTORY, "../../etc", "names no backup", id="a path"),
        pytest.param(HISTORY[4:], "verified", "every backup is broken", id="none but broken ones"),
    ],
)
def test_what_names_none(history: list[Kept], wanted: str, words: str) -> None:
    with pytest.raises(BackupError, match=words):
        chosen(history, wanted, UTC)


@pytest.mark.parametrize(
    ("name", "pattern", "wanted"),
    [
        pytest.param("/srv/Photo.png", "", True, id="nothing is looked for"),
        pytest.param("/srv/Photo.png", "photo", True, id="a part in any case"),
        pytest.param("/srv/Photo.png", "*.png", True, id="a glob"),
        pytest.param("/srv/Photo.png", "*.jpg", False, id="another glob"),
        pytest.param("public.orders", "users", False, id="another name"),
    ],
)
def test_what_is_looked_for(name: str, pattern: str, wanted: bool) -> None:
    assert matches(name, pattern) is wanted
