"""Policy at work: it begins jobs through the FixSource, says what it can't, and only one process of a history acts."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from collectors.clock import SystemClock
from ops.actions.base import Param
from ops.actions.errors import ActionError, Refused
from ops.board import Board
from ops.config.fixing import Auto, Right, Scale, ScaleWhen
from ops.config.quantity import Quantity
from ops.config.structs import Config, StoreSettings
from ops.jobs.structs import Job, Request
from ops.policy.engine import Policy
from ops.policy.lock import LOCK_FILE, PolicyLock
from ops.policy.pardons import FILE, Pardons
from tests.parts.command import ROOT, clean_environment
from tests.parts.fixes import MemoryFixes, offer, offered
from tests.parts.policy_stage import POLICY, Stage, config, fix
from tests.parts.wait import until

API = "service:api"


class Fixes(MemoryFixes):
    """A FixSource in memory that has jobs."""

    def __init__(self, *offers: Any) -> None:
        super().__init__({API: [offered(one) for one in offers or (offer("command", fix="restart api"),)]})
        self.kept: list[Job] = []

    def jobs(self) -> Sequence[Job]:
        """What a test put in."""
        return self.kept


class Clock(SystemClock):
    """A clock that a test sets."""

    now = 0.0
    set_by = 0.0
    """By how much somebody set it."""

    def time(self) -> float:
        """The stage's time, as the clock shows it."""
        return self.now + self.set_by

    def elapsed(self) -> float:
        """The stage's time."""
        return self.now


class AtWork:
    """Policy over a stage."""

    def __init__(self, folder: Path, told: Config | None = None, fixes: Fixes | None = None) -> None:
        self.told = replace(told or config(fix()), store=StoreSettings(path=str(folder)))
        self.on, self.fixes, self.clock = Stage(self.told), fixes or Fixes(), Clock()
        self.clock.now = self.on.now
        self.said: list[tuple[str, str]] = []
        self.policy = Policy(self.told, self.fixes, self.clock, tell=lambda row, text: self.said.append((row, text)))

    async def looks(self, board: Board | None = None) -> None:
        """One look a second later, and what follows from it."""
        self.on.now += 1
        self.clock.now = self.on.now
        await self.policy.look(board or self.on.scene().board, dict(self.on.polls))
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    @property
    def begun(self) -> list[str]:
        """Actions that were started."""
        return [plan.offer.action for plan, _, _ in self.fixes.started]


async def test_what_is_due_is_planned_and_begun_as_policy(tmp_path: Path) -> None:
    work = AtWork(tmp_path)
    work.on.reads()
    await work.looks()
    assert work.begun == ["command"]
    (_, by, typed) = work.fixes.started[0]
    assert (by.user, by.via, by.uid, by.pid, typed) == ("policy", "policy", os.getuid(), os.getpid(), "")
    assert work.policy.words == "auto"
    assert work.policy.proposals == ()
    await work.policy.close()


async def test_a_plan_that_takes_long_holds_nothing_up_and_is_begun_once(tmp_path: Path) -> None:
    work = AtWork(tmp_path)
    work.fixes.may_go_on.clear()
    work.on.reads()
    for _ in range(5):
        await asyncio.wait_for(work.looks(), 30)
        work.on.reads()
    assert len(work.fixes.planned) == 1
    work.fixes.may_go_on.set()
    await work.looks(Board(name="f", environment="", mode="live", at=0, late_s=0, rows=()))
    assert work.begun == ["command"]
    await work.policy.close()


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(Refused("bob holds it since 12 s", "wait"), id="refused"),
        pytest.param(ActionError("the engine does not answer"), id="failed"),
    ],
)
async def test_what_can_not_be_begun_is_told_and_left_alone_for_a_while(tmp_path: Path, error: ActionError) -> None:
    work = AtWork(tmp_path)
    work.fixes.plans["command"] = error
    work.on.reads()
    await work.looks()
    work.on.reads()
    await work.looks()
    (proposal,) = work.policy.proposals
    assert (proposal.row, proposal.fix) == (API, "restart api")
    assert proposal.text == f"restart api: could not begin: {error.message}"
    assert work.said == [(API, f"policy could not begin restart api: {error.message}")]
    assert any(error.message in note for note in work.policy.notes)
    for _ in range(50):
        work.on.reads()
        await work.looks()
    assert len(work.fixes.planned) == 1
    del work.fixes.plans["command"]
    work.on.now += 60
    work.on.reads()
    await work.looks()
    assert work.begun == ["command"]
    await work.policy.close()


async def test_a_job_that_refused_is_not_begun_again_at_once(tmp_path: Path) -> None:
    work = AtWork(tmp_path)
    work.on.reads()
    await work.looks()
    plan, by, _ = work.fixes.started[0]
    request = Request(
        config="/etc/wf.toml", action="command", row=API, title="t", fix="restart api", proof=plan.proof, by=by,
        asked_at=work.on.now,
    )  # fmt: skip
    said = "there is no room for the audit trail, so nothing was done"
    work.fixes.kept = [
        Job(id=17, request=request, state="ended", verdict="refused", said=said, ended_at=work.on.now),
    ]
    for _ in range(50):
        work.on.reads()
        await work.looks()
    assert len(work.fixes.started) == 1
    (proposal,) = work.policy.proposals
    assert proposal.text == f"restart api: could not begin: {said}"
    work.on.now += 60
    work.on.reads()
    await work.looks()
    assert len(work.fixes.started) == 2
    await work.policy.close()


@pytest.mark.parametrize("content", [b'{"\xff": 1}', b"[", b'{"service:api": 1e300}', b'{"service:api": "x"}'])
async def test_a_damaged_or_future_pardon_pardons_nothing(tmp_path: Path, content: bytes) -> None:
    auto = Auto(enabled=True, max_per_hour=100, storm=100, give_up_after=1)
    work = AtWork(tmp_path, replace(config(fix()), auto=auto))
    (tmp_path / FILE).write_bytes(content)
    job = work.on.begins()
    work.on.ends(job, "unverified")
    work.fixes.kept = work.on.jobs
    for _ in range(3):
        work.on.reads()
        await work.looks()
    assert (work.begun, work.policy.words) == ([], "auto: gave up on api")
    await work.policy.close()


async def test_what_a_fix_does_not_say_nobody_can_be_asked_for(tmp_path: Path) -> None:
    asking = offer("command", fix="restart api", ask=(Param(name="zone", title="which zone"),))
    work = AtWork(tmp_path, fixes=Fixes(asking))
    work.on.reads()
    await work.looks()
    await work.looks()
    assert "restart api does not say zone" in work.policy.proposals[0].text
    assert work.begun == []
    await work.policy.close()


async def test_rights_are_those_of_policy(tmp_path: Path) -> None:
    work = AtWork(tmp_path, replace(config(fix()), rights=(Right(effect="deny", users=("policy",)),)))
    work.on.reads()
    await work.looks()
    assert "policy may not use command on service:api: the 1st [[right]] denies it" in work.policy.proposals[0].text
    assert work.policy.words == "auto: 1 proposed"
    assert work.begun == []
    await work.policy.close()


async def test_that_it_gave_up_is_said_everywhere_once(tmp_path: Path) -> None:
    work = AtWork(tmp_path, config(fix(), auto=Auto(give_up_after=1)))
    work.on.reads()
    work.on.tries(by=POLICY)
    work.fixes.kept = work.on.jobs
    for _ in range(3):
        work.on.reads()
        await work.looks()
    assert work.policy.words == "auto: gave up on api"
    (proposal,) = work.policy.proposals
    assert "policy gave up: a try did not mend it; it needs a person" in proposal.text
    assert len(work.policy.notes) == 1
    assert [row for row, _ in work.said] == [API], "in the history once"
    Pardons(tmp_path).add((API,), work.on.now)
    work.on.reads()
    await work.looks()
    assert work.begun == ["command"], "a person took it up again"
    await work.policy.close()


@pytest.mark.parametrize("set_by", [-3600.0, 3600.0, -86400.0 * 365])
@pytest.mark.parametrize(
    ("brake", "kind", "says", "lasts_s"),
    [
        pytest.param({"cooldown": 300.0}, "wait", "tried already; the next try is possible in", 300, id="cooldown"),
        pytest.param({"max_per_hour": 1}, "propose", "1 tries in the last hour, of 1", 3600, id="the hour's cap"),
        pytest.param({"grace": 300.0}, "wait", "nothing is counted for another", 310, id="grace"),
    ],
)
async def test_a_clock_that_is_set_neither_lengthens_nor_ends_a_brake(
    tmp_path: Path, set_by: float, brake: dict[str, Any], kind: str, says: str, lasts_s: float
) -> None:
    work = AtWork(tmp_path, config(fix(**brake)))
    work.on.tries(by=POLICY)
    work.fixes.kept = work.on.jobs
    work.on.reads()
    await work.looks()
    work.clock.set_by = set_by
    for _ in range(3):
        work.on.reads()
        await work.looks()
        (decision,) = work.policy.decisions
        assert (decision.kind, says in decision.reason) == (kind, True), decision.reason
    work.on.now += lasts_s
    work.on.reads()
    await work.looks()
    assert work.begun == ["command"]
    await work.policy.close()


async def test_after_a_start_a_try_that_lies_ahead_holds_up_no_longer_than_a_new_one(tmp_path: Path) -> None:
    work = AtWork(tmp_path, config(fix(cooldown=300.0, max_per_hour=1)))
    work.on.now += 7200
    work.on.tries(by=POLICY)
    work.fixes.kept = work.on.jobs
    work.on.now -= 7200
    for _ in range(2):
        work.on.reads()
        await work.looks()
    assert "tried already; the next try is possible in 4m59s" in work.policy.decisions[0].reason
    work.on.now += 3600
    work.on.reads()
    await work.looks()
    assert work.begun == ["command"]
    await work.policy.close()


async def test_a_try_that_was_not_read_once_is_as_old_as_before(tmp_path: Path) -> None:
    work = AtWork(tmp_path, config(fix(cooldown=300.0)))
    work.on.tries(by=POLICY)
    for kept in (work.on.jobs, [], work.on.jobs):
        work.fixes.kept = kept
        work.on.now += 100
        work.on.reads(level="ok")
        await work.looks()
    work.on.reads()
    await work.looks()
    assert work.begun == ["command"]
    await work.policy.close()


async def test_a_clock_that_is_set_on_makes_no_row_well_for_longer(tmp_path: Path) -> None:
    work = AtWork(tmp_path, config(fix(), auto=Auto(give_up_after=1)))
    work.on.tries(by=POLICY)
    work.fixes.kept = work.on.jobs
    work.on.reads(level="ok")
    await work.looks()
    work.clock.set_by = 3600
    await work.looks()
    assert Pardons(tmp_path).read() == {}
    work.on.now += 600
    await work.looks()
    assert Pardons(tmp_path).read() == {API: work.on.now + 3600}
    await work.policy.close()


async def test_a_pardon_holds_though_the_clock_is_set_back(tmp_path: Path) -> None:
    work = AtWork(tmp_path, config(fix(), auto=Auto(give_up_after=1)))
    work.on.tries(by=POLICY)
    work.fixes.kept = work.on.jobs
    work.on.now += 3600
    Pardons(tmp_path).add((API,), work.on.now)
    work.on.reads(level="ok")
    await work.looks()
    work.clock.set_by = -7200
    work.on.reads()
    await work.looks()
    assert work.begun == ["command"]
    await work.policy.close()


async def test_a_job_that_ends_after_the_clock_was_set_ended_just_now(tmp_path: Path) -> None:
    work = AtWork(tmp_path, config(fix(cooldown=300.0)))
    number = work.on.begins()
    work.fixes.kept = work.on.jobs
    work.on.reads()
    await work.looks()
    work.on.now -= 86400
    work.on.ends(number, "unverified")
    work.on.now += 86400
    work.clock.set_by = -86400
    for _ in range(2):
        work.on.reads()
        await work.looks()
        assert "the next try is possible in" in work.policy.decisions[0].reason
    assert work.begun == []
    await work.policy.close()


async def test_well_by_itself_is_written_down_for_the_next_process(tmp_path: Path) -> None:
    work = AtWork(tmp_path, config(fix(), auto=Auto(give_up_after=1)))
    work.on.tries(by=POLICY)
    work.fixes.kept = work.on.jobs
    work.on.reads(level="ok")
    work.on.now += 700
    await work.looks()
    assert Pardons(tmp_path).read() == {API: work.on.now}
    assert work.said == [(API, "well by itself for 10 min: policy acts on it again")]
    await work.policy.close()


async def test_that_it_can_not_be_written_down_is_told(tmp_path: Path) -> None:
    work = AtWork(tmp_path, config(fix(), auto=Auto(give_up_after=1)))
    work.on.tries(by=POLICY)
    work.fixes.kept = work.on.jobs
    (tmp_path / FILE).mkdir()
    work.on.reads(level="ok")
    work.on.now += 700
    await work.looks()
    assert work.policy.notes == ("policy can't write down that service:api is well: Is a directory",)
    assert work.said == []
    await work.policy.close()


async def test_a_scaling_rule_asks_for_its_number_whatever_the_action_calls_it(tmp_path: Path) -> None:
    up = (ScaleWhen(metric="service.total_s", over=Quantity(1)),)
    rule = Scale(name="web", row="swarm.service:*", kind="swarm.scale", up=up)
    row = "swarm.service:local/web"
    fixes = Fixes()
    one_more = offer("swarm.scale", row, params={"replicas": "3"})
    any_number = offer("swarm.scale", row, ask=(Param(name="replicas", title="how many tasks", kind="int"),))
    fixes.fits[row] = [offered(one_more), offered(any_number)]
    work = AtWork(tmp_path, config(scales=(rule,)), fixes)
    for _ in range(200):
        work.on.reads(row, "ok", target="swarm:local", facts={"wanted": 2})
        work.on.reads(level="ok", facts={"total_s": 3.0})
        await work.looks()
        if work.begun:
            break
    (begun, _, _) = work.fixes.started[0]
    assert (begun.offer.action, begun.offer.params) == ("swarm.scale", {"replicas": "4"})
    assert begun.offer.title.startswith("scale web from 2 to 4: service.total_s 3 s, over 1 s for 2m")
    await work.policy.close()


@pytest.mark.parametrize(
    ("told", "read_only", "words"),
    [
        pytest.param(config(), "", "auto: no fixes", id="nothing to do"),
        pytest.param(config(fix()), "started with --read-only", "auto: read-only", id="read-only"),
    ],
)
async def test_why_nothing_is_done_is_told(tmp_path: Path, told: Config, read_only: str, words: str) -> None:
    work = AtWork(tmp_path, told)
    work.fixes.read_only = read_only
    work.on.reads()
    await work.looks()
    assert (work.policy.words, work.begun) == (words, [])
    assert len(work.policy.notes) == 1
    await work.policy.close()


@pytest.fixture
def other(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Another process that acts over the same history."""
    program = (
        "import sys; from pathlib import Path; from ops.policy.lock import PolicyLock\n"
        "PolicyLock(Path(sys.argv[1])).take(); input()"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=clean_environment(), cwd=ROOT) as process:
        until(lambda: (tmp_path / LOCK_FILE).exists() and (tmp_path / LOCK_FILE).read_text(), "the other's lock")
        yield process
        process.kill()


async def test_of_two_processes_over_one_history_one_acts(tmp_path: Path, other: "subprocess.Popen[bytes]") -> None:
    work = AtWork(tmp_path)
    work.on.reads()
    await work.looks()
    assert (work.policy.words, work.begun) == (f"auto: by pid {other.pid}", [])
    other.kill()
    other.wait()
    work.policy._locked_at = float("-inf")
    work.on.reads()
    await work.looks()
    assert work.begun == ["command"], "it takes over when that one has ended"
    await work.policy.close()
    again = PolicyLock(tmp_path)
    assert again.take() is None, "and lets go at its end"
    again.release()


async def test_a_folder_that_can_not_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    work = AtWork(tmp_path / "file")
    work.on.reads()
    await work.looks()
    assert (work.policy.words, work.begun) == ("auto: can't lock", [])
    assert "can't be written to" in work.policy.notes[0]


def test_a_damaged_file_of_pardons_pardons_nothing(tmp_path: Path) -> None:
    pardons = Pardons(tmp_path)
    assert pardons.read() == {}
    (tmp_path / FILE).write_text("{")
    assert pardons.read() == {}
    pardons.add((API,), 5.0)
    assert Pardons(tmp_path).read() == {API: 5.0}
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
