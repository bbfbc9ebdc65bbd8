"""A floor's desk, which has a program of its own capture and compare: what it gives, its progress, its end."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest
from psutil import process_iter

from ops.config.decode import decode
from ops.drift import apart
from ops.drift.apart import ApartDesk, Ended, Work, do
from ops.drift.source import DriftError
from tests.parts.wait import until_async

FILES = 'name = "here"\nonly = ["files"]\n'


def desk_in(folder: Path, more: str = FILES) -> ApartDesk:
    """A desk of a config that stands in a file, for one file of that folder."""
    file = folder / "floor.toml"
    agreed = folder / "agreed.conf"
    agreed.write_text("listen 80\n")
    file.write_text(f'[store]\npath = "{folder / "state"}"\n[[drift]]\nfiles = ["{agreed}"]\n{more}')
    return ApartDesk(decode(file.read_text(), str(file)).config)


def running(folder: Path) -> bool:
    """Whether a program is at work with that folder's config."""
    return any(f"{folder}/floor.toml" in " ".join(one.info["cmdline"] or ()) for one in process_iter(["cmdline"]))


async def test_it_captures_and_compares_apart_and_tells_how_far_it_is(tmp_path: Path) -> None:
    desk = desk_in(tmp_path)
    told: list[tuple[str, float]] = []
    captured = await desk.capture("agreed", by="ann", tell=lambda what, ratio: told.append((what, ratio)))
    assert (captured.head.name, captured.head.user, desk.current()) == ("agreed", "ann", "agreed")
    assert told[-1] == ("files", 1.0)
    (tmp_path / "agreed.conf").write_text("listen 8080\n")
    found = await desk.detect()
    assert {one.path.partition("#")[2] for one in found.drift} >= {"text"}
    assert desk.findings() == found


async def test_one_item_is_looked_at_here(tmp_path: Path) -> None:
    desk = desk_in(tmp_path)
    await desk.capture("agreed", by="ann")
    (tmp_path / "agreed.conf").write_text("listen 8080\n")
    one = (await desk.detect()).drift[0]
    assert [each.path for each in (await desk.detect(path=one.place)).drift if each.path == one.path] == [one.path]


async def test_what_goes_wrong_there_is_raised_here(tmp_path: Path) -> None:
    desk = desk_in(tmp_path)
    with pytest.raises(DriftError, match="there is no baseline yet"):
        await desk.detect()
    with pytest.raises(DriftError, match="can't be the name of a baseline"):
        await desk.capture("../x", by="ann")


class Crashed:
    """A program that ended with a word of the world."""

    out, code = b"", 1

    def __init__(self, err: bytes) -> None:
        self.err = err
        self.exited, self.stirred, self.silent = asyncio.Event(), asyncio.Event(), asyncio.Event()
        for event in (self.exited, self.stirred, self.silent):
            event.set()

    async def end(self) -> None:
        """It has ended."""


async def test_what_a_crash_says_is_told_without_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def start(*_: object, **__: object) -> Crashed:
        return Crashed(b"Traceback\nOSError: postgres://u:geheim@db refuses\n")

    monkeypatch.setattr(apart, "start", start)
    with pytest.raises(DriftError, match="ended with 1: OSError") as raised:
        await desk_in(tmp_path).capture("agreed", by="ann")
    assert "geheim" not in raised.value.message


async def test_what_is_no_text_in_place_of_progress_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def start(*_: object, **__: object) -> Crashed:
        return Crashed(b'{"what":"\xff"}\n')

    monkeypatch.setattr(apart, "start", start)
    with pytest.raises(DriftError, match="ended with 1: "):
        await desk_in(tmp_path).capture("agreed", by="ann")


async def test_a_config_that_broke_meanwhile_is_a_sentence(tmp_path: Path) -> None:
    desk = desk_in(tmp_path)
    (tmp_path / "floor.toml").write_text("[[")
    with pytest.raises(DriftError) as raised:
        await desk.detect()
    assert raised.value.remedy


async def test_who_is_cancelled_leaves_no_program_behind(tmp_path: Path) -> None:
    desk = desk_in(tmp_path)
    going = asyncio.ensure_future(desk.capture("agreed", by="ann"))
    await until_async(lambda: running(tmp_path), "its program to begin")
    going.cancel()
    await asyncio.wait([going])
    assert going.cancelled()
    await until_async(lambda: not running(tmp_path), "its program to end")


async def test_the_work_is_done_where_the_program_runs(tmp_path: Path) -> None:
    desk_in(tmp_path)
    told: list[str] = []
    work = Work(what="capture", name="agreed", by="ann")
    assert await do(str(tmp_path / "floor.toml"), work, lambda what, _: told.append(what)) == Ended(name="agreed")
    assert told
    written = (tmp_path / "state" / "drift" / "baselines" / "agreed.toml").read_text()
    assert json.dumps("ann") in written


HANGS = """
import asyncio, time
from ops.drift import apart

async def do(config, work, tell):
    asyncio.get_running_loop().run_in_executor(None, time.sleep, 600)
    return apart.Ended(name="agreed")

apart.do = do
apart.main(["", '{"what": "capture"}'])
"""


def test_a_thread_that_hangs_does_not_keep_it() -> None:
    command = [sys.executable, "-c", HANGS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        try:
            assert program.wait(60) == 0
            assert program.stdout is not None
            assert json.loads(program.stdout.read())["name"] == "agreed"
        finally:
            program.kill()
