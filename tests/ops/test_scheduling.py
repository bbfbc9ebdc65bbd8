"""Backups by schedule over the live floor: loaded late, only by a monitor, done by jobs of their own processes."""

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ops.board import Board
from ops.config.decode import decode
from ops.config.structs import Config
from ops.jobs.structs import Job
from ops.leader import Leader
from ops.live import LiveSource
from ops.scheduling import Scheduling
from tests.parts.backup_files import Shop
from tests.parts.command import ROOT

WITHIN_S = 60.0
SEEN_WITHIN_S = 30.0
"""A backup by a program of its own and two readings, also on a machine that is busy."""
SETS = '[[backup]]\nname = "media"\nkind = "files"\npaths = ["/srv"]\ntarget = "file:///b"\n'
HOURLY = (
    'schedule = { every = "1h", verify = "daily 00:00", drill = "daily 00:00" }\nkeep = { last = 3, prune = true }\n'
)


async def jobs_when(source: LiveSource, number: int) -> list[Job]:
    """The jobs once so many have ended, oldest first; else those of the last Board within a minute."""
    end = time.monotonic() + WITHIN_S
    async for _ in source.boards():
        jobs = source.fixes.jobs() if source.fixes else ()
        if time.monotonic() >= end or sum(not job.runs for job in jobs) >= number:
            return [*reversed(jobs)]
    raise AssertionError("there is always another Board")


async def test_a_set_is_taken_proven_and_drilled_by_itself(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    config = shop.config('interval = "1s"\n' + HOURLY)
    source = LiveSource(config, record=True, schedules=True)
    jobs = await jobs_when(source, 3)
    await source.close()

    assert [(job.request.action, job.verdict) for job in jobs] == [
        ("backup.run", "verified"), ("backup.verify", "verified"), ("backup.drill", "verified"),
    ], [job.said for job in jobs]  # fmt: skip
    (kept,) = await shop.kept(config)
    assert (kept.manifest.by, kept.manifest.why, kept.manifest.due) == ("schedule (schedule)", "schedule", ("every",))
    assert kept.drilled_at is not None
    assert {job.request.by.user for job in jobs} == {"schedule"}


async def test_what_another_process_took_is_on_the_floor_before_anybody_wonders(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    source = LiveSource(shop.config())
    words, taking, end = [], None, time.monotonic() + WITHIN_S
    async for board in source.boards():
        (row,) = board.rows
        words.append(row.word)
        if row.word == "none" and taking is None:
            command = ("-m", "tui", "backup", "run", "media", "--config", str(tmp_path / "floor.toml"))
            taking = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=ROOT, stdout=subprocess.DEVNULL)
            end = time.monotonic() + SEEN_WITHIN_S
        if row.level == "ok" or time.monotonic() > end:
            break
    await source.close()
    assert taking is not None
    assert await taking.wait() == 0
    assert words[-1] == "ok", words


@pytest.mark.parametrize(
    ("text", "path", "there"),
    [
        pytest.param(SETS, "floor.toml", True, id="a set"),
        pytest.param("", "floor.toml", False, id="nothing is backed up"),
        pytest.param(SETS, "", False, id="no config file"),
        pytest.param(SETS + "[watchfloor]\nread_only = true\n", "floor.toml", False, id="read-only"),
    ],
)
async def test_it_is_only_there_where_it_may_do_anything(text: str, path: str, there: bool, tmp_path: Path) -> None:
    source = LiveSource(_config(text, path), schedules=True)
    assert (Scheduling.of(source._config, source._desk, source._clock, source._tell) is not None) is there
    await source.close()


def _config(text: str, path: str) -> Config:
    return decode(text, path).config


async def test_only_a_monitor_goes_by_schedules_and_a_floor_that_leads_does_not(tmp_path: Path) -> None:
    config = Shop(tmp_path).config(HOURLY)
    monitor, floor = Leader(config, "monitor"), Leader(config, "floor")
    assert monitor.source._scheduling is not None
    assert floor.source._scheduling is None
    await monitor.change(config)
    assert monitor.source._scheduling is not None
    await monitor.close()
    await floor.close()


async def test_what_could_not_be_done_is_on_the_board(tmp_path: Path) -> None:
    config = Shop(tmp_path).config(HOURLY)
    (tmp_path / "floor.toml").chmod(0o666)
    source = LiveSource(config, record=True, schedules=True)
    end, notes = time.monotonic() + WITHIN_S, tuple[str, ...]()
    async for board in source.boards():
        notes = _said(board)
        if notes or time.monotonic() >= end:
            break
    await source.close()
    assert len(notes) == 1
    assert "nothing is backed up by schedule" in notes[0] or "could not take the every backup" in notes[0]


def _said(board: Board) -> tuple[str, ...]:
    return tuple(note for note in board.notes if note.startswith("media: could not") or "by schedule" in note)


PROGRAM = """
import sys
from ops.config.decode import decode
from ops.live import LiveSource
LiveSource(decode(sys.argv[1], "floor.toml").config, schedules=True)
heavy = ("ops.backup.scheduler", "ops.backup.doing", "boto3", "paramiko", "cryptography", "zstandard")
print([name for name in sys.modules if name.startswith(heavy)])
"""


def test_a_floor_that_is_not_live_yet_has_loaded_nothing_of_it() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, SETS], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
