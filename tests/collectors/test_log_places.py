"""Logs of real containers, here and over SSH, and of a real journal."""

import asyncio
import getpass
import shutil
from pathlib import Path

import pytest

from collectors.base import NoData
from collectors.log_api.container import Stamped, nanoseconds
from collectors.log_api.journal import parse_entries
from tests.parts.collecting import ended_after, fault, first
from tests.parts.docker import Box, Engine
from tests.parts.journald import Journal
from tests.parts.logs import WatchLog, counted, told
from tests.parts.need import need
from tests.parts.readings import figure
from tests.parts.sshd import sshd
from tests.parts.wait import until_async


async def test_a_container_is_read_on_from_the_last_line(engine: Engine, box: Box, watch_log: WatchLog) -> None:
    made = box.run('echo ERROR old; mkfifo /p; while read line; do echo "$line"; echo "$line" >&2; done <> /p')
    app = watch_log(container=made.name, url=engine.url)
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


async def test_a_container_that_is_made_anew_is_read_from_its_start(
    engine: Engine, box: Box, watch_log: WatchLog
) -> None:
    name = f"{box.prefix}-a"
    app = watch_log(container=name, url=engine.url)
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


async def test_a_container_with_a_terminal_and_one_that_ended(engine: Engine, box: Box, watch_log: WatchLog) -> None:
    made = box.create("echo ERROR tty; printf 'ERROR unfinished'", tty=True)
    app = watch_log(container=made.name, url=engine.url)
    await first(app)
    made.sdk.start()
    made.sdk.wait()
    found = await first(app)
    assert (counted(found), told(found)) == (2, ["unfinished", "tty"])
    assert counted(await first(app)) == 2


async def test_a_container_that_floods_is_bounded_and_counted(engine: Engine, box: Box, watch_log: WatchLog) -> None:
    made = box.create("yes 'INFO all is well' | head -n 50000; echo ERROR at last")
    app = watch_log(container=made.name, url=engine.url, timeout=30.0)
    await first(app)
    made.sdk.start()
    made.sdk.wait()
    found = await first(app)
    assert told(found) == ["at last"]
    assert found.facts["skipped_lines"] == 50_001 - 20_000
    assert found.texts["newest lines"].splitlines()[-1] == "ERROR at last"
    assert (await first(app)).facts["skipped_lines"] == 30_001


async def test_a_container_without_a_log_and_an_engine_that_is_not_there(
    engine: Engine, box: Box, watch_log: WatchLog
) -> None:
    made = box.run(log_config={"type": "none", "config": {}})
    assert "keeps no log" in (await fault(watch_log(container=made.name, url=engine.url))).message
    gone = await fault(watch_log(container=made.name, url="unix:///nowhere/docker.sock"))
    assert gone.message == "no Docker socket at /nowhere/docker.sock"


async def test_a_container_of_another_host_is_read_over_ssh(
    engine: Engine, box: Box, watch_log: WatchLog, folder: Path
) -> None:
    made = box.run("echo ERROR far away; sleep 1000")
    await until_async(lambda: made.sdk.logs() != b"", "its line")
    with sshd(folder) as ssh:
        port, config = ssh[ssh.index("-p") + 1], folder / "ssh_config"
        known = f"UserKnownHostsFile {folder}/known\nStrictHostKeyChecking accept-new\n"
        config.write_text(f"Host *\nIdentityFile {folder}/client\n{known}")
        url = f"ssh://{getpass.getuser()}@127.0.0.1:{port}{engine.socket}"
        app = watch_log(container=made.name, url=url, ssh_config=str(config))
        begin = await first(app)
        assert begin.texts["newest lines"] == "ERROR far away"
        made.sdk.restart(timeout=0)
        await until_async(lambda: made.sdk.logs().count(b"\n") == 2, "its line again")
        assert told(await first(app)) == ["far away"]
        await app.close()


async def test_an_engine_that_hangs_is_left_in_time(tmp_path: Path, watch_log: WatchLog) -> None:
    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_unix_server(mute, tmp_path / "s"):
        app = watch_log(container="web", url=f"unix://{tmp_path}/s")
        assert await ended_after(app, 0.2) < 3
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


async def test_a_journal_is_read_on_from_its_cursor(journal: Journal, watch_log: WatchLog) -> None:
    journal.write("web.service", "starting", 6)
    journal.write("web.service", "old trouble", 3)
    app = watch_log(journal="web.service", journal_folder=str(journal.folder))
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


async def test_more_of_a_journal_than_is_read(
    journal: Journal, watch_log: WatchLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = watch_log(journal="web.service", journal_folder=str(journal.folder))
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


async def test_a_unit_that_said_nothing_yet(journal: Journal, watch_log: WatchLog) -> None:
    app = watch_log(journal="quiet.service", journal_folder=str(journal.folder))
    journal.write("web.service", "else", 6)
    assert (await first(app)).facts["silent_s"] is None
    journal.write("quiet.service", "spoke", 3)
    assert told(await first(app)) == ["spoke"]


async def test_a_machine_without_a_journal_has_no_data(tmp_path: Path, watch_log: WatchLog) -> None:
    need(shutil.which("journalctl"), "a journalctl")
    for _ in range(2):
        with pytest.raises(NoData, match=r"^there is no journal on this machine$"):
            await watch_log(journal="web.service", journal_folder=str(tmp_path)).collect()
    error = await fault(watch_log(journal="web.service", journal_folder="/nowhere"))
    assert error.message == "journalctl ended with 1: Failed to open /nowhere: No such file or directory"


async def test_a_machine_without_systemd_has_no_data(
    tmp_path: Path, watch_log: WatchLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoData, match="there is no journal on this machine: it has no journalctl"):
        await watch_log(journal="web.service").collect()


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
