"""The live floor and its history: it is loaded late, gets everything, costs nothing, and never stands in the way."""

import asyncio
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from collectors.base import Collector, Entity, Reading, TargetConfig
from collectors.units import Duration
from ops.board import Board
from ops.config.structs import Config, Settings, StoreSettings, TargetSpec
from ops.live import LiveSource
from ops.store.contract import Retention
from ops.store.lock import RecorderLock
from ops.store.opening import open_store
from tests.parts.command import ROOT
from tests.parts.small_disk import small_disk


class Restarting(Collector[TargetConfig]):
    """A service with a container that is started anew before each reading."""

    name, section, title, Config = "restarting", "service", "Restarting", TargetConfig
    times = 0
    noise = 0
    """Bytes of each reading's text that no compression makes smaller."""

    async def collect(self) -> Reading:
        """Answer."""
        self.times += 1
        texts = {"noise": random.randbytes(self.noise).hex()}
        own = Entity(kind="service", name="api", facts={"status": 200, "total_s": 0.1}, texts=texts)
        part = Entity(kind="container", name="web-1", key="abc", facts={"state": "running", "restarts": self.times})
        return Reading((own, part))


def config(folder: Path, *, record: bool = True) -> Config:
    """A config of one target whose history is in a folder."""
    polled = TargetConfig(name="api", interval=Duration(0.2), timeout=Duration(0.2))
    return Config(
        path=str(folder / "watchfloor.toml"),
        settings=Settings(name="shop", refresh=Duration(0.1)),
        targets=(TargetSpec(id="service:api", collector=Restarting, config=polled),),
        thresholds=(),
        store=StoreSettings(record=record, path="history"),
    )


async def boards_for(source: LiveSource, seconds: float) -> list[Board]:
    """The Boards of the next seconds."""
    end, seen = time.monotonic() + seconds, []
    async for board in source.boards():
        seen.append(board)
        if time.monotonic() >= end:
            break
    return seen


async def board_when(source: LiveSource, holds: Callable[[Board], bool], limit_s: float = 20) -> Board:
    """The first Board of which that is so."""
    async with asyncio.timeout(limit_s):
        async for board in source.boards():
            if holds(board):
                return board
    raise AssertionError("the boards ended")


async def test_what_the_floor_sees_is_recorded(tmp_path: Path) -> None:
    source = LiveSource(config(tmp_path), record=True)
    boards = await boards_for(source, 2.0)
    assert {board.recording for board in boards} == {""}
    begun = time.monotonic()
    await source.close()
    assert time.monotonic() - begun < 3
    store = open_store(tmp_path / "history", retention=Retention(), read_only=True)
    try:
        now = time.time()
        picture = store.picture(now)
        assert picture is not None
        assert [row.id for row in picture.rows] == ["service:api", "container:api/web-1"]
        assert picture.rows[1].depends_on == ("service:api",)
        counted = sum(slot.total for slot in store.slots("service:api", now - 600, now + 60, 60))
        assert counted >= 5, "the polls before the recorder was loaded count too"
        kinds = [event.kind for event in store.events(0, now + 60)]
        assert kinds[0] == "start"
        assert kinds[-1] == "stop"
        assert kinds.count("restart") >= 4
    finally:
        store.close()


async def test_a_floor_whose_history_another_one_records_says_so_until_it_takes_over(tmp_path: Path) -> None:
    (tmp_path / "history").mkdir()
    lock = RecorderLock(tmp_path / "history")
    lock.take()
    source = LiveSource(config(tmp_path), record=True)
    assert (await boards_for(source, 1.0))[-1].recording.startswith("recorded by pid ")
    lock.release()
    end = time.monotonic() + 10
    while (await boards_for(source, 0.2))[-1].recording:
        assert time.monotonic() < end
    await source.close()


async def test_on_a_full_disk_the_floor_goes_on_and_with_room_the_recording_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Restarting, "noise", 30_000)
    with small_disk(tmp_path) as disk:
        source = LiveSource(config(disk.folder), record=True)
        await boards_for(source, 1.5)
        disk.fill()
        full = await board_when(source, lambda board: board.recording == "disk full, not recording")
        assert "full" in full.notes[0]
        later = await board_when(source, lambda board: board.rows[0].at != full.rows[0].at)
        assert later.rows[0].level == "ok"
        disk.empty()
        assert (await board_when(source, lambda board: not board.recording)).rows
        await source.close()
        store = open_store(disk.folder / "history", retention=Retention(), read_only=True)
        told = [event.text for event in store.events(0, time.time() + 60, kinds=("start", "stop"))]
        store.close()
    assert told[1].startswith("disk full, not recording")
    assert told[-1] == "the recording ended"


async def test_nothing_is_recorded_unless_it_is_asked_and_the_config_is_a_file(tmp_path: Path) -> None:
    for given, record in (
        (config(tmp_path), False),
        (config(tmp_path, record=False), True),
        (replace(config(tmp_path), path=""), True),
    ):
        source = LiveSource(given, record=record)
        await boards_for(source, 0.5)
        await source.close()
    assert not (tmp_path / "history").exists()


async def test_words_that_change_make_a_board_although_nothing_is_polled(tmp_path: Path) -> None:
    given = config(tmp_path)
    slow = replace(given.targets[0], config=replace(given.targets[0].config, interval=Duration(60)))
    (tmp_path / "history").write_text("no folder")
    source = LiveSource(replace(given, targets=(slow,)), record=True)
    async with asyncio.timeout(30):
        async for board in source.boards():
            if board.recording == "not recording":
                break
    assert "can't be written" in board.notes[0]
    await source.close()


def test_nothing_of_the_store_is_loaded_before_the_first_boards() -> None:
    program = """
import asyncio, sys
from ops.config.structs import Config, Settings
from ops.live import LiveSource

async def main():
    source = LiveSource(Config(path="x.toml", settings=Settings(), targets=(), thresholds=()), record=True)
    await anext(source.boards())
    print({"sqlite3", "ops.store.recorder", "ops.store.writer", "ops.store.sqlite"} & set(sys.modules))

asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
