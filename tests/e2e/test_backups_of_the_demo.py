"""Backups by key on a real shop: taken, drilled, a table and then the whole database lost and had back."""

import asyncio
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from ops.backup.book import Book
from ops.backup.doing.work import backups_folder
from ops.backup.structs import Event
from ops.config.load import load
from ops.demo.plan import HOST
from ops.demo.shop import Demo, RemoteDemo
from ops.figures import duration
from ops.jobs.book import JobBook
from ops.jobs.structs import Job
from tests.parts.command import ROOT
from tests.parts.mended import book_of, config_without, ended, floor_of, once_good
from tests.parts.need import need
from tests.parts.shop import a_shop, all_healthy
from tests.parts.tmux import Screen, screen
from tests.parts.wait import until

SHOWN_WITHIN_S = 20.0
ENDED_WITHIN_S = 60.0
SIZES = ((120, 40), (80, 24))
TABLE = "public.products"
MEANT_S = 0.8
"""A yes that comes sooner was not meant."""


@pytest.fixture(scope="module")
def shop() -> Iterator[Demo]:
    need(shutil.which("tmux"), "tmux")
    with a_shop() as demo:
        yield demo


@pytest.fixture(autouse=True)
def _healed(shop: Demo) -> Iterator[None]:
    """Whatever a test breaks and leaves is healed."""
    until(lambda: all_healthy(shop.plan), "all services to be well", ENDED_WITHIN_S)
    yield
    asyncio.run(shop.heal())


class Floor:
    """The screen of backups over the shop, and what its keys have had done."""

    def __init__(self, shown: Screen, jobs: JobBook, backups: Book) -> None:
        self.screen, self.jobs, self.backups = shown, jobs, backups

    def open(self) -> None:
        """From the floor."""
        self.screen.press("B")
        self.says("R restore", "no next one is scheduled")

    def says(self, *words: str) -> None:
        """Wait until all of these are on the screen, however the lines are broken."""
        self.screen.until(lambda text: all(word in " ".join(text.split()) for word in words), SHOWN_WITHIN_S)

    def agreed(self, typed: str = "") -> Job:
        """Say yes to the plan that is shown, type what must be typed, and wait for the end of its job."""
        known = len(self.jobs.jobs())
        self.says(f'y, then type "{typed}": run it' if typed else "y: run it")
        time.sleep(MEANT_S)
        self.screen.press("y")
        if typed:
            self.says(f'type "{typed}" and press enter')
            self.screen.press(*typed)
            time.sleep(MEANT_S)
            self.screen.press("Enter")
        until(lambda: len(self.jobs.jobs()) > known, f"a job: {self.screen.text()}", SHOWN_WITHIN_S)
        job = ended(self.jobs, self.jobs.jobs()[0].id, ENDED_WITHIN_S)
        assert job.verdict == "verified", (job, self.screen.text())
        return job

    def done(self, what: str) -> Event:
        """The last line of the book of that sort, which went well."""
        event = next(one for one in self.backups.events("shop") if one.what == what)
        assert event.ok, event
        return event

    def take_and_drill(self) -> Event:
        """One taken and read through, then restored for proof."""
        self.screen.press("r")
        self.says("take a backup of shop", "watchfloor backup verify shop")
        self.agreed()
        taken = self.done("run").backup
        assert self.done("verify").backup == taken
        self.says("✓ verified")
        self.screen.press("d")
        self.says(f"drill backup {taken} of shop")
        self.agreed()
        drilled = self.done("drill")
        assert drilled.backup == taken
        return drilled

    def restore(self, shown: str, *, only: str = "", typed: str = "") -> Event:
        """Put the newest back; `shown` is what it says it would write over."""
        self.screen.press("R")
        self.says("restore shop", "would be another")
        if only:
            self.screen.press("n")
            self.says("which tables or files?")
            self.screen.type_line(only)
        self.says(shown)
        self.screen.press("y")
        self.says("watchfloor backup restore shop")
        self.agreed(typed)
        return self.done("restore")


@contextmanager
def floor(shop: Demo, size: tuple[int, int]) -> Iterator[Floor]:
    """A floor of that size, with a state of its own."""
    config = once_good(config_without(shop, {"docker", "host"}, f"backups-{size[0]}"))
    width, height = size
    environment = {"PYTHONPATH": str(ROOT)}
    with screen(*floor_of(config), width=width, height=height, environment=environment) as shown:
        yield Floor(shown, book_of(config), Book(backups_folder(load(config))))


def rows(shop: Demo) -> int:
    """In the table that is lost."""
    plan = shop.plan
    port, password = plan.ports["postgres"], plan.passwords["admin"]
    with psycopg.connect(host=HOST, port=port, dbname="shop", user="watchfloor", password=password) as connection:
        found = connection.execute(f"SELECT count(*) FROM {TABLE}").fetchone()
    assert found is not None
    return int(found[0])


def broken(shop: Demo, fault: str, seen: Callable[[], bool]) -> None:
    """Inject a fault, and wait until the shop suffers."""
    asyncio.run(RemoteDemo(shop.directory).inject(fault))
    until(seen, f"the shop to suffer from {fault}", SHOWN_WITHIN_S)


def well(shop: Demo) -> None:
    """Wait until every service is well, and its table is there."""
    until(lambda: all_healthy(shop.plan), "the shop to be well again", ENDED_WITHIN_S)
    assert rows(shop) == 12


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_table_and_then_the_whole_database_are_had_back_by_keys(shop: Demo, size: tuple[int, int]) -> None:
    with floor(shop, size) as one:
        one.says("shop")
        one.open()
        drilled = one.take_and_drill()
        one.says("RTO 5m:", "measured")
        broken(shop, "drop-table", lambda: not all_healthy(shop.plan))
        table = one.restore(f"table {TABLE} of shop", only=TABLE)
        assert (table.backup, table.rows) == (drilled.backup, 12)
        well(shop)
        if size != SIZES[0]:
            return  # losing all of it takes a minute, and shows no other page
        broken(shop, "lose-database", lambda: not all_healthy(shop.plan))
        one.screen.press("Escape")
        one.says("likely cause: process postgres")
        one.screen.press("x")
        one.says("1 start postgres")
        one.screen.press("Enter")
        one.says("acts on process postgres")
        assert one.agreed().request.fix == "start postgres"
        one.open()
        whole = one.restore("now: empty")
        assert (whole.backup, whole.rows) == (drilled.backup, drilled.rows)
        well(shop)
        one.says(f"RTO 5m: {duration(whole.took_s)} measured", "✓ proven")
        assert one.restore("now: 3 tables", typed="shop").rows == drilled.rows, "over what is there it has to be meant"
