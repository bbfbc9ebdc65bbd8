"""The war room on a real floor, over a real book: what it shows at which size, who is there, and its keys."""

import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot

from ops.config.alerting import Alerting, Receiver
from ops.config.structs import Config, Settings
from ops.incidents.book import IncidentBook
from ops.incidents.structs import Presence
from ops.notify.next_step import next_step
from ops.notify.plan import plan_of
from tests.parts import boards
from tests.parts.fixes import MemoryFixes, offer, offered
from tests.parts.floor import text_of, until
from tests.parts.incident_books import CAUSE, book, ended, night, opened
from tests.parts.sources import MemorySource
from tui.app import FloorApp
from tui.screens.war_room import WarRoom

Room = tuple[WarRoom, FloorApp, Pilot[None]]
SETTINGS = Settings(name="shop-prod")


@asynccontextmanager
async def room(
    kept: IncidentBook, size: tuple[int, int] = (120, 40), fixes: MemoryFixes | None = None
) -> AsyncIterator[Room]:
    """A floor on which `w` was pressed."""
    source = MemorySource(boards.bad_night())
    source.incidents, source.fixes = kept, fixes
    alerting = Alerting(receivers=(Receiver(kind="slack"), Receiver(kind="pagerduty")))
    config = Config(path="", settings=SETTINGS, targets=(), thresholds=(), alerting=alerting)
    app = FloorApp(config, source=source, clock=lambda: boards.NOW)
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: app.floor.board is source.board and not app.floor._todo)
        await pilot.press("w")
        await until(pilot, lambda: isinstance(app.screen, WarRoom) and app.screen.seen.version >= 0)
        screen = app.screen
        assert isinstance(screen, WarRoom)
        yield screen, app, pilot


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_it_tells_all_of_the_gravest(tmp_path: Path, size: tuple[int, int]) -> None:
    async with room(night(tmp_path), size) as (screen, app, pilot):
        words = [
            "INC-2",
            "P1",
            "api is down",
            CAUSE[:40],
            "respond within 11m48s",
            "unacknowledged",
            "slack: delivered",
        ]
        words += ["check the pool, then x", "1 more open"]
        await until(pilot, lambda: all(each in text_of(app) for each in words))
        assert (screen.floor.plan.form == "wide") == ("Latency" in text_of(app))


@pytest.mark.parametrize("size", [(40, 12), (60, 16), (30, 8), (99, 29), (400, 100)])
async def test_any_size_does(tmp_path: Path, size: tuple[int, int]) -> None:
    async with room(night(tmp_path), size) as (screen, _, pilot):
        await until(pilot, lambda: screen.incident is not None)
        screen.write()
        await pilot.pause()


async def test_without_an_incident_it_is_calm_and_shows_the_next_one_by_itself(tmp_path: Path) -> None:
    kept = book(tmp_path)
    async with room(kept) as (screen, app, pilot):
        await until(pilot, lambda: "no incident is open" in text_of(app))
        kept.add(opened("api is down"))
        await until(pilot, lambda: screen.incident is not None and "api is down" in text_of(app))


async def test_the_fix_that_x_proposes_is_the_first_of_the_next_steps(tmp_path: Path) -> None:
    start = offer("postgres.start", "postgres:shop", title="start postgres shop", why="it has exited", score=90)
    fits = {"postgres:shop": [offered(start, allowed="job 3 holds it"), offered(start)]}
    fixes = MemoryFixes(fits)
    async with room(night(tmp_path), fixes=fixes) as (screen, app, pilot):
        await until(pilot, lambda: "1 x: start postgres shop (it has exited)" in text_of(app))
        assert " 2 check the pool, then x" in text_of(app)
        asked = fixes.asked
        screen.write()
        await pilot.pause()
        assert fixes.asked == asked
        fixes.fits = {"postgres:shop": [offered(replace(start, score=40))]}
        screen.board = replace(screen.board, jobs=1)
        screen.write()
        await until(pilot, lambda: " 1 check the pool, then x" in text_of(app))


async def test_x_of_what_is_over_offers_nothing_of_others(tmp_path: Path) -> None:
    start = offer("postgres.start", "postgres:shop", title="start postgres shop", why="it has exited", score=90)
    async with room(night(tmp_path), fixes=MemoryFixes({"postgres:shop": [offered(start)]})) as (screen, app, pilot):
        screen.go(1)
        await until(pilot, lambda: "it is over: P shows the post-mortem" in text_of(app))
        assert "x: start postgres shop" not in text_of(app)
        await pilot.press("x")
        await until(pilot, lambda: any("INC-1 is over" in note.message for note in app._notifications))
        assert app.screen is screen


class Slow(IncidentBook):
    """A book on a disk that is slow: it waits until it may be read."""

    may_be_read = threading.Event()

    def version(self) -> int:
        """The version, in time."""
        self.may_be_read.wait(10)
        return super().version()


@pytest.mark.parametrize("known", [pytest.param(True, id="the floor knows it"), pytest.param(False, id="nobody does")])
async def test_before_the_first_read_it_says_only_what_is_known(tmp_path: Path, known: bool) -> None:
    night(tmp_path).close()
    kept = Slow(tmp_path)
    kept.may_be_read = threading.Event()
    newest = book(tmp_path).incident(2)
    source = MemorySource(replace(boards.bad_night(), incidents=(newest,) if known else ()))
    source.incidents = kept
    app = FloorApp(
        Config(path="", settings=SETTINGS, targets=(), thresholds=()), source=source, clock=lambda: boards.NOW
    )
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: app.floor.board is source.board and not app.floor._todo)
        await pilot.press("w")
        words = "INC-2" if known else "reading the incidents"
        await until(pilot, lambda: isinstance(app.screen, WarRoom) and words in text_of(app))
        assert "no incident is open" not in text_of(app)
        if known:
            await pilot.press("a")
        kept.may_be_read.set()
        await until(pilot, lambda: "1 more open" in text_of(app) and "INC-2" in text_of(app))
        if known:
            await until(pilot, lambda: kept.incident(2).state == "acknowledged")


async def test_it_stays_with_its_incident_and_goes_on_by_key(tmp_path: Path) -> None:
    kept = night(tmp_path)
    async with room(kept) as (screen, _, pilot):
        await until(pilot, lambda: screen.incident is not None and screen.incident.number == 2)
        kept.resolve(2, "bob")
        await until(pilot, lambda: screen.incident is not None and not screen.incident.open)
        assert screen.number == 2
        await pilot.press("tab")
        await until(pilot, lambda: screen.incident is not None and screen.incident.number == 3)


async def test_two_see_the_same_and_each_other(tmp_path: Path) -> None:
    kept, other = night(tmp_path), book(tmp_path)
    async with room(kept) as (screen, app, pilot):
        await until(pilot, lambda: screen.incident is not None)
        other.here(Presence(user="bob", origin="10.0.0.4", incident=2, at=boards.NOW))
        other.note(2, "bob", "pool is full")
        await until(pilot, lambda: "bob: pool is full" in text_of(app) and "bob from 10.0.0.4" in text_of(app))
        await until(pilot, lambda: any(each.user != "bob" for each in other.present(boards.NOW)))
        await pilot.press("a")
        await until(pilot, lambda: other.incident(2).state == "acknowledged")
        await until(pilot, lambda: "has it" in text_of(app) and "respond within" not in text_of(app))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_what_is_told_covers_neither_the_keys_nor_the_newest_moment(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    kept = night(tmp_path)
    kept.note(2, "bob", "the newest")
    async with room(kept, size) as (screen, app, pilot):
        await until(pilot, lambda: "bob: the newest" in text_of(app))
        foot = text_of(app).splitlines()[-1]
        app.notify("job 1, restart the service, verified after 12 s (1m3s since it failed); o shows it", timeout=60)
        await until(pilot, lambda: "restart the service" in text_of(app))
        screen.write()
        await pilot.pause()
        assert text_of(app).splitlines()[-1] == foot
        assert "bob: the newest" in text_of(app)


async def test_a_reader_of_the_timeline_stays_where_he_is(tmp_path: Path) -> None:
    kept = night(tmp_path)
    for number in range(60):
        kept.note(2, "bob", f"note {number}")
    async with room(kept) as (screen, _, pilot):
        await until(pilot, lambda: screen.timeline.top > 0 and screen.timeline.top == screen.timeline.last_top)
        await pilot.press("g")
        assert (screen.timeline.top, screen.following) == (0, False)
        kept.note(2, "bob", "one more")
        await until(pilot, lambda: len(screen.seen.timeline) == 67)
        assert screen.timeline.top == 0
        await pilot.press("G")
        assert screen.following


def test_the_next_step_of_escalation_counts_down(tmp_path: Path) -> None:
    kept = night(tmp_path)
    plan = plan_of(Alerting(receivers=(Receiver(kind="slack"), Receiver(kind="pagerduty"))))
    labels = [{"severity": "critical"}]
    step = next_step(plan, kept.incident(2), kept.timeline(2), labels)
    assert step is not None
    assert step.at - boards.NOW == 900 - 192
    kept.acknowledge(2, "bob")
    assert next_step(plan, kept.incident(2), kept.timeline(2), labels) is None


async def test_what_is_over_stands_still(tmp_path: Path) -> None:
    kept = book(tmp_path)
    kept.add(ended("queue emails grows", at=boards.NOW - 9000, lasted_s=1800))
    async with room(kept) as (screen, app, pilot):
        screen.go(1)
        await until(pilot, lambda: "resolved by itself" in text_of(app))
        assert time.strftime("%H:%M:%S", time.gmtime(boards.NOW)) in text_of(app)
