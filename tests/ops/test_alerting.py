"""Alerts and incidents over the live floor: loaded late, kept by whoever leads, shown by everybody, told once."""

import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from collectors.base import CollectError, Collector, Entity, Reading, TargetConfig
from collectors.units import Duration
from ops.board import Board
from ops.config.alerting import Alerting, AlertRule, Receiver, Route
from ops.config.structs import Config, TargetSpec
from ops.incidents.keeper import Keeper
from ops.live import LiveSource
from tests.parts.command import ROOT
from tests.parts.down import down
from tests.parts.sinks import HttpSink, webhook_sink

WELL: set[str] = set()
"""Names of services that answer now."""


class Switched(Collector[TargetConfig]):
    """A service that answers while it is in WELL."""

    name, section, title, Config = "switched", "service", "Switched", TargetConfig

    async def collect(self) -> Reading:
        """Answer or refuse."""
        if self.config.name not in WELL:
            raise CollectError("connection refused", reason="refused")
        return Reading((Entity(kind="service", name=self.config.name, facts={"status": 200, "total_s": 0.01}),))


@pytest.fixture(autouse=True)
def _none_is_well() -> None:
    WELL.clear()


def config(folder: Path, sink: HttpSink) -> Config:
    """One service, and a webhook that hears of it; what is over is over at once."""
    polled = TargetConfig(name="api", interval=Duration(0.1), timeout=Duration(0.1), failures=1, successes=1)
    hook = Receiver(name="hook", kind="webhook", url=f"{sink.url}/hook")
    rule = AlertRule(name="down", keep_firing=Duration(0))
    route = Route(receivers=("hook",), group_wait=Duration(0), group_interval=Duration(1))
    return down(
        folder,
        targets=(TargetSpec(id="service:api", collector=Switched, config=polled),),
        alerting=Alerting(receivers=(hook,), rules=(rule,), route=route),
    )


@asynccontextmanager
async def live(made: Config) -> AsyncIterator[LiveSource]:
    """A floor that records, ended afterwards."""
    source = LiveSource(made, record=True)
    try:
        yield source
    finally:
        await source.close()


async def board_when(source: LiveSource, holds: Callable[[Board], object], what: str, seconds: float = 20) -> Board:
    """The first Board of which it holds."""
    end = time.monotonic() + seconds
    async for board in source.boards():
        if holds(board):
            return board
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
    raise AssertionError("there is always another Board")


def told(sink: HttpSink) -> list[str]:
    """The actions that were taken, each message once."""
    return [got.json["action"] for got in sink.once]


async def test_it_broke_and_it_is_over_are_each_told_once_whoever_leads(tmp_path: Path) -> None:
    async with webhook_sink() as sink:
        made = config(tmp_path, sink)
        async with live(made) as source:
            board = await board_when(source, lambda board: board.incidents, "an incident")
            assert board.incidents[0].firing == ("down/service:api",)
            await board_when(source, lambda _: sink.taken, "a message")
        async with live(made) as source:
            await board_when(source, lambda board: board.incidents, "the same incident after a restart")
            WELL.add("api")
            await board_when(source, lambda board: board.rows[0].level == "ok" and not board.incidents, "its end")
            await board_when(source, lambda _: len(sink.once) > 1, "the message of its end")
            assert source.incidents is not None
            (incident,) = source.incidents.page()
            assert incident.state == "resolved"
        assert told(sink) == ["firing", "resolved"]


async def test_a_floor_that_does_not_lead_shows_incidents_and_sends_nothing(tmp_path: Path) -> None:
    async with webhook_sink() as sink:
        made = config(tmp_path, sink)
        async with live(made) as leader, live(made) as other:
            await board_when(leader, lambda board: board.incidents and sink.taken, "an incident that is told")
            board = await board_when(other, lambda board: board.incidents, "the incident of another process")
            assert not other.leads
            assert board.incidents[0].number == 1
            await board_when(leader, lambda _: True, "one more look")
        assert told(sink) == ["firing"]


async def test_what_a_receiver_does_not_take_is_shown(tmp_path: Path) -> None:
    async with webhook_sink() as sink:
        made = config(tmp_path, sink)
        port = sink.port
    assert port
    async with live(made) as source:
        await board_when(source, lambda board: board.incidents, "an incident")
        assert source.incidents is not None
        outbox = source.incidents
        await board_when(source, lambda _: any(one.said for one in outbox.messages()), "an answer")
        (message,) = source.incidents.messages()
        assert (message.state, message.attempts > 0) == ("queued", True)


async def test_a_fault_of_a_look_is_told_and_the_next_one_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = Keeper.look
    faults = [KeyError("gone"), ValueError("password=hunter22")]

    def faulty(keeper: Keeper, board: Board, now: float) -> int:
        if faults:
            raise faults.pop()
        return taken(keeper, board, now)

    monkeypatch.setattr(Keeper, "look", faulty)
    async with webhook_sink() as sink, live(config(tmp_path, sink)) as source:
        told = await board_when(source, lambda board: any("not looked at" in note for note in board.notes), "the fault")
        (note,) = (note for note in told.notes if "not looked at" in note)
        assert "ValueError in test_alerting.py line" in note
        assert "please report it" in note
        assert "not looked at" in source.fault
        board = await board_when(source, lambda board: board.incidents, "an incident all the same")
        assert not any("not looked at" in note for note in board.notes)
        assert not source.fault


async def test_a_floor_without_a_config_keeps_none(tmp_path: Path) -> None:
    source = LiveSource(down(tmp_path, path=""), record=True)
    board = await board_when(source, lambda board: board.rows[0].level == "critical", "a service that is down")
    assert (source.incidents, board.incidents) == (None, ())
    await source.close()
    assert not (tmp_path / "history").exists()


def test_nothing_of_it_is_loaded_before_the_floor_is_live() -> None:
    script = (
        "import sys, ops.live\n"
        "heavy = ('ops.incidents.', 'ops.notify', 'ops.alerts.', 'smtplib', 'httpx')\n"
        "print(*sorted(name for name in sys.modules if name.startswith(heavy) and not name.endswith('.structs')))"
    )
    said = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.split() == []
