"""Policy over the live floor: loaded late, only where it is wanted, on the Board and in the history."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from collectors.clock import SystemClock
from collectors.units import Duration
from ops.board import Board
from ops.config.fixing import Auto, Fix, FixAuto, FixRun, FixVerify, FixWhen
from ops.config.structs import Config, Settings
from ops.fixes.desk import FixDesk
from ops.live import LiveSource
from ops.policing import Policing
from ops.recording import Recording
from ops.store.contract import Retention
from ops.store.opening import open_store
from tests.parts.command import ROOT
from tests.parts.down import down


def config(folder: Path, **more: object) -> Config:
    """A service that is down, and a fix of it that policy proposes."""
    fix = Fix(
        name="restart api",
        when=FixWhen(service="api"),
        run=FixRun(kind="command", argv=("true",)),
        verify=FixVerify(within=Duration(1)),
        auto=FixAuto(after=2, grace=Duration(0), mode="propose"),
    )
    return down(folder, **{"fixes": (fix,), "auto": Auto(enabled=True)} | more)


async def board_when(source: LiveSource, seconds: float, wanted: str) -> Board:
    """The first Board with such a proposal; else the last one of so many seconds."""
    end = time.monotonic() + seconds
    async for board in source.boards():
        if time.monotonic() >= end or any(wanted in proposal.text for proposal in board.proposals):
            return board
    raise AssertionError("there is always another Board")


async def test_what_policy_does_is_on_the_board(tmp_path: Path) -> None:
    source = LiveSource(config(tmp_path), record=True)
    board = await board_when(source, 20, "its mode is to propose")
    (proposal,) = board.proposals
    assert (proposal.row, proposal.fix, board.auto) == ("service:api", "restart api", "auto: 1 proposed")
    await source.close()


@pytest.mark.parametrize(
    "off",
    [
        pytest.param({"auto": Auto()}, id="not enabled"),
        pytest.param({"settings": Settings(read_only=True)}, id="read-only"),
        pytest.param({"path": ""}, id="no config file"),
    ],
)
async def test_where_it_is_not_wanted_there_is_none(tmp_path: Path, off: dict[str, object]) -> None:
    source = LiveSource(config(tmp_path, **off))
    board = await board_when(source, 1, "")
    assert (board.auto, board.proposals) == ("", ())
    await source.close()
    assert not (tmp_path / "history" / "policy.lock").exists()


async def test_what_it_tells_is_in_the_history(tmp_path: Path) -> None:
    told = config(tmp_path)
    recording = Recording(told, time.time)
    policing = Policing.of(told, FixDesk(told), SystemClock(), recording)
    assert policing is not None
    recording.tell(1.0, "fix", "service:api", "before anything is recorded")
    recording.begin()
    policing._tell("service:api", "policy gave up")
    await policing.close()
    await recording.close()
    store = open_store(tmp_path / "history", retention=Retention(), read_only=True)
    found = [(event.row, event.text) for event in store.events(0, time.time() + 1) if event.kind == "fix"]
    store.close()
    assert found == [("service:api", "policy gave up")]


def test_nothing_of_policy_is_loaded_before_the_floor_is_live() -> None:
    program = "import sys, ops.live; print([name for name in sys.modules if name.startswith('ops.policy')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"
