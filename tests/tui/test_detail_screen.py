"""The detail screen as a person meets it: the log follows, waits while one reads, takes a flood, and is filtered."""

import asyncio
from collections.abc import AsyncIterator

from ops.board import Board
from tests.parts.boards import bad_night, board, service
from tests.parts.floor import floor, text_of, until
from tests.parts.sources import MemorySource
from tui.app import FloorApp
from tui.screens.detail import DetailScreen
from tui.screens.help import HelpScreen


def detail_of(app: FloorApp) -> DetailScreen:
    """The open detail."""
    assert isinstance(app.screen, DetailScreen)
    return app.screen


NUMBERED = [f"line {number}" for number in range(100)]


async def test_a_log_is_followed_until_one_reads_further_up() -> None:
    async with floor(board(service("api")), logs={"service:api": NUMBERED}) as (app, _, pilot):
        await pilot.press("l")
        await until(pilot, lambda: "line 99" in text_of(app))
        await pilot.press("k")
        screen = detail_of(app)
        assert screen.following is False
        first = text_of(app).splitlines()[1]
        screen.log_lines.add("line 100")
        screen.write_page()
        assert text_of(app).splitlines()[1] == first
        await pilot.press("G")
        await until(pilot, lambda: "line 100" in text_of(app))
        assert screen.following is True


async def test_the_view_stays_on_its_lines_while_the_oldest_are_dropped() -> None:
    async with floor(board(service("api")), logs={"service:api": NUMBERED}) as (app, _, pilot):
        await pilot.press("l")
        await until(pilot, lambda: "line 99" in text_of(app))
        screen = detail_of(app)
        screen.log_lines.most = 100
        await pilot.press("k", "k", "k")
        first = text_of(app).splitlines()[1]
        for number in range(5):
            screen.log_lines.add(f"newer {number}")
        screen.write_page()
        assert text_of(app).splitlines()[1] == first


async def test_a_new_board_leaves_the_view_on_its_log_lines() -> None:
    async with floor(board(service("api")), logs={"service:api": NUMBERED}) as (app, source, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: len(detail_of(app).page.lines) > 100)
        await pilot.press("G", "k", "k")
        first = text_of(app).splitlines()[1]
        more = board(service("api", hints=("a hint that takes a line",)))
        source.say(more)
        await until(pilot, lambda: detail_of(app).board is more)
        assert text_of(app).splitlines()[1] == first


async def test_a_log_is_filtered_while_one_types_and_escape_leaves_one_thing_at_a_time() -> None:
    async with floor(board(service("api")), logs={"service:api": NUMBERED}) as (app, _, pilot):
        await pilot.press("l")
        await until(pilot, lambda: "line 99" in text_of(app))
        await pilot.press("slash", "9", "7", "enter")
        await until(pilot, lambda: "/97: 1 shown" in text_of(app))
        assert "line 98" not in text_of(app)
        await pilot.press("escape")
        await until(pilot, lambda: "line 98" in text_of(app))
        await pilot.press("escape")
        assert not isinstance(app.screen, DetailScreen)


async def test_a_service_without_a_log_shows_that_of_the_process_that_it_runs_in() -> None:
    api = service("api", depends_on=("postgres:shop", "process:api"))
    async with floor(board(api), logs={"process:api": ["GET / 500"]}) as (app, _, pilot):
        await pilot.press("l")
        await until(pilot, lambda: "Log of process:api" in text_of(app) and "GET / 500" in text_of(app))


class FloodSource(MemorySource):
    """Its log never ends and never waits."""

    def __init__(self, shown: Board) -> None:
        super().__init__(shown)
        self.written = 0

    async def follow(self, row_id: str) -> AsyncIterator[str]:
        """Lines as fast as they are taken."""
        while True:
            self.written += 1
            yield f"{row_id} {self.written}"


async def test_a_flood_of_lines_leaves_the_keys_alone_and_the_memory_bounded() -> None:
    source = FloodSource(board(service("api")))
    async with floor(source.board, source=source) as (app, _, pilot):
        await pilot.press("l")
        screen = detail_of(app)
        await until(pilot, lambda: screen.log_lines.dropped > 0)
        drawn = 0
        show = screen.page.show

        def counted(*given: object, **options: object) -> bool:
            nonlocal drawn
            drawn += 1
            return show(*given, **options)  # type: ignore[arg-type]

        screen.page.show = counted  # type: ignore[method-assign]
        before = source.written
        async with asyncio.timeout(30):
            await pilot.press("k", "k", "k")
        await until(pilot, lambda: source.written > before + 2000)
        assert drawn < (source.written - before) / 20
        assert len(screen.page.lines) <= screen.log_lines.most + 1
        await pilot.press("escape")
        assert not isinstance(app.screen, DetailScreen)


async def test_a_page_says_what_of_it_is_in_view() -> None:
    async with floor(bad_night(), size=(80, 24)) as (app, _, pilot):
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen) and "1-22 of" in text_of(app))
        await pilot.press("j")
        await until(pilot, lambda: "2-23 of" in text_of(app))
