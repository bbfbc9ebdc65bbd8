"""The desk: what it refuses, what it puts on record, what it plans, and that it costs nothing until it is asked."""

import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import msgspec
import pytest
from msgspec.structs import replace

from collectors.base import CollectError
from ops.actions.base import Action, Case, Offer, Param, Pick, Risk
from ops.actions.errors import ActionError, Refused
from ops.audit.trail import FILE_NAME, AuditTrail
from ops.board import Board, Row
from ops.config.fixing import Fix, FixRun, FixWhen
from ops.config.structs import Config
from ops.fixes.desk import FixDesk
from ops.fixes.execute import execute
from ops.fixes.gate import agreed, still_agreed
from ops.fixes.own import DISPOSABLE, rely_on
from ops.fixes.source import filled
from ops.fixes.starting import request_of
from ops.fixes.structs import Plan
from ops.fixes.who import me
from ops.jobs.locks import Holder, TargetLocks, locks_folder
from ops.jobs.running import REAL
from ops.jobs.structs import By
from ops.runner.base import Runner
from ops.runner.calls import Program
from ops.runner.real import RealRunner
from ops.store.places import store_folder
from tests.parts import boards
from tests.parts.acting import MemorySink, config_of
from tests.parts.command import ROOT

ROW = "service:api"
TOML = """
[watchfloor]
name = "desk"
{settings}
[[service]]
name = "api"
url = "http://127.0.0.1:9/"
{more}
[store]
path = "store"
"""


class Touch(Action):
    """Runs a program on a service."""

    name = "test.touch"
    title = "touch it"
    kinds: ClassVar[tuple[str, ...]] = ("service",)
    risk: ClassVar[Risk] = "interrupts"
    params = (Param(name="count", title="how many", kind="int", default="1", least=1, most=9),)
    ran: ClassVar[list[str]] = []

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Always, with a figure to choose."""
        yield Offer(action=self.name, row=row.id, title=f"touch {row.name}", ask=self.params)

    async def picks(self, case: Case, param: Param) -> Sequence[Pick]:
        """Two, of which one is hostile."""
        return [Pick(value="1", text="one"), Pick(value="2", text="two\x1b[31m")]

    async def run(self, case: Case, runner: Runner) -> None:
        """One call; what it relies on comes before."""
        runner.rely("count", case.params["count"])
        if not runner.dry:
            self.ran.append(case.row.id)
        await runner.do(Program(argv=("touch", "--", case.params["count"], "\x1b]0;x")))
        runner.say("done")

    def interrupts(self, case: Case) -> str:
        """Something."""
        return f"{case.row.name} answers nothing for a moment"

    def undone(self, case: Case) -> str:
        """Not."""
        return "it can't be"


def config(folder: Path, settings: str = "", more: str = "") -> Config:
    path = folder / "watchfloor.toml"
    path.write_text(TOML.format(settings=settings, more=more))
    return config_of(path.read_text(), file=str(path))


def writable(given: Config) -> Config:
    Path(given.path).chmod(0o666)
    return given


def desk(given: Config) -> FixDesk:
    return FixDesk(given, actions={Touch.name: Touch()}, clock=lambda: boards.NOW)


def down() -> Board:
    checks = (boards.check("service.reach", "critical", "no answer"),)
    return boards.board(boards.service("api", level="critical", word="down", checks=checks))


async def plan(asked: FixDesk, board: Board | None = None, **params: str) -> Plan:
    board = board or down()
    (one,) = asked.offers(board, [ROW])
    return await asked.plan(board, filled(one.offer, params))


def refusals(given: Config) -> list[Mapping[str, object]]:
    trail = AuditTrail(store_folder(given) / FILE_NAME)
    return [entry.data for entry in trail.entries() if entry.kind == "refused"]


async def test_a_plan_is_what_would_be_called_and_changes_nothing(tmp_path: Path) -> None:
    made = await plan(desk(config(tmp_path)), count="3")
    assert [(step.kind, step.text) for step in made.steps] == [
        ("call", "touch -- 3 '␛]0;x'"),
        ("say", "done"),
    ]
    assert (made.seen, made.proof.checks, made.typed) == ({"count": "3"}, ("service.reach",), "")
    assert made.failing_since == down().rows[0].since
    assert Touch.ran == []
    assert not (tmp_path / "store" / "jobs").exists()


@pytest.mark.parametrize(
    ("count", "said"),
    [
        pytest.param("0", "count: '0' is under 1", id="too few"),
        pytest.param("10", "count: '10' is over 9", id="too many"),
        pytest.param("x;y", "count: 'x;y' is no whole number", id="no figure"),
        pytest.param("1\n2", "count: a parameter is one line of text", id="two lines"),
    ],
)
async def test_a_parameter_that_may_not_be_is_refused(tmp_path: Path, count: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        await plan(desk(config(tmp_path)), count=count)
    assert (refused.value.message, refused.value.reason) == (said, "params")


async def test_a_default_is_taken_where_nothing_was_said(tmp_path: Path) -> None:
    assert (await plan(desk(config(tmp_path)))).offer.params == {"count": "1"}


async def test_picks_can_be_shown(tmp_path: Path) -> None:
    asked = desk(config(tmp_path))
    (one,) = asked.offers(down(), [ROW])
    found = await asked.picks(down(), one.offer, Touch.params[0])
    assert [pick.text for pick in found] == ["one", "two␛[31m"]


DENIED = '[[right]]\neffect = "deny"\nactions = ["test.*"]'


@pytest.mark.parametrize(
    ("settings", "more", "reason"),
    [
        pytest.param("read_only = true", "", "read-only", id="the config is read-only"),
        pytest.param("", DENIED, "rights", id="a right denies it"),
        pytest.param('environment = "production"', "", "typed", id="in production the name was not typed"),
    ],
)
async def test_what_may_not_be_is_refused_and_on_record(tmp_path: Path, settings: str, more: str, reason: str) -> None:
    given = config(tmp_path, settings, more)
    asked = desk(given)
    made = await plan(asked)
    with pytest.raises(Refused) as refused:
        await asked.start(made, me("command"))
    assert refused.value.reason == reason
    (put,) = refusals(given)
    assert (put["reason"], put["row"], put["action"]) == (reason, ROW, Touch.name)
    assert asked.jobs() == []


async def test_a_config_that_others_can_write_is_refused(tmp_path: Path) -> None:
    given = writable(config(tmp_path))
    made = await plan(desk(given))
    with pytest.raises(Refused, match="writable by others"):
        await desk(given).start(made, me("command"))


@pytest.mark.parametrize("name", [".", "jobs"])
async def test_a_history_that_others_can_write_is_refused(tmp_path: Path, name: str) -> None:
    given = config(tmp_path)
    made = await plan(desk(given))
    (store_folder(given) / "jobs").mkdir(parents=True)
    (store_folder(given) / name).chmod(0o777)
    with pytest.raises(Refused, match="writable by others; chmod go-w"):
        await desk(given).start(made, me("command"))
    request = request_of(given, made, me("command"), typed="", wait_s=0, now=1.0)
    assert "writable by others" in REAL.refusal(given, request)


async def test_what_loses_something_asks_for_the_name_and_policy_never_gets_past_it(tmp_path: Path) -> None:
    asked = desk(config(tmp_path))
    board = down()
    (one,) = asked.offers(board, [ROW])
    made = await asked.plan(board, replace(one.offer, risk="loses"))
    assert made.typed == "api"
    with pytest.raises(Refused, match="typed wrong"):
        await asked.start(made, me("screen"), typed="apj")
    with pytest.raises(Refused, match="policy does nothing"):
        await asked.start(made, By(user="policy", uid=0, via="policy"), typed="api")


async def test_for_several_plans_what_was_typed_for_all_of_them_counts(tmp_path: Path) -> None:
    asked = desk(config(tmp_path))
    (one,) = asked.offers(down(), [ROW])
    first = await asked.plan(down(), replace(one.offer, risk="loses"))
    second = replace(first, typed="web")
    for typed, among in (("api", (first, second)), ("api +1", ()), ("api +1", (second,)), ("", (first, second))):
        with pytest.raises(Refused, match="typed"):
            await asked.start(first, me("screen"), typed=typed, among=among)
    agreed(second, me("screen"), "api +1", (first, second))


class Flush(Touch):
    """Loses something, but not where it is offered by its own name."""

    name = "test.flush"
    risk: ClassVar[Risk] = "loses"

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """What is gone anyway, and all."""
        yield Offer(action=self.name, row=row.id, title="flush", params={"count": "1"}, risk="safe")
        yield Offer(action=self.name, row=row.id, title="flush all", params={"count": "9"}, risk="loses")


@pytest.mark.parametrize(
    ("count", "risk"),
    [
        pytest.param("9", "loses", id="what loses something loses it also when it is run again"),
        pytest.param("5", "loses", id="what nobody offers loses something too"),
        pytest.param("1", "interrupts", id="what is offered as harmless is"),
    ],
)
async def test_how_grave_it_is_is_not_said_by_who_asks(tmp_path: Path, count: str, risk: Risk) -> None:
    asked = FixDesk(config(tmp_path), actions={Flush.name: Flush()}, clock=lambda: boards.NOW)
    made = await asked.plan(down(), Offer(action=Flush.name, row=ROW, title="again", params={"count": count}))
    assert (made.risk, made.typed) == (risk, "api" if risk == "loses" else "")


@pytest.mark.parametrize(
    ("loses", "count", "risk"),
    [
        pytest.param("false", "9", "interrupts", id="the config says that nobody misses it"),
        pytest.param("false", "8", "loses", id="it says nothing of what was given in its place"),
        pytest.param("true", "1", "loses", id="the config says that something is lost"),
    ],
)
async def test_a_fix_says_how_grave_it_is_as_it_is_written(tmp_path: Path, loses: str, count: str, risk: Risk) -> None:
    more = f"""
[[fix]]
name = "flush it"
when = {{ service = "api" }}
run = {{ kind = "test.flush", set = {{ count = {9 if loses == "false" else 1} }} }}
loses = {loses}
"""
    told = config(tmp_path)
    fix = msgspec.toml.decode(more)["fix"][0]
    given = replace(told, fixes=(msgspec.convert(fix, Fix),))
    asked = FixDesk(given, actions={Flush.name: Flush()}, clock=lambda: boards.NOW)
    again = Offer(action=Flush.name, row=ROW, title="again", params={"count": count}, fix="flush it")
    made = await asked.plan(down(), again)
    assert made.risk == risk
    assert (DISPOSABLE in made.interrupts) is (risk == "interrupts"), "a plan says on whose word less is lost"


async def test_a_fix_that_is_written_anew_is_not_the_one_that_was_planned(tmp_path: Path) -> None:
    fix = Fix(name="touch", when=FixWhen(service="api"), run=FixRun(kind="command", argv=("true",)))
    given = replace(config(tmp_path), fixes=(fix,))
    asked = FixDesk(given, clock=lambda: boards.NOW)
    made = await asked.plan(down(), Offer(action="command", row=ROW, title="touch", fix="touch"))
    relied = RealRunner(given, MemorySink(), made.seen)
    rely_on(fix, relied)
    with pytest.raises(Refused, match=r"\[\[fix\]\] touch has changed"):
        rely_on(replace(fix, run=replace(fix.run, argv=("false",))), relied)
    request = request_of(given, made, me("screen"), typed="", wait_s=0, now=1.0)
    by_now = replace(given, fixes=(replace(fix, run=replace(fix.run, argv=("false",))),))
    sink = MemorySink()
    outcome = await execute(request, by_now, RealRunner(by_now, sink, request.seen), Deaf())
    assert outcome.verdict == "refused"
    assert sink.of("call") == []


async def test_a_job_whose_process_can_t_be_started_is_on_record_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = config(tmp_path)
    made = await plan(desk(given))
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(Refused, match="can't be started"):
        await desk(given).start(made, me("command"))
    (put,) = refusals(given)
    assert "can't be started" in str(put["said"])


class Deaf:
    """Hears nothing of how it goes."""

    def began(self) -> None:
        """Not."""

    def verifying(self, until: float) -> None:
        """Not."""


async def test_what_asks_for_a_name_by_now_is_refused_in_the_job(tmp_path: Path) -> None:
    given = config(tmp_path)
    asked = desk(given)
    request = request_of(given, await plan(asked), me("screen"), typed="", wait_s=0, now=1.0)
    (row,) = down().rows
    still_agreed(request, row, given)
    by_now = replace(given, settings=replace(given.settings, environment="production"))
    with pytest.raises(Refused, match="must be typed before this by now"):
        still_agreed(request, row, by_now)
    still_agreed(replace(request, typed="api"), row, by_now)
    still_agreed(replace(request, by=replace(request.by, via="policy")), row, by_now)
    with pytest.raises(Refused, match="policy does nothing"):
        still_agreed(replace(request, by=replace(request.by, via="policy"), risk="loses"), row, given)


async def test_a_target_that_somebody_holds_is_refused_with_who_and_offered_as_held(tmp_path: Path) -> None:
    given = config(tmp_path)
    asked = desk(given)
    made = await plan(asked)
    about = Holder(user="bob", tty="/dev/pts/3", pid=1, since=boards.NOW - 12, job=7, title="restart api", row=ROW)
    with await TargetLocks(locks_folder()).take(made.locks, about):
        with pytest.raises(Refused) as refused:
            await asked.start(made, me("command"))
        (one,) = asked.offers(down(), [ROW])
    assert (refused.value.reason, one.allowed) == ("held", refused.value.message)
    assert "bob" in one.allowed
    assert "12 s" in one.allowed


class Better(Touch):
    """Comes before the other, unless it may not be."""

    name = "test.better"

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Always."""
        yield Offer(action=self.name, row=row.id, title=f"touch {row.name} well", score=90)


@pytest.mark.parametrize(
    ("more", "order"),
    [
        pytest.param("", ["test.better", "test.touch"], id="nothing is denied"),
        pytest.param(
            '[[right]]\neffect = "deny"\nactions = ["test.better"]', ["test.touch", "test.better"], id="the best is"
        ),
    ],
)
def test_what_rights_deny_is_offered_last(tmp_path: Path, more: str, order: list[str]) -> None:
    asked = FixDesk(config(tmp_path, more=more), actions={Better.name: Better(), Touch.name: Touch()})
    found = asked.offers(down(), [ROW])
    assert [one.offer.action for one in found] == order
    assert [bool(one.allowed) for one in found] == [False, bool(more)]


async def test_a_plan_for_which_something_can_not_be_read_says_so(tmp_path: Path) -> None:
    class Broken(Touch):
        """Can't read what it needs."""

        async def run(self, case: Case, runner: Runner) -> None:
            """Fail."""
            raise CollectError("no answer\x1b[0m", remedy="start it")

    given = config(tmp_path)
    with pytest.raises(ActionError, match="no answer␛") as failed:
        await plan(FixDesk(given, actions={Touch.name: Broken()}, clock=lambda: boards.NOW))
    assert failed.value.remedy == "start it"


async def test_a_stale_row_is_read_anew_for_the_plan(tmp_path: Path) -> None:
    stale = replace(down().rows[0], stale=True, at=boards.NOW - 900, flapping=True)
    made = await plan(desk(config(tmp_path)), boards.board(stale))
    assert made.warnings == ("service:api is good and bad by turns: it may become well, or ill, by itself",)


def test_why_nothing_can_be_done_is_told(tmp_path: Path) -> None:
    assert desk(config(tmp_path)).read_only == ""
    assert desk(config(tmp_path, "read_only = true")).read_only.startswith("read-only: ")
    assert FixDesk(replace(config(tmp_path), path="")).read_only.startswith("there is no config file")


def test_a_config_that_others_may_write_is_told_before_anything_is_planned(tmp_path: Path) -> None:
    now = [boards.NOW]
    given = config(tmp_path)
    asked = FixDesk(given, clock=lambda: now[0])
    assert asked.read_only == ""
    Path(given.path).chmod(0o666)
    now[0] += 10
    assert "is writable by others; chmod go-w" in asked.read_only
    Path(given.path).chmod(0o600)
    assert asked.read_only, "looked at every few seconds"
    now[0] += 10
    assert asked.read_only == ""


def test_nothing_is_imported_for_a_desk_that_nobody_asks() -> None:
    code = (
        "import sys; from ops.config.structs import Config, Settings; from ops.live import LiveSource\n"
        "source = LiveSource(Config(path='/x/y.toml', settings=Settings(), targets=(), thresholds=()))\n"
        "assert source.fixes is not None and source._running_jobs() == 0\n"
        "heavy = ('ops.remediations', 'ops.jobs.book', 'ops.audit', 'ops.policy', 'ops.runner', 'ops.fixes.offers')\n"
        "print([name for name in sys.modules if name.startswith(heavy)])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
