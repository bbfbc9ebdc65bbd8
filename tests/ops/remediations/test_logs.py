"""What is done to log files, to real ones: emptied and rotated; and which files are never touched."""

import asyncio
import json
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ops.actions.errors import Refused
from ops.actions.files import look
from ops.actions.registry import discover
from ops.config.structs import Config
from ops.runner.calls import File
from ops.runner.effects.file import KEPT
from ops.runner.real import RealRunner
from tests.parts.acting import MemorySink, act, config_of, planned, read, row_of
from tests.parts.need import need
from tests.parts.small_disk import small_disk

ACTIONS = ("log.truncate", "log.rotate")


def logging_to(path: Path | str, *, key: str = "file", more: str = "") -> Config:
    """A config with one log."""
    return config_of(f'[[log]]\nname = "app"\n{key} = {json.dumps(str(path))}\n{more}')


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log with a few lines."""
    path = tmp_path / "app.log"
    path.write_text("one\ntwo\n")
    return path


def text_of(path: Path | str) -> str:
    """What is in it."""
    return Path(path).read_text()


def put(path: Path | str, text: str) -> None:
    """Write it anew."""
    Path(path).write_text(text)


def names(log: Path) -> list[str]:
    """What lies in its folder."""
    return sorted(path.name for path in log.parent.iterdir())


async def test_a_full_disk_has_room_again_once_a_log_is_emptied(tmp_path: Path) -> None:
    with small_disk(tmp_path) as disk:
        path = disk.folder / "app.log"
        disk.fill()
        (disk.folder / "ballast").rename(path)
        mount = f'[[host]]\nname = "box"\ninclude_mounts = [{json.dumps(str(disk.folder))}]\n'
        config = logging_to(path, more=mount)
        board = await read(config)
        full = next(row for row in board.rows if row.kind == "host.disk")
        assert full.word == "full"
        before = path.stat()
        plan = await planned(config, "log.truncate", "log:app")
        assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
        acted = await act(config, "log.truncate", "log:app", plan.seen)
        assert "MiB are free" in acted.sink.of("say")[-1]
        assert path.stat().st_ino == before.st_ino
        assert row_of(await read(config), full.id).level == "ok"


async def test_who_writes_a_log_goes_on_after_it_was_emptied(log: Path) -> None:
    with log.open("a") as writer:
        writer.write("x" * 1000)
        writer.flush()
        await act(logging_to(log), "log.truncate", "log:app")
        writer.write("after\n")
    assert text_of(log) == "after\n"


async def test_a_rotation_keeps_the_old_ones_and_begins_a_new_one_like_the_old(log: Path) -> None:
    os.chmod(log, 0o640)
    os.chown(log, *((1, 1) if os.geteuid() == 0 else (os.getuid(), os.getgid())))
    before = os.stat(log)
    config = logging_to(log)
    plan = await planned(config, "log.rotate", "log:app")
    assert names(log) == ["app.log"]
    await act(config, "log.rotate", "log:app", plan.seen)
    after = os.stat(log)
    assert (after.st_size, stat.S_IMODE(after.st_mode), after.st_uid, after.st_gid) == (
        0,
        0o640,
        before.st_uid,
        before.st_gid,
    )
    assert os.stat(f"{log}.1").st_ino == before.st_ino
    put(log, "three\n")
    await act(config, "log.rotate", "log:app")
    assert [text_of(f"{log}.{number}") for number in (1, 2)] == ["three\n", "one\ntwo\n"]
    assert names(log) == ["app.log", "app.log.1", "app.log.2"]


async def test_rotations_are_bounded_and_the_oldest_goes(log: Path) -> None:
    config = logging_to(log)
    for turn in range(KEPT + 3):
        put(log, f"{turn}\n")
        acted = await act(config, "log.rotate", "log:app")
    assert "the oldest is gone: 2 B are free" in acted.sink.of("say")[-1]
    kept = [text_of(f"{log}.{number}") for number in range(1, KEPT + 1)]
    assert kept == [f"{turn}\n" for turn in range(KEPT + 2, 2, -1)]
    assert len(names(log)) == KEPT + 1


async def test_a_rotated_log_is_followed_by_the_same_collector(log: Path) -> None:
    config = logging_to(log)
    await act(config, "log.rotate", "log:app")
    assert row_of(await read(config), "log:app").level == "ok"


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("what", ["a link", "a link on the way", "a pipe", "a folder", "a second name", "a device"])
async def test_what_is_no_plain_file_of_one_name_is_refused(action: str, what: str, log: Path, tmp_path: Path) -> None:
    path = tmp_path / "other.log"
    if what == "a link":
        path.symlink_to(log)
    elif what == "a link on the way":
        (tmp_path / "linked").symlink_to(tmp_path)
        path = tmp_path / "linked" / "app.log"
    elif what == "a pipe":
        os.mkfifo(path)
    elif what == "a folder":
        path.mkdir()
    elif what == "a second name":
        path.hardlink_to(log)
    else:
        path = Path("/dev/null")
    with pytest.raises(Refused) as caught:
        look(str(path))
    assert caught.value.remedy
    call = File(path=str(path), how="truncate" if action == "log.truncate" else "rotate")
    with pytest.raises(Refused):
        await RealRunner(config_of(""), MemorySink()).do(call)
    assert text_of(log) == "one\ntwo\n"


@pytest.mark.parametrize("path", ["", "app.log", "/", "/tmp/", "/tmp/../etc/passwd", "/tmp/./x", "/tmp/a\0b"])
def test_only_whole_plain_paths_are_taken(path: str) -> None:
    with pytest.raises(Refused, match="no whole path"):
        look(path)


@pytest.mark.parametrize("action", ACTIONS)
async def test_a_log_that_is_away_is_refused(action: str, log: Path) -> None:
    config = logging_to(log)
    await read(config)
    os.unlink(log)
    with pytest.raises(Refused, match="is not there") as caught:
        await planned(config, action, "log:app")
    assert caught.value.reason == "missing"
    assert names(log) == []


@pytest.mark.parametrize("action", ACTIONS)
async def test_another_file_than_the_plan_saw_is_refused(action: str, log: Path) -> None:
    config = logging_to(log)
    plan = await planned(config, action, "log:app")
    os.rename(log, f"{log}.old")
    put(log, "new\n")
    with pytest.raises(Refused, match="file has changed"):
        await act(config, action, "log:app", plan.seen)
    assert text_of(log) == "new\n"


async def test_a_new_log_that_can_not_be_like_the_old_leaves_all_as_it_was(open_folder: Path) -> None:
    log = open_folder / "app.log"
    put(log, "one\n")
    os.setresuid(65534, 65534, 0)
    try:
        with pytest.raises(Refused, match="can't be given to its owner") as caught:
            await RealRunner(config_of(""), MemorySink()).do(File(path=str(log), how="rotate"))
    finally:
        os.setresuid(0, 0, 0)
    assert caught.value.reason == "permission"
    assert names(log) == ["app.log"]
    assert text_of(log) == "one\n"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may write into."""
    need(os.geteuid() == 0, "root, to become another user")
    folder = Path(mkdtemp(prefix="wf-logs-"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


async def test_only_a_log_of_one_file_has_offers(log: Path) -> None:
    for config, count in ((logging_to(log), 1), (logging_to(log.parent / "*.log", key="files"), 0)):
        board = await read(config)
        row = row_of(board, "log:app")
        for name in ACTIONS:
            offered = list(discover()[name].offers(row, board.rows))
            assert len(offered) == count
            assert all(str(log) in offer.title for offer in offered)
    with pytest.raises(Refused, match="not read from one file"):
        await planned(logging_to(log.parent / "*.log", key="files"), "log.truncate", "log:app")


def test_both_ask_for_the_name() -> None:
    assert discover()["log.truncate"].risk == "loses"
    assert discover()["log.rotate"].risk == "loses"


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=40).filter(
        lambda name: name not in (".", "..") and len(name.encode()) < 200
    )
)
def test_whatever_a_log_is_called_only_it_is_emptied(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("logs")
    path, beside = folder / name, folder / f"{name}x"
    path.write_text("lines\n")
    beside.write_text("other\n")
    sink = MemorySink()
    asyncio.run(RealRunner(config_of(""), sink).do(File(path=str(path), how="truncate")))
    assert (path.read_text(), beside.read_text()) == ("", "other\n")
    assert sink.inert
