"""Taking a backup: it is there when it is whole, nothing else ever looks like one, and what went wrong is told."""

import asyncio
import json
import os
import sys
import time
from pathlib import Path

import pytest

from ops.backup.book import Book
from ops.backup.doing.run import run
from ops.backup.doing.verify import verify
from ops.backup.errors import BackupError
from ops.backup.names import stored
from ops.backup.structs import Event, Running
from tests.parts.backup_sets import Stage
from tests.parts.git import repository
from tests.parts.small_disk import small_disk
from tests.parts.wait import until_async


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    made = Stage(tmp_path)
    made.fill(a=os.urandom(300_000), b=b"hello" * 1000)
    return made


async def test_it_is_there_with_all_that_is_known_of_it(stage: Stage) -> None:
    made = await run(stage.work(), due=("daily",), why="schedule")
    assert stage.ids() == [made.id]
    assert stage.unfinished() == []
    assert sorted(os.listdir(stage.target / "media" / made.id)) == sorted(["manifest.json", stored(made.parts[0])])
    assert (made.set, made.kind, made.by, made.why, made.due) == (
        "media",
        "files",
        "ann (test)",
        "schedule",
        ("daily",),
    )
    assert "watchfloor" in made.versions
    assert 300_000 < made.stored_bytes < made.plain_bytes
    (event,) = stage.events()
    assert (event.what, event.ok, event.backup, event.due) == ("run", True, made.id, ("daily",))
    assert (event.bytes, event.plain_bytes) == (made.stored_bytes, made.plain_bytes)
    assert made.id in event.words
    assert [one.id for one in (await stage.desk.standing("media", ask=False)).kept] == [made.id]


async def test_where_no_folder_can_be_made_for_what_it_needs_that_is_told(stage: Stage) -> None:
    state = stage.work().folder
    state.mkdir(parents=True, exist_ok=True)
    (state / "scratch").write_text("in the way")
    with pytest.raises(BackupError, match=r"the system refused something: .*scratch"):
        await run(stage.work())
    assert stage.ids() == []


async def test_the_commit_of_the_configs_repository_is_written_down(stage: Stage) -> None:
    made = repository(stage.folder / "repository")
    commit = made.commit("one", shop="1")
    stage.path = str(stage.folder / "repository" / "watchfloor.toml")
    assert (await run(stage.work())).commit == commit


async def test_without_encryption_its_files_need_only_tar_and_zstd(stage: Stage) -> None:
    from ops.backup.programs import piped

    made = await run(stage.work())
    file = stage.target / "media" / made.id / stored(made.parts[0])
    listed = b"".join([piece async for piece in piped(["tar", "--zstd", "-tf", str(file)])])
    assert b"source/a" in listed


async def test_progress_is_told_and_kept_for_other_processes(stage: Stage) -> None:
    seen: list[Running | None] = []

    async def look() -> None:
        while True:
            seen.append((await stage.desk.standing("media", ask=False)).running)
            await asyncio.sleep(0)

    watcher = asyncio.create_task(look())
    await run(stage.work(job=7))
    watcher.cancel()
    assert any(one is not None and (one.what, one.job) == ("run", 7) for one in seen)
    assert stage.seen[-1].what == "run"
    assert (await stage.desk.standing("media")).running is None


async def test_a_hook_that_fails_before_takes_nothing_and_the_one_afterwards_hears_of_it(stage: Stage) -> None:
    heard = stage.folder / "heard"
    tell = f"import os; open({str(heard)!r}, 'w').write(os.environ['WATCHFLOOR_BACKUP_OUTCOME'])"
    stage.settings |= {"before": python("print('locked'); raise SystemExit(3)"), "after": python(tell)}
    with pytest.raises(BackupError, match="ended with status 3"):
        await run(stage.work())
    assert stage.ids() == []
    assert heard.read_text() == "failed"
    assert "locked" in stage.said
    assert [event.ok for event in stage.events()] == [False]
    stage.settings["before"] = ()
    await run(stage.work())
    assert heard.read_text() == "ok"


async def test_a_hook_that_fails_afterwards_makes_no_backup_bad(stage: Stage) -> None:
    stage.settings["after"] = python("raise SystemExit(1)")
    made = await run(stage.work())
    assert stage.ids() == [made.id]
    assert any("ended with status 1" in line for line in stage.said)


async def test_what_cannot_be_read_leaves_nothing_and_touches_no_older_one(stage: Stage) -> None:
    older = await run(stage.work())
    stage.settings["paths"] = (str(stage.folder / "nowhere"),)
    with pytest.raises(BackupError):
        await run(stage.work())
    assert stage.ids() == [older.id]
    assert stage.unfinished() == []
    event = stage.events()[0]
    assert (event.what, event.ok) == ("run", False)
    assert event.words
    assert event.remedy


async def test_cancelled_in_the_middle_it_leaves_nothing(stage: Stage) -> None:
    stage.fill(large=os.urandom(5_000_000))
    stage.settings["bandwidth"] = 1_000_000
    task = asyncio.create_task(run(stage.work()))
    await until_async(stage.unfinished, "the first bytes")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert stage.ids() == []
    assert stage.unfinished() == []
    assert stage.events()[0].words == "it was cancelled"
    await run(stage.work())


async def test_a_target_that_is_full_gives_the_room_back(stage: Stage) -> None:
    with small_disk(stage.folder) as disk:
        stage.settings["target"] = f"file://{disk.folder}/backups"
        first = await run(stage.work())
        stage.fill(large=os.urandom(4_000_000))
        before = os.statvfs(disk.folder).f_bavail
        with pytest.raises(BackupError) as caught:
            await run(stage.work())
        assert caught.value.reason == "full"
        assert os.listdir(disk.folder / "backups" / "media") == [first.id]
        assert os.statvfs(disk.folder).f_bavail >= before - 8
        assert (await verify(stage.work(), first.id)).ok


async def test_without_room_for_the_book_nothing_is_taken(stage: Stage) -> None:
    with small_disk(stage.folder) as disk:
        stage.folder.joinpath("state").symlink_to(disk.folder)
        disk.fill()
        with pytest.raises(BackupError) as caught:
            await run(stage.work())
        assert caught.value.reason == "full"
        assert stage.ids() == []
        disk.empty()


async def test_two_at_once_take_one(stage: Stage) -> None:
    stage.settings["bandwidth"] = 200_000
    first = asyncio.create_task(run(stage.work()))
    await until_async(stage.unfinished, "the first bytes")
    with pytest.raises(BackupError, match="is being worked on by") as caught:
        await run(stage.work())
    assert caught.value.reason == "held"
    made = await first
    assert stage.ids() == [made.id]


async def test_a_clock_that_steps_back_loses_nothing_and_is_noted(tmp_path: Path) -> None:
    now = 1_800_000_000.0
    stage = Stage(tmp_path, clock=lambda: now)
    stage.fill(a=b"one")
    first = await run(stage.work())
    await stage.desk.standing("media")
    now -= 7200
    second = await run(stage.work())
    assert stage.ids() == sorted([first.id, second.id])
    assert "the clock of this host is 2h behind" in second.notes[-1]
    assert (await stage.desk.kept("media")).id == first.id


async def test_a_key_is_asked_for_before_anything_is_read(stage: Stage) -> None:
    stage.settings["encrypt"] = True
    with pytest.raises(BackupError) as caught:
        await run(stage.work())
    assert caught.value.reason == "key"
    assert stage.unfinished() == []
    made = await run(stage.sealed().work())
    assert made.sealing is not None
    text = (stage.target / "media" / made.id / "manifest.json").read_bytes()
    assert json.loads(text)["sealing"]["key_id"] == made.sealing.key_id


async def test_a_target_that_is_gone_is_told(stage: Stage) -> None:
    stage.settings["target"] = f"file://{stage.folder}/no/such/folder"
    with pytest.raises(BackupError) as caught:
        await run(stage.work())
    assert caught.value.reason == "unreachable"
    standing = await stage.desk.standing("media")
    assert standing.unreachable
    assert standing.last is not None
    assert not standing.last.ok


async def test_what_was_killed_while_reading_leaves_no_folder_for_ever(stage: Stage) -> None:
    looking = stage.state / "backups" / "looking"
    for name, age_s in (("old", 100_000), ("new", 100)):
        (looking / name).mkdir(parents=True)
        (looking / name / "file").write_bytes(b"x")
        moment = time.time() - age_s
        os.utime(looking / name, (moment, moment))
    await run(stage.work())
    assert os.listdir(looking) == ["new"]


async def test_what_went_wrong_first_is_raised_though_it_can_not_be_written_down(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(book: Book, event: Event) -> None:
        raise BackupError("the book has no room left", "make room", reason="full")

    monkeypatch.setattr(Book, "add", full)
    stage.settings["before"] = python("raise SystemExit(3)")
    with pytest.raises(BackupError, match="ended with status 3"):
        await run(stage.work())
    assert "that it failed could not be written down: the book has no room left" in stage.said
    stage.settings["before"] = ()
    with pytest.raises(BackupError, match="; that could not be written down: the book has no room left"):
        await run(stage.work())


async def test_one_that_was_cancelled_when_it_was_there_is_written_down_as_that(stage: Stage) -> None:
    class Heard(list[str]):
        def append(self, line: str) -> None:
            super().append(line)
            if line.startswith("runs "):
                running.cancel()

    stage.said = Heard()
    stage.settings["after"] = python("import time; time.sleep(100)")
    running = asyncio.ensure_future(run(stage.work()))
    with pytest.raises(asyncio.CancelledError):
        await running
    (made,) = stage.ids()
    (event,) = stage.events()
    assert event.words.startswith(f"{made}: ")
    assert event.words.endswith("; then it was cancelled")
