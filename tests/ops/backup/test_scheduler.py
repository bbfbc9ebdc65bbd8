"""The scheduler over real books and a real target: what it begins, that it waits, and what it says when it can't."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from collectors.backup import Keep, Schedule
from ops.actions.base import Offer
from ops.actions.errors import Refused
from ops.backup.doing.prune import prune
from ops.backup.doing.run import run
from ops.backup.doing.verify import verify
from ops.backup.scheduler import LOOK_S, Scheduler
from ops.board import Board
from ops.fixes.source import FixSource
from ops.fixes.structs import Plan, Price, Record
from ops.jobs.structs import By, Job, Proof
from tests.parts.backup_sets import Stage
from tests.parts.boards import board
from tests.parts.memory_jobs import job

NOW = 1_767_960_000.0
"""2026-01-09 12:00 UTC."""


class SteppedClock:
    """Time that only goes on when it is told to."""

    def __init__(self) -> None:
        self.now = NOW

    def time(self) -> float:
        """UTC seconds."""
        return self.now

    def monotonic(self) -> float:
        """The same."""
        return self.now

    def elapsed(self) -> float:
        """The same."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """At once."""
        self.now += seconds


class Desk:
    """The part of a FixSource that a scheduler uses: it plans and starts what it is asked to, and keeps it."""

    read_only = ""

    def __init__(self, clock: SteppedClock) -> None:
        self._clock = clock
        self.begun: list[Offer] = []
        self.refuses = ""
        self.list: list[Job] = []

    def jobs(self) -> Sequence[Job]:
        """Newest first."""
        return self.list

    async def plan(self, seen: Board, offer: Offer) -> Plan:
        """As it is asked."""
        if self.refuses:
            raise Refused(self.refuses, "wait")
        return Plan(
            offer=offer, key="", steps=(), seen={}, interrupts="", undone="", record=Record(), price=Price(),
            proof=Proof(row=offer.row), locks=(), risk=offer.risk, timeout_s=1.0,
        )  # fmt: skip

    async def start(self, plan: Plan, by: By, **_: Any) -> Job:
        """A job that runs until the test ends it."""
        assert (by.via, by.user) == ("schedule", "schedule")
        self.begun.append(plan.offer)
        one = job(len(self.begun), by=by, asked_at=self._clock.now)
        request = msgspec.structs.replace(one.request, row=plan.offer.row, action=plan.offer.action)
        self.list.insert(0, msgspec.structs.replace(one, request=request))
        return self.list[0]

    def end(self, verdict: Any = "verified") -> None:
        """The newest one."""
        self.list[0] = msgspec.structs.replace(self.list[0], state="ended", verdict=verdict, ended_at=self._clock.now)


class Turns:
    """A scheduler over one set of files."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.clock = SteppedClock()
        self.stage = Stage(folder, clock=self.clock.time, **settings)
        self.stage.path = str(folder / "floor.toml")
        self.stage.fill(a=b"one")
        self.desk, self.told = Desk(self.clock), list[tuple[str, str]]()
        fixes = cast("FixSource", self.desk)
        self.scheduler = Scheduler(
            self.stage.config, fixes, self.clock, lambda row, text: self.told.append((row, text))
        )

    async def look(self) -> list[str]:
        """One look, to its end; gives all that was begun so far."""
        self.clock.now += LOOK_S
        await self.scheduler.look(board())
        work = self.scheduler._work
        assert work is not None
        await work
        return [offer.action for offer in self.desk.begun]


DAILY = Schedule(daily="02:00", verify="daily 05:00", drill="weekly fri 06:00")


async def test_what_is_due_is_done_in_turn_and_each_only_once(tmp_path: Path) -> None:
    turns = Turns(tmp_path, schedule=DAILY, keep=Keep(last=1, prune=True))
    assert await turns.look() == ["backup.run"]
    assert turns.desk.begun[0].params == {"due": "daily"}
    assert await turns.look() == ["backup.run"], "it runs"
    first = await run(turns.stage.work(), why="schedule", due=("daily",))
    turns.desk.end()
    await turns.stage.desk.standing("media")

    assert (await turns.look())[1:] == ["backup.verify"]
    assert turns.desk.begun[1].params == {"backup": first.id}
    await verify(turns.stage.work(), first.id)
    turns.desk.end()

    assert (await turns.look())[2:] == ["backup.drill"]
    turns.desk.end()
    assert len(await turns.look()) == 4, "the drill was never written down: it is still due"
    await turns.scheduler.close()


async def test_what_has_expired_goes_once_a_newer_one_is_proven(tmp_path: Path) -> None:
    turns = Turns(tmp_path, keep=Keep(last=1, prune=True))
    for _ in range(2):
        made = await run(turns.stage.work())
        turns.clock.now += 60
    assert await turns.look() == []
    await verify(turns.stage.work(), made.id)
    assert await turns.look() == ["backup.prune"]
    assert turns.desk.begun[0].risk == "loses"
    turns.clock.now += 5
    await prune(turns.stage.work())
    turns.desk.end()
    assert await turns.look() == ["backup.prune"]
    assert turns.stage.ids() == [made.id]


async def test_what_fails_waits_longer_each_time(tmp_path: Path) -> None:
    turns = Turns(tmp_path, schedule=DAILY)
    began: list[float] = []
    for _ in range(60):
        if len(await turns.look()) > len(began):
            began.append(turns.clock.now)
            turns.desk.end("failed")
    gaps = [later - earlier for earlier, later in pairwise(began)]
    assert gaps[:2] == [pytest.approx(60, abs=LOOK_S), pytest.approx(120, abs=LOOK_S)]


async def test_what_can_not_even_be_begun_is_told_once_and_tried_again_later(tmp_path: Path) -> None:
    turns = Turns(tmp_path, schedule=DAILY)
    turns.desk.refuses = "the config can be written by others"
    for _ in range(5):
        assert await turns.look() == []
    assert turns.scheduler.notes == (
        "media: could not take the daily backup of media: the config can be written by others",
    )
    assert turns.told == [("backup:media", turns.scheduler.notes[0])]
    turns.desk.refuses = ""
    turns.clock.now += 120
    assert await turns.look() == ["backup.run"]
    assert not turns.scheduler.notes


async def test_a_second_process_of_the_same_floor_begins_nothing(tmp_path: Path) -> None:
    first = Turns(tmp_path, schedule=DAILY)
    await first.look()
    second = Turns(tmp_path, schedule=DAILY)
    assert await second.look() == []
    assert not second.scheduler.notes
    await first.scheduler.close()
    assert await second.look() == ["backup.run"]


async def test_where_nothing_may_be_changed_nothing_is_begun_and_that_is_said(tmp_path: Path) -> None:
    turns = Turns(tmp_path, schedule=DAILY)
    turns.desk.read_only = "read-only: the config says so"
    assert await turns.look() == []
    assert turns.scheduler.notes == ("nothing is backed up by schedule: read-only: the config says so",)


async def test_a_clock_that_was_put_back_takes_nothing_twice(tmp_path: Path) -> None:
    turns = Turns(tmp_path, schedule=Schedule(daily="02:00"))
    made = await run(turns.stage.work(), why="schedule", due=("daily",))
    await verify(turns.stage.work(), made.id)
    turns.clock.now -= 1800
    assert await turns.look() == []


async def test_what_was_taken_and_could_not_be_read_at_once_is_read_later(tmp_path: Path) -> None:
    turns = Turns(tmp_path, schedule=Schedule(daily="02:00"))
    made = await run(turns.stage.work(), why="schedule", due=("daily",))
    assert await turns.look() == ["backup.verify"]
    assert turns.desk.begun[0].params == {"backup": made.id}
    await verify(turns.stage.work(), made.id)
    turns.desk.end()
    assert len(await turns.look()) == 1


async def test_a_run_that_fails_again_and_again_holds_up_no_proof(tmp_path: Path) -> None:
    turns = Turns(tmp_path, schedule=DAILY)
    await run(turns.stage.work())
    await turns.stage.desk.standing("media")
    assert await turns.look() == ["backup.run"], "this one was not for the schedule"
    turns.desk.end("failed")
    assert (await turns.look())[1:] == ["backup.verify"]


async def test_the_newest_is_tried_until_it_was_read_before_any_older_one_stands_for_it(tmp_path: Path) -> None:
    turns = Turns(tmp_path, schedule=Schedule(verify="daily 05:00"))
    older = await run(turns.stage.work())
    turns.clock.now += 60
    newest = await run(turns.stage.work())
    await turns.stage.desk.standing("media")
    assert await turns.look() == ["backup.verify"]
    turns.desk.end("failed")
    assert len(await turns.look()) == 1, "it waits"
    turns.clock.now += 60
    assert len(await turns.look()) == 2
    assert [offer.params for offer in turns.desk.begun] == [{"backup": newest.id}] * 2
    await verify(turns.stage.work(), newest.id)
    turns.desk.end()
    assert len(await turns.look()) == 3
    assert turns.desk.begun[2].params == {"backup": older.id}
