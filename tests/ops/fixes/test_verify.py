"""The proof of a fix, by the collector that saw the fault: a real service that turns good, late, or never."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import ClassVar

import pytest

from ops.actions.base import Action, Case, Offer, Risk
from ops.actions.errors import ActionError, Refused
from ops.board import Row
from ops.config.structs import Config
from ops.fixes.execute import execute
from ops.fixes.proof import not_yet, proof_of, still_left
from ops.fixes.verify import proven, watching
from ops.jobs.outcome import Outcome
from ops.jobs.structs import By, Proof, Request
from ops.runner.base import Runner
from ops.runner.calls import Program
from ops.runner.dry import DryRunner
from ops.runner.real import RealRunner
from tests.parts import boards
from tests.parts.acting import MemorySink, config_of
from tests.parts.servers import Exchange, Server, running
from tests.parts.wait import until_async

ROW = "service:api"
BAD = Proof(row=ROW, checks=("service.reach",), was="down", within_s=5)


class Switch:
    """Says what the service answers, from which moment on."""

    def __init__(self) -> None:
        self.good_from = float("inf")
        self.asked: list[float] = []

    async def talk(self, exchange: Exchange) -> None:
        """Answer 200 when it is good, else 503."""
        self.asked.append(time.monotonic())
        await exchange.answer(200 if time.monotonic() >= self.good_from else 503)


@asynccontextmanager
async def service(switch: Switch) -> AsyncIterator[tuple[Config, Server]]:
    """A floor with that one service."""
    async with running(switch.talk) as server:
        text = (
            f'[[service]]\nname = "api"\nurl = "{server.url}"\ninterval = "250ms"\ntimeout = "200ms"\nsuccesses = 3\n'
        )
        yield config_of(text), server


class Flip(Action):
    """Mends the service after a while, or does not, or goes wrong."""

    name = "test.flip"
    title = "flip"
    kinds: ClassVar[tuple[str, ...]] = ("service",)
    risk: ClassVar[Risk] = "interrupts"
    switch: ClassVar[Switch]

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Always."""
        yield Offer(action=self.name, row=row.id, title="flip")

    async def run(self, case: Case, runner: Runner) -> None:
        """What the parameter says."""
        match case.params.get("how"):
            case "refuse":
                raise Refused("it is another one now", reason="changed")
            case "refuse late":
                await runner.do(Program(argv=("true",)))
                raise Refused("the second is another one now", reason="changed")
            case "fail":
                raise ActionError("the engine said no", "ask it why")
            case "hang":
                await asyncio.sleep(60)
        self.switch.good_from = time.monotonic() + float(case.params["after"])

    def interrupts(self, case: Case) -> str:
        """Nothing."""
        return ""

    def undone(self, case: Case) -> str:
        """Nothing."""
        return ""

    def undo(self, case: Case) -> Offer | None:
        """By itself."""
        return Offer(action=self.name, row=case.row.id, title="flip back")


class Heard:
    """What a job hears."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def began(self) -> None:
        """Note it."""
        self.words.append("began")

    def verifying(self, until: float) -> None:
        """Note it."""
        self.words.append("verifying" if until > time.time() else "too late")


async def run(switch: Switch, within_s: float = 5, timeout_s: float = 5, key: str = "", row: str = ROW, **params: str):  # type: ignore[no-untyped-def]
    """Execute Flip; gives the outcome, the lines, what was heard."""
    Flip.switch = switch
    heard, sink = Heard(), MemorySink()
    async with service(switch) as (config, _):
        request = Request(
            config="/nowhere/watchfloor.toml",
            action=Flip.name,
            row=row,
            key=key,
            title="flip",
            params=params,
            proof=Proof(row=ROW, checks=BAD.checks, within_s=within_s),
            by=By(user="alice", uid=1, via="command"),
            timeout_s=timeout_s,
            asked_at=time.time(),
        )
        outcome: Outcome = await execute(request, config, RealRunner(config, sink), heard, actions={Flip.name: Flip()})
    return outcome, sink, heard.words


async def test_it_is_verified_after_as_many_good_readings_in_a_row_as_the_target_asks_for() -> None:
    outcome, sink, heard = await run(Switch(), after="0.6")
    assert (outcome.verdict, heard) == ("verified", ["began", "verifying"])
    assert sink.of("say")[-3:] == [f"{ROW}: good ({count} of 3 good)" for count in (1, 2, 3)]
    assert f"{ROW}: down: answers 503 (0 of 3 good)" in sink.of("say")
    assert outcome.undo is not None
    assert outcome.interrupted_s is not None
    assert 0.3 < outcome.interrupted_s < 2.5
    assert outcome.said.startswith("service:api is good again, ")
    assert outcome.said.endswith(" after it began; it may still be erring by figures of the last 5 min")


async def test_what_never_becomes_good_is_unverified_and_says_what_it_still_says() -> None:
    outcome, _, heard = await run(Switch(), within_s=0.8, after="60")
    assert (outcome.verdict, heard) == ("unverified", ["began", "verifying"])
    assert outcome.said == "it ran, but service:api is not good after 800 ms: down: answers 503"
    assert outcome.remedy


async def test_fewer_good_answers_between_bad_ones_are_no_proof() -> None:
    switch, sink = Switch(), MemorySink()
    async with (
        service(switch) as (config, _),
        watching(config, Proof(row=ROW, checks=BAD.checks, within_s=1.5)) as watch,
    ):
        turn = asyncio.create_task(_blink(switch))
        seen = await proven(watch, RealRunner(config, sink))
        await turn
    assert (seen.good, seen.why) == (False, "down: answers 503")
    assert any("1 of 3" in line for line in sink.of("say"))


async def _blink(switch: Switch) -> None:
    """Good for two answers: the first may have been asked too early to count."""
    asked = len(switch.asked)
    switch.good_from = 0.0
    await until_async(lambda: len(switch.asked) >= asked + 2, "two answers")
    switch.good_from = float("inf")


@pytest.mark.parametrize(
    ("how", "verdict", "said"),
    [
        pytest.param("refuse", "refused", "it is another one now", id="refused before any call"),
        pytest.param("refuse late", "failed", "the second is another one now", id="refused after a call is a failure"),
        pytest.param("fail", "failed", "the engine said no", id="the part says no"),
        pytest.param("hang", "failed", "it did not end within 500 ms and was broken off", id="it never ends"),
    ],
)
async def test_what_goes_wrong_is_told(how: str, verdict: str, said: str) -> None:
    outcome, _, heard = await run(Switch(), timeout_s=0.5, how=how)
    assert (outcome.verdict, outcome.said, heard) == (verdict, said, ["began"])


async def test_a_row_that_is_gone_is_refused_before_anything() -> None:
    outcome, _, heard = await run(Switch(), row="service:gone")
    assert (outcome.verdict, heard) == ("refused", [])
    assert outcome.said == "the config has no target that reads service:gone"


async def test_nothing_is_asked_after_the_end_and_cancelling_leaves_no_connection() -> None:
    switch = Switch()
    async with service(switch) as (config, server):
        task = asyncio.create_task(_watch_forever(config))
        await until_async(lambda: len(switch.asked) >= 2, "two questions")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        asked = len(switch.asked)
        await asyncio.sleep(0.6)
        assert (len(switch.asked), server.open) == (asked, 0)


async def test_once_the_fix_is_done_it_is_looked_at_at_once_however_seldom_it_is_read() -> None:
    switch, proof = Switch(), Proof(row=ROW, checks=BAD.checks, within_s=5)
    async with service(switch) as (config, _), watching(config, proof) as watch:
        watch.every_s, watch.successes = 60.0, 1
        await until_async(lambda: switch.asked, "a look before the fix is done")
        switch.good_from = 0.0
        seen = await proven(watch, DryRunner())
    assert (seen.good, len(switch.asked)) == (True, 2)


async def _watch_forever(config: Config) -> None:
    async with watching(config, Proof(row=ROW, checks=BAD.checks, within_s=60)) as watch:
        await proven(watch, DryRunner())


@pytest.mark.parametrize(
    ("row", "why"),
    [
        pytest.param(boards.service("api"), "", id="the check is gone and the row is ok"),
        pytest.param(
            boards.service("api", level="critical", checks=(boards.check("service.reach", "critical", "x"),)),
            "bad: x",
            id="the check is bad",
        ),
        pytest.param(
            boards.service("api", level="warning", word="slow", checks=(boards.check("service.p95", "warning", "x"),)),
            "",
            id="another check is bad: that is another trouble",
        ),
        pytest.param(
            boards.service("api", level="unknown", word="stale", reason="not read"), "stale: not read", id="not read"
        ),
        pytest.param(boards.service("api", word="waiting", level="unknown"), "not read yet", id="waiting"),
        pytest.param(
            boards.container("x", facts={"health": "starting"}), "its health probe has not passed yet", id="starting"
        ),
        pytest.param(None, "", id="it is no more in a good reading"),
    ],
)  # fmt: skip
def test_what_a_reading_proves(row: Row | None, why: str) -> None:
    assert not_yet(BAD, row) == why


@pytest.mark.parametrize(
    ("row", "checks", "left"),
    [
        pytest.param(
            boards.service("api", level="warning", word="slow", reason="p95 640 ms"), ("service.reach",),
            "it is still slow: p95 640 ms", id="another check of it is bad",
        ),
        pytest.param(
            boards.service("api"), ("service.reach", "service.error_percent"),
            "it is still erring by figures of the last 5 min", id="failed probes of before still count",
        ),
        pytest.param(
            boards.service("api"), ("service.p95_s",),
            "it is still slow by figures of the last 5 min", id="slow answers of before still count",
        ),
        pytest.param(boards.container("web"), ("container.state",), "", id="nothing of it is summed up"),
        pytest.param(None, ("postgres.session.blocked",), "", id="it is gone"),
    ],
)  # fmt: skip
def test_what_is_left_beside_the_proof_is_told(row: Row | None, checks: tuple[str, ...], left: str) -> None:
    assert still_left(Proof(row=ROW, checks=checks), row) == left


def test_what_fails_in_another_way_than_before_is_not_well() -> None:
    unhealthy = Proof(row="container:local/x", checks=("container.health",))
    ended = boards.container("x", level="critical", word="exited", checks=(
        boards.check("container.state", "critical", "exited (1)"),
    ))  # fmt: skip
    assert not_yet(unhealthy, ended) == "bad: exited (1)"
    slow = Proof(row=ROW, checks=("service.total_s",))
    down = boards.service("api", level="critical", word="down", checks=(
        boards.check("service.expect", "critical", "answers 503"), boards.check("service.total_s", "ok", "12 ms"),
    ))  # fmt: skip
    assert not_yet(slow, down) == "bad: answers 503"


def test_a_container_must_be_there_and_without_checks_all_must_be_ok() -> None:
    assert not_yet(Proof(row="container:local/x", checks=("container.health",)), None) == "it is not there"
    assert not_yet(Proof(row=ROW), boards.service("api", level="warning", word="slow", reason="p95")) == "slow: p95"
    assert not_yet(Proof(row=ROW), boards.service("api")) == ""


@pytest.mark.parametrize(
    ("state", "checks"),
    [
        pytest.param("busy", ("host.cpu_percent",), id="a fix for one state need not mend the rest"),
        pytest.param("", ("host.zombies", "host.cpu_percent"), id="one for any state must mend it all"),
        pytest.param("full", ("host.zombies", "host.cpu_percent"), id="where nothing has that word by now, all counts"),
    ],
)
def test_the_proof_of_a_fix_for_one_state_is_of_that_state(state: str, checks: tuple[str, ...]) -> None:
    bad = (
        boards.check("host.zombies", "warning", "2 zombies", "zombies"),
        boards.check("host.cpu_percent", "warning", "CPU 100 %", "busy"),
    )
    host = boards.row("host:vm", level="warning", word="zombies", checks=bad)
    assert proof_of(boards.board(host), Offer(action="x", row=host.id, title="x"), state).checks == checks


def test_the_proof_names_the_checks_that_are_bad_now() -> None:
    pending = boards.check("service.p95", "warning", "x")
    api = boards.service("api", level="critical", word="down", reason="down: 503", checks=(
        boards.check("service.reach", "critical", "x"), boards.check("service.cert", "ok", "x"), pending,
    ))  # fmt: skip
    found = proof_of(boards.board(api), Offer(action="x", row="container:local/a", title="x", verify_row=ROW))
    assert (found.checks, found.was) == (("service.reach", "service.p95"), "down: 503")
