"""Putting a backup back: nothing is touched before it was read through, and what was there can be had again."""

import shlex
import shutil
import sys
from pathlib import Path

import pytest

from collectors.base import Secret
from ops.backup.base import Compared, Restored, Wish
from ops.backup.book import Book
from ops.backup.doing.restore import lines_of, needs_safety, restore
from ops.backup.doing.run import run
from ops.backup.doing.verify import verify
from ops.backup.errors import BackupError
from ops.backup.names import stored
from ops.backup.programs import ran
from ops.backup.structs import Event, Overwrite
from tests.parts.backup_sets import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    made = Stage(tmp_path)
    made.fill(a=b"one" * 1000, b=b"two" * 1000)
    return made


async def test_what_was_lost_is_there_again_and_what_was_there_is_kept_twice(stage: Stage) -> None:
    made = await run(stage.work())
    stage.fill(a=b"spoilt", c=b"new")
    (stage.source / "b").unlink()
    done = await restore(stage.work(), "latest", Wish())
    assert (stage.source / "a").read_bytes() == b"one" * 1000
    assert (stage.source / "b").read_bytes() == b"two" * 1000
    assert not (stage.source / "c").exists()
    assert done.compared.differences == ()
    (safety,) = [one for one in (await stage.desk.standing("media")).kept if one.manifest.why == "safety"]
    assert safety.verified_at is not None
    assert (Path(done.aside) / "c").read_bytes() == b"new"
    for command in done.back:
        await ran(shlex.split(command))
    assert (stage.source / "c").read_bytes() == b"new"
    assert [event.what for event in stage.events()] == ["restore", "verify", "run", "verify", "run"]
    assert (await stage.desk.kept("media")).id == made.id
    again = await restore(stage.work(), safety.id, Wish())
    assert again.compared.differences == ()
    assert (stage.source / "c").read_bytes() == b"new"


async def test_where_nothing_is_there_none_is_kept_safe(stage: Stage) -> None:
    await run(stage.work())
    stage.source.rename(stage.folder / "gone")
    await restore(stage.work(), "", Wish())
    assert (stage.source / "a").read_bytes() == b"one" * 1000
    assert len(stage.ids()) == 1


async def test_a_file_that_is_missing_alone_is_put_back_without_a_safety_backup(stage: Stage) -> None:
    await run(stage.work())
    (stage.source / "b").unlink()
    wish = Wish(only=("b",))
    assert [one.now for one in await stage.desk.overwrites("media", "", wish)] == ["not there"]
    assert [one.now for one in await stage.desk.overwrites("media", "", Wish(only=("a", "b")))] == ["1 file of 2 there"]
    await restore(stage.work(), "", wish)
    assert (stage.source / "b").read_bytes() == b"two" * 1000
    assert len(stage.ids()) == 1


async def test_what_the_backup_has_not_got_is_said_before_anything_is_done(stage: Stage) -> None:
    await run(stage.work())
    wish = Wish(only=("nosuch",))
    with pytest.raises(BackupError, match="there is no nosuch in this backup"):
        await stage.desk.overwrites("media", "", wish)
    with pytest.raises(BackupError, match="there is no nosuch in this backup"):
        await restore(stage.work(), "", wish)
    assert len(stage.ids()) == 1


async def test_a_name_with_signs_of_a_glob_means_itself_where_there_is_such_a_file(stage: Stage) -> None:
    stage.fill(**{"*.txt": b"it", "a.txt": b"other"})
    await run(stage.work())
    stage.fill(**{"*.txt": b"spoilt", "a.txt": b"newer"})
    await restore(stage.work(), "", Wish(only=("*.txt",)))
    assert [(stage.source / name).read_bytes() for name in ("*.txt", "a.txt")] == [b"it", b"newer"]


async def test_on_a_new_host_the_newest_is_read_through_and_restored(stage: Stage) -> None:
    made = await run(stage.work())
    shutil.rmtree(stage.work().folder)
    (stage.source / "b").unlink()
    await restore(stage.work(), "verified", Wish())
    assert (stage.source / "b").read_bytes() == b"two" * 1000
    assert "it is not verified here: it is read through first" in stage.said
    assert made.id in stage.ids()


async def test_one_that_is_damaged_touches_nothing(stage: Stage) -> None:
    made = await run(stage.work())
    file = stage.target / "media" / made.id / stored(made.parts[0])
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    stage.fill(a=b"spoilt")
    with pytest.raises(BackupError, match="nothing was touched") as caught:
        await restore(stage.work(), "", Wish())
    assert caught.value.reason == "damaged"
    assert (stage.source / "a").read_bytes() == b"spoilt"
    assert stage.ids() == [made.id]


async def test_the_wrong_key_touches_nothing(stage: Stage) -> None:
    await run(stage.sealed().work())
    stage.secrets = {"key": Secret("b" * 64)}
    stage.fill(a=b"spoilt")
    with pytest.raises(BackupError) as caught:
        await restore(stage.work(), "", Wish())
    assert caught.value.reason == "key"
    assert (stage.source / "a").read_bytes() == b"spoilt"


async def test_without_a_safety_backup_nothing_is_touched_unless_it_is_forced(stage: Stage) -> None:
    made = await run(stage.work())
    await verify(stage.work(), made.id)
    stage.settings["before"] = (sys.executable, "-c", "raise SystemExit(1)")
    stage.fill(a=b"spoilt")
    with pytest.raises(BackupError, match="could not be backed up before") as caught:
        await restore(stage.work(), made.id, Wish())
    assert caught.value.reason == "refused"
    assert "--no-safety" in caught.value.remedy
    assert (stage.source / "a").read_bytes() == b"spoilt"
    await restore(stage.work(), made.id, Wish(), safety=False)
    assert (stage.source / "a").read_bytes() == b"one" * 1000


async def test_a_hook_that_fails_on_what_was_restored_leaves_what_was_there(stage: Stage) -> None:
    await run(stage.work())
    stage.fill(a=b"mine")
    stage.settings["restored"] = (sys.executable, "-c", "raise SystemExit(4)")
    with pytest.raises(BackupError, match="ended with status 4"):
        await restore(stage.work(), "", Wish())
    assert (stage.source / "a").read_bytes() == b"mine"
    assert not stage.events()[0].ok


async def test_one_file_alone_is_put_back(stage: Stage) -> None:
    await run(stage.work())
    stage.fill(a=b"spoilt", b=b"mine")
    await restore(stage.work(), "", Wish(only=(str(stage.source / "a"),)))
    assert (stage.source / "a").read_bytes() == b"one" * 1000
    assert (stage.source / "b").read_bytes() == b"mine"


async def test_a_set_that_was_of_another_kind_is_refused(stage: Stage) -> None:
    await run(stage.work())
    stage.settings["kind"] = "store"
    with pytest.raises(BackupError, match="is of the kind files"):
        await restore(stage.work(), "", Wish())


@pytest.mark.parametrize(
    ("changes", "to", "wanted"),
    [
        pytest.param(["not there"], "", False, id="nothing is there"),
        pytest.param(["not there", "4 tables"], "", True, id="something is there"),
        pytest.param(["4 tables"], "elsewhere", False, id="another place is none that the set keeps"),
    ],
)
def test_what_needs_a_safety_backup(changes: list[str], to: str, wanted: bool) -> None:
    lines = [Overwrite(what="it", now=now, then="other") for now in changes]
    assert needs_safety(lines, Wish(to=to)) is wanted


@pytest.mark.parametrize(
    ("to", "only", "wanted"),
    [
        pytest.param("/", (), 2, id="all of it to where it came from, by another word"),
        pytest.param("/", ("a",), 2, id="one file of it"),
        pytest.param("elsewhere", (), 1, id="another place, with something in it, is none that the set keeps"),
    ],
)
async def test_the_sets_own_place_is_kept_safe_by_whatever_name_it_is_meant(
    stage: Stage, to: str, only: tuple[str, ...], wanted: int
) -> None:
    await run(stage.work())
    stage.fill(a=b"spoilt")
    place = to if to == "/" else str(stage.folder / to)
    there = Path(place, str(stage.source).lstrip("/"))
    _filled(there)
    await restore(stage.work(), "", Wish(to=place, only=only, empty=True))
    assert (there / "a").read_bytes() == b"one" * 1000
    assert len(stage.ids()) == wanted


def _filled(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mine").write_bytes(b"mine")


async def test_the_way_back_is_told_though_nothing_can_be_written_down_any_more(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await run(stage.work())
    stage.fill(a=b"spoilt")
    add = Book.add

    def full(book: Book, event: Event) -> None:
        if event.what == "restore":
            raise BackupError("the book has no room left", "make room", reason="full")
        add(book, event)

    monkeypatch.setattr(Book, "add", full)
    with pytest.raises(BackupError, match=r"restored in .*; that could not be written down: the book has no room left"):
        await restore(stage.work(), "", Wish())
    assert (stage.source / "a").read_bytes() == b"one" * 1000
    back = [line.partition(": ")[2] for line in stage.said if line.startswith("to have that back: ")]
    assert back
    for command in back:
        await ran(shlex.split(command))
    assert (stage.source / "a").read_bytes() == b"spoilt"


@pytest.mark.parametrize(
    ("aside", "told"), [("table public.orders_before", "to have that back: psql"), ("", "to undo this: psql")]
)
def test_where_nothing_was_there_the_way_back_is_no_promise_of_it(aside: str, told: str) -> None:
    assert told in lines_of(Restored(compared=Compared(equal=1), aside=aside, back=("psql",)))


async def test_what_is_there_is_kept_safe_though_something_else_of_the_set_is_lost(stage: Stage) -> None:
    other = stage.folder / "other"
    other.mkdir()
    (other / "c").write_bytes(b"three")
    stage.settings["paths"] = (str(stage.source), str(other))
    made = await run(stage.work())
    (other / "c").unlink()
    other.rmdir()
    stage.fill(a=b"changed")
    await restore(stage.work(), made.id, Wish())
    assert (other / "c").read_bytes() == b"three"
    (safety,) = [one for one in (await stage.desk.standing("media")).kept if one.manifest.why == "safety"]
    assert dict(safety.manifest.counts) == {str(stage.source): 2}


async def test_a_folder_that_was_emptied_needs_no_safety_backup(stage: Stage) -> None:
    await run(stage.work())
    for file in stage.source.iterdir():
        file.unlink()
    await restore(stage.work(), "", Wish())
    assert (stage.source / "a").read_bytes() == b"one" * 1000
    assert len(stage.ids()) == 1
