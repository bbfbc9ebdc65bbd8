"""What was killed stands in the history as soon as anything else is done to the set, and stays until it goes well."""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from collectors.backup import Schedule
from ops.backup import turns
from ops.backup.doing.drill import drill
from ops.backup.doing.run import run
from ops.backup.doing.verify import verify
from ops.backup.locks import Owner, lock_file
from ops.backup.standing import last_run
from ops.backup.structs import Event
from tests.parts.backup_sets import Stage
from tui.panes.backup_said import Said, said

HOLDS = """
import sys, time
from pathlib import Path
from ops.backup.locks import alone
with alone(Path(sys.argv[1]), "media", sys.argv[2], say=print):
    print("held", flush=True)
    time.sleep(1000)
"""


@pytest.fixture
async def stage(tmp_path: Path) -> Stage:
    """With a backup that was read through."""
    made = Stage(tmp_path)
    made.fill(a=b"one")
    await run(made.work(), due=("daily",))
    await verify(made.work(), "latest")
    return made


def killed(stage: Stage, what: str) -> int:
    """Let a process hold the set, and kill it; its id."""
    arguments = [sys.executable, "-c", HOLDS, str(stage.work().folder), what]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        other.kill()
    return other.pid


async def told(stage: Stage) -> Said:
    return said(await stage.desk.standing("media"), time.time())


def lines(stage: Stage) -> Sequence[tuple[str, bool]]:
    return [(event.what, event.ok) for event in stage.events()]


async def test_a_killed_run_is_told_though_an_older_backup_is_verified(stage: Stage) -> None:
    began = time.time()
    pid = killed(stage, "run")
    assert lines(stage) == [("verify", True), ("run", True)], "who only looks writes nothing"
    assert (await told(stage))[:2] == ("warning", "killed")
    await verify(stage.work(), "latest")
    assert lines(stage) == [("verify", True), ("run", False), ("verify", True), ("run", True)]
    line = stage.events()[1]
    words = f"it was killed: its process (pid {pid}) ended without a word"
    assert (line.words, line.reason, line.backup, line.due) == (words, "error", "", ())
    assert began <= line.at <= time.time()
    assert line.by
    assert await told(stage) == ("warning", "run failed", f"the last run failed: {words}")
    # Nor does anything else that goes well hide it, but a run.
    await drill(stage.work(), "latest")
    assert (await told(stage))[:2] == ("warning", "run failed")
    await run(stage.work())
    await verify(stage.work(), "latest")
    assert (await told(stage))[0] == "ok"


async def test_a_killed_proof_is_one_that_could_not_be_made(stage: Stage) -> None:
    killed(stage, "verify")
    await run(stage.work())
    assert lines(stage)[:2] == [("run", True), ("verify", False)]
    kept = (await stage.desk.standing("media")).kept
    assert not any(one.broken for one in kept), "it says nothing of the backup"
    assert kept[-1].verified_at is not None


async def test_a_killed_run_of_the_schedule_is_still_due(stage: Stage) -> None:
    stage.settings["schedule"] = Schedule(daily="02:00")
    tomorrow = time.time() + 2 * 86_400
    due = turns.run_due(stage.work().backup, stage.events(), tomorrow)
    assert due is not None
    assert due.due == ("daily",)
    owner = Owner(user="ann", host="here", pid=1, what="run", since=tomorrow)
    lock_file(stage.work().folder, "media").write_bytes(msgspec.json.encode(owner))
    await verify(stage.work(clock=lambda: tomorrow + 60), "latest")
    assert last_run(stage.events()) == Event(
        what="run", set="media", at=tomorrow, ok=False, by="ann", reason="error",
        words="it was killed: its process (pid 1) ended without a word", remedy=stage.events()[1].remedy,
    )  # fmt: skip
    assert turns.run_due(stage.work().backup, stage.events(), tomorrow + 60) == due


async def test_one_that_was_killed_after_its_own_line_has_no_second(stage: Stage) -> None:
    owner = Owner(user="ann", host="here", pid=1, what="verify", since=stage.events()[0].at - 0.001)
    lock_file(stage.work().folder, "media").write_bytes(msgspec.json.encode(owner))
    await verify(stage.work(), "latest")
    assert lines(stage) == [("verify", True), ("verify", True), ("run", True)]


@pytest.mark.parametrize(
    ("what", "since", "wanted"),
    [
        pytest.param("run", 0.0, [("run", False)], id="nobody knows since when"),
        pytest.param("run", 1e12, [("run", False)], id="its clock was ahead"),
        pytest.param("\x1b[31m", 5.0, [], id="nobody knows what it did"),
    ],
)
async def test_a_lock_that_says_odd_things(stage: Stage, what: str, since: float, wanted: list[object]) -> None:
    owner = Owner(user="\x1b[31mann", host="here", pid=1, what=what, since=since)
    lock_file(stage.work().folder, "media").write_bytes(msgspec.json.encode(owner))
    await verify(stage.work(), "latest")
    assert lines(stage)[1:-2] == wanted
    assert all(event.at <= time.time() and "\x1b" not in event.by for event in stage.events())
