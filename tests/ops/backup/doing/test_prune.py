"""Letting go: by the rule, with its floors, and only while the newest proven one still lies there whole."""

from pathlib import Path

import pytest

from collectors.backup import Keep
from ops.backup.doing.prune import delete, prune
from ops.backup.doing.run import run
from ops.backup.doing.verify import verify
from ops.backup.errors import BackupError
from ops.backup.keeping import going
from ops.backup.names import stored
from ops.backup.structs import Manifest
from tests.parts.backup_sets import Stage

DAY = 86_400.0


class Days:
    """A stage whose clock goes on by a day with each backup."""

    def __init__(self, folder: Path) -> None:
        self.now = 1_800_000_000.0
        self.stage = Stage(folder, clock=lambda: self.now, keep=Keep(last=2))
        self.stage.fill(a=b"one" * 1000)

    async def taken(self, *, proven: bool = True) -> Manifest:
        """The next."""
        self.now += DAY
        made = await run(self.stage.work())
        if proven:
            assert (await verify(self.stage.work(), made.id)).ok
        return made


@pytest.fixture
def days(tmp_path: Path) -> Days:
    return Days(tmp_path)


async def test_what_the_rule_lets_go_goes_and_the_book_names_it(days: Days) -> None:
    made = [await days.taken() for _ in range(4)]
    planned = await days.stage.desk.expiring("media")
    assert [one.id for one in planned if one.expires] == [made[1].id, made[0].id]
    assert len(days.stage.ids()) == 4
    event = await prune(days.stage.work())
    assert event.deleted == (made[0].id, made[1].id)
    assert event.bytes >= made[0].stored_bytes + made[1].stored_bytes
    assert days.stage.ids() == [made[2].id, made[3].id]
    assert [one.id for one in (await days.stage.desk.standing("media", ask=False)).kept] == [made[3].id, made[2].id]


async def test_nothing_goes_while_no_newer_one_is_verified(days: Days) -> None:
    made = [await days.taken(proven=number == 0) for number in range(5)]
    assert (await prune(days.stage.work())).deleted == ()
    await verify(days.stage.work(), made[4].id)
    event = await prune(days.stage.work())
    assert made[4].id not in event.deleted
    assert len(event.deleted) == 3


async def test_nothing_goes_where_the_newest_proven_one_is_not_whole_any_more(days: Days) -> None:
    made = [await days.taken() for _ in range(4)]
    (days.stage.target / "media" / made[3].id / stored(made[3].parts[0])).unlink()
    with pytest.raises(BackupError, match="is not there any more") as caught:
        await prune(days.stage.work())
    assert caught.value.reason == "damaged"
    assert len(days.stage.ids()) == 4
    assert not days.stage.events()[0].ok


async def test_a_target_that_is_away_loses_nothing(days: Days) -> None:
    made = [await days.taken() for _ in range(4)]
    days.stage.target.rename(days.stage.folder / "away")
    days.stage.settings["target"] = f"file://{days.stage.folder}/no/target"
    with pytest.raises(BackupError):
        await prune(days.stage.work())
    standing = await days.stage.desk.standing("media")
    assert standing.unreachable
    assert [one.id for one in standing.kept] == [one.id for one in reversed(made)]
    assert standing.age_s == 0.0


async def test_one_that_is_named_goes_but_not_the_only_one_that_is_verified(days: Days) -> None:
    first = await days.taken()
    second = await days.taken(proven=False)
    with pytest.raises(BackupError, match="the only one that is verified") as caught:
        await delete(days.stage.work(), first.id)
    assert caught.value.reason == "refused"
    assert (await delete(days.stage.work(), second.id)).backup == second.id
    with pytest.raises(BackupError, match="the only one that is verified") as caught:
        await delete(days.stage.work(), first.id)
    assert (caught.value.reason, "by hand" in caught.value.remedy) == ("refused", True)
    assert days.stage.ids() == [first.id]
    await days.taken()
    assert (await delete(days.stage.work(), first.id)).ok


async def test_the_only_one_goes_where_nobody_verified_it(days: Days) -> None:
    made = await days.taken(proven=False)
    assert (await delete(days.stage.work(), made.id)).deleted == (made.id,)
    assert days.stage.ids() == []


async def test_only_what_was_agreed_to_goes(days: Days) -> None:
    for _ in range(3):
        await days.taken()
    agreed = going(await days.stage.desk.expiring("media"))
    made = await days.taken()
    with pytest.raises(BackupError, match="other backups have expired by now") as caught:
        await prune(days.stage.work(), agreed)
    assert caught.value.reason == "refused"
    assert len(days.stage.ids()) == 4
    event = await prune(days.stage.work(), going(await days.stage.desk.expiring("media")))
    assert len(event.deleted) == 2
    assert made.id in days.stage.ids()


async def test_one_whose_bytes_can_not_all_be_deleted_is_gone_all_the_same_and_nobody_misses_it(days: Days) -> None:
    first, second = await days.taken(), await days.taken()
    (days.stage.target / "media" / first.id / "of others").mkdir()
    with pytest.raises(BackupError, match="not empty"):
        await delete(days.stage.work(), first.id)
    assert days.stage.ids() == [second.id]
    event = days.stage.events()[0]
    assert (event.ok, event.deleted) == (False, (first.id,))
    standing = await days.stage.desk.standing("media")
    assert standing.gone == ""
    assert [one.id for one in standing.kept] == [second.id]


async def test_a_failed_run_never_counts_for_the_rule(days: Days) -> None:
    made = [await days.taken() for _ in range(2)]
    days.stage.settings["paths"] = (str(days.stage.folder / "nowhere"),)
    for _ in range(5):
        with pytest.raises(BackupError):
            await days.taken()
    days.now += 400 * DAY
    await prune(days.stage.work())
    assert days.stage.ids() == [one.id for one in made]
