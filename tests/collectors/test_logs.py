"""Log files through everything that happens to them: rotation, truncation, floods, hostile bytes."""

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from collectors.base import CollectError
from collectors.log_api.files import Files
from collectors.log_api.place import USUAL
from collectors.log_api.reader import Portion
from collectors.logs import LogConfig, Logs
from tests.parts.collecting import fault, first
from tests.parts.logs import WatchLog, counted, told
from tests.parts.open_files import held
from tests.parts.readings import figure
from tests.parts.wait import until


def append(path: Path, text: str | bytes) -> None:
    with path.open("ab") as log:
        log.write(text.encode() if isinstance(text, str) else text)


async def test_what_was_there_is_context_and_what_comes_is_counted(tmp_path: Path, watch_log: WatchLog) -> None:
    log = tmp_path / "a.log"
    log.write_text("".join(f"ERROR old {n}\n" for n in range(500)))
    app = watch_log(file=str(log))
    begin = await first(app)
    assert [begin.facts[name] for name in ("lines_per_s", "errors_per_min", "newest_error")] == [None, None, None]
    assert begin.texts["newest lines"].splitlines()[-1] == "ERROR old 499"
    assert (begin.facts["source"], begin.key) == ("path", str(log))
    assert (await first(app)).facts["errors_per_min"] == 0
    began = time.monotonic()
    append(log, "INFO a\nWARN b\nERROR c 1\nERROR c 2\nERROR unfini")
    found = await first(app)
    assert (counted(found), found.facts["warnings_per_min"], told(found)) == (2, 1, ["2× c 2"])
    assert figure(found, "lines_per_s") >= 4 / (time.monotonic() - began + 1)
    assert 0 <= figure(found, "silent_s") < 5
    append(log, "shed\n")
    assert told(await first(app)) == ["unfinished", "2× c 2"]


async def test_two_hundred_equal_errors_are_told_once(tmp_path: Path, watch_log: WatchLog) -> None:
    log = tmp_path / "a.log"
    log.write_text("")
    app = watch_log(file=str(log))
    await first(app)
    append(log, "".join(f'{{"level":"error","msg":"connection to db refused (try {n})"}}\n' for n in range(200)))
    found = await first(app)
    assert found.facts["errors_per_min"] == 200
    assert found.facts["newest_error"] == "200× connection to db refused (try 199)"
    assert len(found.texts["errors"].splitlines()) == 1


async def test_rotation_by_rename_loses_and_repeats_nothing(tmp_path: Path, watch_log: WatchLog) -> None:
    log = tmp_path / "a.log"
    log.write_text("")
    app = watch_log(file=str(log))
    await first(app)
    with log.open("a") as writer:
        writer.write("ERROR one\n")
        writer.flush()
        log.rename(tmp_path / "a.log.1")
        writer.write("ERROR two after the move\n")
        writer.flush()
        log.write_text("ERROR three\n")
        assert counted(await first(app)) == 3
        writer.write("ERROR four of a late writer\n")
        writer.flush()
        append(log, "ERROR five\n")
        assert counted(await first(app)) == 5
    append(log, "ERROR six\n")
    for _ in range(3):
        found = await first(app)
    assert told(found) == [
        f"{word}" for word in ("six", "five", "four of a late writer", "three", "two after the move", "one")
    ]
    assert [file.path for file in psutil.Process().open_files() if str(tmp_path) in file.path] == [str(log)]


async def test_rotation_by_copy_and_truncate_goes_on(tmp_path: Path, watch_log: WatchLog) -> None:
    log = tmp_path / "a.log"
    log.write_text("")
    app = watch_log(file=str(log))
    await first(app)
    append(log, "ERROR one\n" + "INFO filler\n" * 50)
    await first(app)
    os.truncate(log, 0)
    append(log, "ERROR two\n")
    assert counted(await first(app)) == 2
    os.truncate(log, 0)
    append(log, "ERROR three\n" + "INFO longer than before\n" * 500)
    assert counted(await first(app)) == 3, "also when it has grown past the old place again"
    with log.open("r+b") as writer:
        writer.seek(5_000_000)
        os.truncate(log, 0)
        writer.write(b"ERROR four\n")
    found = await first(app)
    assert (counted(found), told(found)[0]) == (4, "four")


@pytest.mark.parametrize("kind", ["pipe", "folder", "loop"])
async def test_what_is_no_file_is_refused_and_a_file_in_its_place_is_read_again(
    tmp_path: Path, watch_log: WatchLog, kind: str
) -> None:
    log = tmp_path / "a.log"
    log.write_text("")
    app = watch_log(file=str(log))
    await first(app)
    append(log, "ERROR one\n")
    log.rename(tmp_path / "old")
    {"pipe": os.mkfifo, "folder": os.mkdir, "loop": lambda path: os.symlink(path, path)}[kind](log)
    for _ in range(2):
        error = await fault(app)
        assert error.remedy
        assert ("Too many levels of symbolic links" if kind == "loop" else "is not a plain file") in error.message
    log.rmdir() if kind == "folder" else log.unlink()
    log.write_text("ERROR two\n")
    found = await first(app)
    assert (counted(found), told(found)) == (2, ["two", "one"])


async def test_a_log_that_was_deleted_is_waited_for(tmp_path: Path, watch_log: WatchLog) -> None:
    log = tmp_path / "a.log"
    log.write_text("")
    app = watch_log(file=str(log))
    await first(app)
    log.unlink()
    away = await first(app)
    assert away.hints == (f"there is no {log} now: waiting for it",)
    assert away.facts["errors_per_min"] == 0
    log.write_text("ERROR back\n")
    found = await first(app)
    assert (counted(found), found.hints) == (1, ())


async def test_a_log_that_never_was_is_an_error_and_is_read_from_its_start_when_it_comes(
    tmp_path: Path, watch_log: WatchLog
) -> None:
    log = tmp_path / "a.log"
    app = watch_log(file=str(log))
    error = await fault(app)
    assert (error.reason, error.remedy) == ("missing", "check its path, and that this user may read it")
    log.write_text("ERROR first\n")
    await first(app)
    assert counted(await first(app)) == 1


async def test_a_flood_is_bounded_and_what_is_left_out_is_counted(tmp_path: Path, watch_log: WatchLog) -> None:
    log = tmp_path / "a.log"
    log.write_text("")
    app = watch_log(file=str(log))
    await first(app)
    lines = "".join(f"2026-11-21 05:00:00 ERROR request {n} failed\n" for n in range(300_000))
    append(log, lines)
    size = len(lines)
    del lines
    before = psutil.Process().memory_info().rss
    stalls = asyncio.create_task(worst_stall())
    found = await first(app)
    stalls.cancel()
    skipped = int(figure(found, "skipped_lines"))
    assert skipped + counted(found) == 300_000
    assert 15_000 < counted(found) <= 20_000
    assert 0.9 * size < figure(found, "skipped_bytes") < size
    assert found.texts["newest lines"].splitlines()[-1].endswith("request 299999 failed")
    assert psutil.Process().memory_info().rss - before < 20 * 2**20
    append(log, "ERROR more\n")
    assert counted(await first(app)) == 300_000 - skipped + 1


async def worst_stall() -> None:
    """Fail when the loop is held for long: reading is a thread's work."""
    while True:
        began = time.monotonic()
        await asyncio.sleep(0.001)
        assert time.monotonic() - began < 0.5


async def test_a_line_of_five_megabytes_is_cut(tmp_path: Path, watch_log: WatchLog) -> None:
    log = tmp_path / "a.log"
    log.write_text("")
    app = watch_log(file=str(log))
    await first(app)
    before = psutil.Process().memory_info().rss
    append(log, b"ERROR begin " + b"z" * 5_000_000)
    assert counted(await first(app)) == 0
    append(log, b"z\nERROR next\n")
    found = await first(app)
    assert (counted(found), told(found)[0]) == (2, "next")
    assert told(found)[1].startswith("begin zzz")
    assert len(told(found)[1]) < 200
    assert psutil.Process().memory_info().rss - before < 20 * 2**20


async def test_hostile_bytes_are_inert(tmp_path: Path, watch_log: WatchLog) -> None:
    log = tmp_path / "a.log"
    log.write_text("")
    app = watch_log(file=str(log))
    await first(app)
    append(
        log,
        b"ERROR \x1b]52;c;aGk=\x07 \x1b[2J \xc2\x9b31m \xe2\x80\xae boo [/bold] \x00\xff\xfe\n"
        b"ERROR \x1b[31mred\x1b[0m\n",
    )
    found = await first(app)
    shown = [str(found.facts["newest_error"]), *"\n".join(found.texts.values()).split("\n")]
    assert all(line.isprintable() for line in shown)
    assert told(found)[0] == "red"
    assert "boo [/bold]" in told(found)[1]


async def test_many_files_are_one_log_and_rotated_ones_are_not_read_twice(tmp_path: Path, watch_log: WatchLog) -> None:
    for name in ("a.log", "b.log"):
        (tmp_path / name).write_text("ERROR old\n")
    app = watch_log(files=str(tmp_path / "*.log*"))
    await first(app)
    append(tmp_path / "a.log", "ERROR a\n")
    append(tmp_path / "b.log", "ERROR b\n")
    (tmp_path / "c.log").write_text("ERROR c\n")
    (tmp_path / "d.log.gz").write_text("ERROR packed\n")
    assert counted(await first(app)) == 3
    (tmp_path / "a.log").rename(tmp_path / "a.log.1")
    (tmp_path / "a.log").write_text("ERROR new\n")
    for _ in range(4):
        found = await first(app)
    assert counted(found) == 4
    for number in range(40):
        (tmp_path / f"x{number}.log").write_text("")
    assert [hint for hint in (await first(app)).hints if hint.endswith("only the 32 written last are read")]


def test_a_read_that_hangs_is_not_joined_by_another(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("one\n")
    files = Files(str(log), "", USUAL)

    def read_inside(portion: Portion) -> None:
        with pytest.raises(CollectError, match="the read of the last poll still hangs"):
            files.poll(lambda _: None)
        seen.append(portion)

    seen: list[Portion] = []
    files.poll(read_inside)
    assert [portion.block for portion in seen] == [b"one\n"]


async def test_a_pattern_that_matches_nothing(tmp_path: Path, watch_log: WatchLog) -> None:
    app = watch_log(files=str(tmp_path / "*.log"))
    assert (await fault(app)).message.startswith("no file matches")
    (tmp_path / "a.log").write_text("ERROR a\n")
    await first(app)
    assert counted(await first(app)) == 1


async def test_following_gives_the_live_log(tmp_path: Path, watch_log: WatchLog) -> None:
    for name in ("a.log", "b.log"):
        (tmp_path / name).write_text(f"{name} old\n")
    os.utime(tmp_path / "a.log", (1, 1))
    for settings in ({"file": str(tmp_path / "b.log")}, {"files": str(tmp_path / "*.log")}):
        lines = watch_log(**settings).follow("")
        assert await anext(lines) == "b.log old"
    with pytest.raises(CollectError, match="no file matches"):
        await anext(watch_log(files=str(tmp_path / "*.none")).follow(""))


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        pytest.param({}, "exactly one of", id="no place"),
        pytest.param({"file": "/a", "journal": "b"}, "exactly one of", id="two places"),
        pytest.param({"file": "/a", "url": "unix:///s"}, "it needs container", id="an engine without a container"),
        pytest.param({"file": "/a", "journal_folder": "/j"}, "needs journal", id="a journal's folder without a unit"),
        pytest.param({"file": "/a", "ignore": "(a+)+"}, "inside a repeat", id="an expression without end"),
        pytest.param({"container": "a/../b"}, "no name of a container", id="a path as a container"),
    ],
)
def test_settings_that_can_not_work_are_refused(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        LogConfig(name="app", **settings)


async def test_nothing_stays_open(tmp_path: Path, watch_log: WatchLog) -> None:
    log = tmp_path / "a.log"
    log.write_text("x\n")
    for _ in range(5):
        app = Logs(LogConfig(name="app", file=str(log)), {})
        await first(app)
        await app.close()
    del app
    await asyncio.to_thread(until, lambda: not held(log), "the file to be closed")
