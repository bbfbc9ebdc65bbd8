"""Logs of real files, containers and a real journal, through everything that happens to them."""

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from collectors.base import CollectError, Entity, NoData
from collectors.log_api.container import Stamped, nanoseconds
from collectors.log_api.files import Files
from collectors.log_api.journal import parse_entries
from collectors.log_api.place import USUAL
from collectors.log_api.reader import Portion
from collectors.logs import LogConfig, Logs
from tests.parts.collecting import ended_after, fault, first
from tests.parts.docker import Box, Engine
from tests.parts.journald import Journal
from tests.parts.need import need
from tests.parts.readings import figure
from tests.parts.wait import until, until_async

Watch = Callable[..., Logs]


@pytest.fixture
async def watch() -> AsyncIterator[Watch]:
    """Make collectors, which are closed after the test."""
    made: list[Logs] = []

    def make(**settings: Any) -> Logs:
        made.append(Logs(LogConfig(name="app", **settings), {}))
        return made[-1]

    yield make
    for collector in made:
        await collector.close()


def append(path: Path, text: str | bytes) -> None:
    with path.open("ab") as log:
        log.write(text.encode() if isinstance(text, str) else text)


def told(entity: Entity) -> list[str]:
    """The groups of errors, newest first, without their times."""
    return [line.partition(" ")[2] for line in entity.texts.get("errors", "").splitlines()]


def counted(entity: Entity) -> int:
    errors = entity.facts["errors_per_min"]
    assert isinstance(errors, int)
    return errors


async def test_what_was_there_is_context_and_what_comes_is_counted(tmp_path: Path, watch: Watch) -> None:
    log = tmp_path / "a.log"
    log.write_text("".join(f"ERROR old {n}\n" for n in range(500)))
    app = watch(file=str(log))
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


async def test_two_hundred_equal_errors_are_told_once(tmp_path: Path, watch: Watch) -> None:
    log = tmp_path / "a.log"
    log.write_text("")
    app = watch(file=str(log))
    await first(app)
    append(log, "".join(f'{{"level":"error","msg":"connection to db refused (try {n})"}}\n' for n in range(200)))
    found = await first(app)
    assert found.facts["errors_per_min"] == 200
    assert found.facts["newest_error"] == "200× connection to db refused (try 199)"
    assert len(found.texts["errors"].splitlines()) == 1


async def test_rotation_by_rename_loses_and_repeats_nothing(tmp_path: Path, watch: Watch) -> None:
    log = tmp_path / "a.log"
    log.write_text("")
    app = watch(file=str(log))
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


async def test_rotation_by_copy_and_truncate_goes_on(tmp_path: Path, watch: Watch) -> None:
    log = tmp_path / "a.log"
    log.write_text("")
    app = watch(file=str(log))
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
    tmp_path: Path, watch: Watch, kind: str
) -> None:
    log = tmp_path / "a.log"
    log.write_text("")
    app = watch(file=str(log))
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


async def test_a_log_that_was_deleted_is_waited_for(tmp_path: Path, watch: Watch) -> None:
    log = tmp_path / "a.log"
    log.write_text("")
    app = watch(file=str(log))
    await first(app)
    log.unlink()
    away = await first(app)
    assert away.hints == (f"there is no {log} now: waiting for it",)
    assert away.facts["errors_per_min"] == 0
    log.write_text("ERROR back\n")
    found = await first(app)
    assert (counted(found), found.hints) == (1, ())


async def test_a_log_that_never_was_is_an_error_and_is_read_from_its_start_when_it_comes(
    tmp_path: Path, watch: Watch
) -> None:
    log = tmp_path / "a.log"
    app = watch(file=str(log))
    error = await fault(app)
    assert (error.reason, error.remedy) == ("missing", "check its path, and that this user may read it")
    log.write_text("ERROR first\n")
    await first(app)
    assert counted(await first(app)) == 1


async def test_a_flood_is_bounded_and_what_is_left_out_is_counted(tmp_path: Path, watch: Watch) -> None:
    log = tmp_path / "a.log"
    log.write_text("")
    app = watch(file=str(log))
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


async def test_a_line_of_five_megabytes_is_cut(tmp_path: Path, watch: Watch) -> None:
    log = tmp_path / "a.log"
    log.write_text("")
    app = watch(file=str(log))
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


async def test_hostile_bytes_are_inert(tmp_path: Path, watch: Watch) -> None:
    log = tmp_path / "a.log"
    log.write_text("")
    app = watch(file=str(log))
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


async def test_many_files_are_one_log_and_rotated_ones_are_not_read_twice(tmp_path: Path, watch: Watch) -> None:
    for name in ("a.log", "b.log"):
        (tmp_path / name).write_text("ERROR old\n")
    app = watch(files=str(tmp_path / "*.log*"))
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


async def test_a_pattern_that_matches_nothing(tmp_path: Path, watch: Watch) -> None:
    app = watch(files=str(tmp_path / "*.log"))
    assert (await fault(app)).message.startswith("no file matches")
    (tmp_path / "a.log").write_text("ERROR a\n")
    await first(app)
    assert counted(await first(app)) == 1


async def test_following_gives_the_live_log(tmp_path: Path, watch: Watch) -> None:
    for name in ("a.log", "b.log"):
        (tmp_path / name).write_text(f"{name} old\n")
    os.utime(tmp_path / "a.log", (1, 1))
    for settings in ({"file": str(tmp_path / "b.log")}, {"files": str(tmp_path / "*.log")}):
        lines = watch(**settings).follow("")
        assert await anext(lines) == "b.log old"
    with pytest.raises(CollectError, match="no file matches"):
        await anext(watch(files=str(tmp_path / "*.none")).follow(""))


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


# Containers


async def test_a_container_is_read_on_from_the_last_line(engine: Engine, box: Box, watch: Watch) -> None:
    made = box.run('echo ERROR old; mkfifo /p; while read line; do echo "$line"; echo "$line" >&2; done <> /p')
    app = watch(container=made.name, url=engine.url)
    await until_async(lambda: made.sdk.logs() != b"", "its first line")
    begin = await first(app)
    assert (begin.facts["errors_per_min"], begin.facts["source"], begin.key) == (None, "container", made.id)
    assert begin.texts["newest lines"] == "ERROR old"
    assert counted(await first(app)) == 0
    for number in range(3):
        made.sdk.exec_run(["sh", "-c", f"echo ERROR db refused {number} > /p"])
    await until_async(lambda: made.sdk.logs().count(b"\n") == 7, "all lines")
    found = await first(app)
    assert (counted(found), told(found)) == (6, ["6× db refused 2"])
    assert counted(await first(app)) == 6
    assert 0 <= figure(found, "silent_s") < 10
    lines = app.follow("")
    assert await anext(lines) == "ERROR old"


async def test_a_container_that_is_made_anew_is_read_from_its_start(engine: Engine, box: Box, watch: Watch) -> None:
    name = f"{box.prefix}-a"
    app = watch(container=name, url=engine.url)
    error = await fault(app)
    assert (error.reason, error.message) == ("missing", f"there is no container {name}")
    one = box.run("echo ERROR one; sleep 1000")
    await until_async(lambda: one.sdk.logs() != b"", "its line")
    await first(app)
    assert counted(await first(app)) == 1
    one.sdk.remove(force=True)
    two = box.run("echo ERROR two; sleep 1000")
    await until_async(lambda: two.sdk.logs() != b"", "its line")
    found = await first(app)
    assert (counted(found), told(found), found.key) == (2, ["two", "one"], two.id)


async def test_a_container_with_a_terminal_and_one_that_ended(engine: Engine, box: Box, watch: Watch) -> None:
    made = box.create("echo ERROR tty; printf 'ERROR unfinished'", tty=True)
    app = watch(container=made.name, url=engine.url)
    await first(app)
    made.sdk.start()
    made.sdk.wait()
    found = await first(app)
    assert (counted(found), told(found)) == (2, ["unfinished", "tty"])
    assert counted(await first(app)) == 2


async def test_a_container_that_floods_is_bounded_and_counted(engine: Engine, box: Box, watch: Watch) -> None:
    made = box.create("yes 'INFO all is well' | head -n 50000; echo ERROR at last")
    app = watch(container=made.name, url=engine.url, timeout=30.0)
    await first(app)
    made.sdk.start()
    made.sdk.wait()
    found = await first(app)
    assert told(found) == ["at last"]
    assert found.facts["skipped_lines"] == 50_001 - 20_000
    assert found.texts["newest lines"].splitlines()[-1] == "ERROR at last"
    assert (await first(app)).facts["skipped_lines"] == 30_001


async def test_a_container_without_a_log_and_an_engine_that_is_not_there(
    engine: Engine, box: Box, watch: Watch
) -> None:
    made = box.run(log_config={"type": "none", "config": {}})
    assert "keeps no log" in (await fault(watch(container=made.name, url=engine.url))).message
    gone = await fault(watch(container=made.name, url="unix:///nowhere/docker.sock"))
    assert gone.message == "no Docker socket at /nowhere/docker.sock"


async def test_an_engine_that_hangs_is_left_in_time(tmp_path: Path, watch: Watch) -> None:
    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_unix_server(mute, tmp_path / "s"):
        app = watch(container="web", url=f"unix://{tmp_path}/s")
        assert await ended_after(app, 0.2) < 0.5
        await app.close()


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        pytest.param(b"1970-01-01T00:00:01.000000002Z", 10**9 + 2, id="nine digits"),
        pytest.param(b"1970-01-01T00:00:01.5Z", 1_500_000_000, id="one digit"),
        pytest.param(b"1970-01-01T00:00:01Z", 10**9, id="none"),
        pytest.param(b"INFO", None, id="a word"),
        pytest.param(b"1970-01-01T00:00:01.x2Z", None, id="letters"),
    ],
)
def test_times_of_lines(stamp: bytes, expected: int | None) -> None:
    assert nanoseconds(stamp) == expected


def test_lines_of_the_same_nanosecond_are_neither_lost_nor_repeated() -> None:
    answer = b"".join(b"1970-01-01T00:00:0%d.000000000Z %d\n" % (second, n) for n, second in enumerate([1, 2, 2, 2, 3]))
    begin = Stamped(tty=True)
    lines = answer.split(b"\n")
    assert [line for _, line in begin.feed(b"\n".join(lines[:3]) + b"\n")] == [b"0\n", b"1\n", b"2\n"]
    after = Stamped(tty=True, after=begin.after)
    assert [line for _, line in after.feed(b"\n".join(lines[1:]))] == [b"3\n", b"4\n"]


# The journal


async def test_a_journal_is_read_on_from_its_cursor(journal: Journal, watch: Watch) -> None:
    journal.write("web.service", "starting", 6)
    journal.write("web.service", "old trouble", 3)
    app = watch(journal="web.service", journal_folder=str(journal.folder))
    begin = await first(app)
    assert begin.texts["newest lines"].splitlines() == ["starting", "ERROR: old trouble"]
    assert (begin.facts["errors_per_min"], begin.facts["source"], begin.key) == (None, "journal", "web.service")
    assert counted(await first(app)) == 0
    journal.write("web.service", "disk is full", 2)
    journal.write("web.service", "disk is slow", 4)
    journal.write("other.service", "not ours", 3)
    journal.write("web.service", "ERROR in words", 6)
    found = await first(app)
    assert (counted(found), found.facts["warnings_per_min"]) == (2, 1)
    assert told(found) == ["in words", "disk is full"]
    assert counted(await first(app)) == 2
    assert 0 <= figure(found, "silent_s") < 20
    lines = app.follow("")
    assert [await anext(lines) for _ in range(3)] == ["starting", "ERROR: old trouble", "ERROR: disk is full"]


async def test_more_of_a_journal_than_is_read(journal: Journal, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    app = watch(journal="web.service", journal_folder=str(journal.folder))
    journal.write("web.service", "begin", 6)
    await first(app)
    for number in range(8):
        journal.write("web.service", f"trouble {number}", 3)
    monkeypatch.setattr("collectors.log_api.journal._OUTPUT_BYTES", 1_500)
    monkeypatch.setattr("collectors.log_api.journal.MOST_LINES", 2)
    found = await first(app)
    assert told(found) == ["2× trouble 7"]
    skipped = figure(found, "skipped_lines")
    assert 0 < skipped <= 6
    assert found.hints[0].startswith("more was written than is read of the journal")
    monkeypatch.undo()
    assert counted(await first(app)) == 2


async def test_a_unit_that_said_nothing_yet(journal: Journal, watch: Watch) -> None:
    app = watch(journal="quiet.service", journal_folder=str(journal.folder))
    journal.write("web.service", "else", 6)
    assert (await first(app)).facts["silent_s"] is None
    journal.write("quiet.service", "spoke", 3)
    assert told(await first(app)) == ["spoke"]


async def test_a_machine_without_a_journal_has_no_data(tmp_path: Path, watch: Watch) -> None:
    need(shutil.which("journalctl"), "a journalctl")
    for _ in range(2):
        with pytest.raises(NoData, match=r"^there is no journal on this machine$"):
            await watch(journal="web.service", journal_folder=str(tmp_path)).collect()
    error = await fault(watch(journal="web.service", journal_folder="/nowhere"))
    assert error.message == "journalctl ended with 1: Failed to open /nowhere: No such file or directory"


async def test_a_machine_without_systemd_has_no_data(
    tmp_path: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoData, match="there is no journal on this machine: it has no journalctl"):
        await watch(journal="web.service").collect()


def test_entries_of_every_kind() -> None:
    output = (
        b'{"__CURSOR":"a","__REALTIME_TIMESTAMP":"1000000","MESSAGE":"two\\nlines","PRIORITY":"3"}\n'
        b'{"__CURSOR":"b","__REALTIME_TIMESTAMP":"2000000","MESSAGE":[255,65],"PRIORITY":"6"}\n'
        b'{"__CURSOR":"c","__REALTIME_TIMESTAMP":"3000000","MESSAGE":null}\n'
        b'{"__CURSOR":"d","__REALTIME_TIMESTAMP":"x","MESSAGE":"y"}\nnot JSON\n{"__CURSOR":"e","__REALTI'
    )
    found = parse_entries(output)
    assert [entry.text for entry in found] == [b"ERROR: two\n\tlines\n", b"\xffA\n", b"\n"]
    assert [entry.at for entry in found] == [1.0, 2.0, 3.0]


async def test_nothing_stays_open(tmp_path: Path, watch: Watch) -> None:
    log = tmp_path / "a.log"
    log.write_text("x\n")
    before = psutil.Process().num_fds()
    for _ in range(5):
        app = Logs(LogConfig(name="app", file=str(log)), {})
        await first(app)
        await app.close()
    del app
    await asyncio.to_thread(until, lambda: psutil.Process().num_fds() <= before + 1, "the files to be closed")
