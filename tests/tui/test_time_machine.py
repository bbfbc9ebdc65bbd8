"""The time machine on the floor: every key, every pane of one moment, nothing done to the past, and back to live."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

import pytest

from ops.board import Board
from ops.config.structs import Settings
from ops.past.desk import PastDesk
from ops.past.reader import NOTHING, Past
from ops.past.replay import ReplaySource
from ops.past.wall import moment
from ops.store.contract import StoreError
from ops.store.memory import MemoryStore
from tests.parts import boards
from tests.parts.floor import Floor, floor, pane, screen, text_of, until
from tests.parts.sources import MemorySource
from tests.parts.stores import counted, record, row
from tui.screens.budget import BudgetScreen
from tui.screens.detail import DetailScreen

NOW = time.time() // 60 * 60
BEGUN = NOW - 7200


@cache
def recorded() -> MemoryStore:
    """Two hours of readings, one each 10 s: api was well until half an hour ago."""
    store = MemoryStore()
    store.append([_reading(BEGUN + 10 * i) for i in range(721) if not 180 <= i < 300])
    return store


def _reading(at: float):  # type: ignore[no-untyped-def]  # a record
    down = {"level": "critical", "word": "down", "reason": "refused"} if at >= NOW - 1800 else {}
    return record(at, row(at=at, since=at - 90, facts={"total_s": 0.1}, **down), api=counted(0.1))


@asynccontextmanager
async def away(*keys: str, size: tuple[int, int] = (120, 40), settings: Settings | None = None) -> AsyncIterator[Floor]:
    """A live floor with that history, where some keys were pressed and what they ask for is shown."""
    live = boards.board(boards.service("api", level="critical", word="down", reason="refused"), at=NOW)
    source = MemorySource(live, {"service:api": ["a line of now"]})
    source.past = PastDesk(lambda: Past(recorded()))
    async with floor(live, size, settings=settings, source=source) as opened:
        await opened[2].press(*keys)
        await rested(opened)
        yield opened


async def rested(opened: Floor) -> None:
    """Wait until the moment that is wanted is shown."""
    app, _, pilot = opened
    machine = screen(app).machine
    await until(pilot, lambda: not machine._bringing and not screen(app)._todo)
    await pilot.pause()


def shown_at(opened: Floor) -> float:
    """The moment that the floor shows, back from now."""
    return round(screen(opened[0]).board.at - NOW, 3)


@pytest.mark.parametrize(
    ("keys", "at"),
    [
        pytest.param(["["], -10, id="[ goes back a step"),
        pytest.param(["[", "[", "["], -30, id="three of them three steps"),
        pytest.param(["[", "[", "]"], -10, id="] goes on a step"),
        pytest.param(["{"], -3600, id="{ goes back an hour"),
        pytest.param(["{", "{", "{"], -7200, id="nothing is older than the first recorded moment"),
        pytest.param(["[", "]", "]", "]"], 0, id="nothing is newer than the last"),
        pytest.param(["{", "}"], 0, id="} goes back to live"),
        pytest.param(["]"], 0, id="] does nothing while live"),
        pytest.param(["}"], 0, id="} does nothing while live"),
        pytest.param(["space"], 0, id="space does nothing while live"),
        pytest.param(["at", *"-90m", "enter"], None, id="@ asks for a time"),
        pytest.param(["[", "g", *"-90m", "enter"], None, id="in the past g asks for one too"),
        pytest.param(["at", *"-90m", "escape"], 0, id="escape leaves the question"),
    ],
)
async def test_keys(keys: list[str], at: float | None) -> None:
    async with away(*[_KEY.get(key, key) for key in keys]) as opened:
        if at is None:
            assert abs(time.time() - 5400 - screen(opened[0]).board.at) < 30
        else:
            assert shown_at(opened) == at
        assert screen(opened[0]).machine.away == (at is None or at != 0 or (keys[-1] == "]" and len(keys) > 1))


_KEY = {
    "[": "left_square_bracket",
    "]": "right_square_bracket",
    "{": "left_curly_bracket",
    "}": "right_curly_bracket",
    "-": "minus",
}


async def test_every_pane_shows_that_moment_and_the_header_says_so() -> None:
    async with away("left_curly_bracket") as (app, source, pilot):
        told = text_of(app)
        assert "◀ PAST " + moment(NOW - 3600) in told
        assert "· paused" in told
        assert "✓ 1 ok" in told.split("\n")[0]
        assert "up" in told
        assert "refused" not in told
        live = boards.board(boards.service("api", level="warning", word="slow", reason="slow now"), at=NOW + 5)
        source.say(live)
        await until(pilot, lambda: screen(app).latest is live)
        assert "slow now" not in text_of(app), "live Boards are kept for later"
        await pilot.press("right_curly_bracket")
        await until(pilot, lambda: "slow now" in text_of(app))
        assert "PAST" not in text_of(app)


async def test_the_ends_are_told_in_the_header() -> None:
    async with away(*["left_curly_bracket"] * 3) as opened:
        assert "first recorded moment" in text_of(opened[0])
        await opened[2].press(*["right_square_bracket"] * 2)
        await rested(opened)
        assert "recorded moment" not in text_of(opened[0])


async def test_a_gap_is_no_calm_floor() -> None:
    async with away("at", *str(int(NOW - 4500)), "enter") as opened:
        await until(opened[2], lambda: screen(opened[0]).board.played == NOTHING)
        assert not screen(opened[0]).board.rows
        told = text_of(opened[0])
        assert NOTHING in told.split("\n")[0]
        assert "nothing was recorded at" in told
        assert "all well" not in told


async def test_a_time_that_is_none_says_so_under_the_line() -> None:
    async with away("at", *"yesterdy 14:00", "enter") as (app, _, pilot):
        told = text_of(app)
        assert 'did you mean "yesterday 14:00"?' in told
        assert not screen(app).machine.away
        await pilot.press("escape")
        assert screen(app).focused is pane(app, "services")
        await pilot.press("j", "g")
        assert "did you mean" not in text_of(app)


@pytest.mark.parametrize("key", ["p", "r", "l"])
async def test_nothing_is_done_to_the_past(key: str) -> None:
    async with away("left_square_bracket") as (app, source, pilot):
        await pilot.press(key)
        await until(pilot, lambda: any("this is the past" in note.message for note in app._notifications))
        assert source.polls == 0
        assert screen(app).paused_at is None
        assert len(app.screen_stack) == 1


async def test_the_detail_shows_the_row_of_that_moment_without_a_log_of_now() -> None:
    async with away("left_curly_bracket", "enter") as (app, source, pilot):
        await until(pilot, lambda: isinstance(app.screen, DetailScreen) and "Log" in text_of(app))
        await until(pilot, lambda: "this is the past" in text_of(app))
        source.say(boards.board(boards.service("api", level="critical", word="down", reason="later"), at=NOW + 9))
        await until(pilot, lambda: "later" in [each.reason for each in screen(app).latest.rows])
        await pilot.pause()
        told = text_of(app)
        assert "PAST " + moment(NOW - 3600) in told
        assert "later" not in told
        assert "a line of now" not in told


async def test_what_plays_goes_on_over_the_pages_too() -> None:
    faster = ["greater_than_sign"] * 2
    async with away("left_curly_bracket", "space", *faster, "enter") as (app, _, pilot):
        machine = screen(app).machine
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))
        await until(pilot, lambda: screen(app).board.at > NOW - 3600 + 30)
        page = app.screen
        assert isinstance(page, DetailScreen)
        await until(pilot, lambda: page.board.at > NOW - 3600 + 30)
        assert machine.moves.startswith("60x")


async def test_faster_slower_and_a_rest() -> None:
    async with away("left_curly_bracket", "space") as (app, _, pilot):
        machine = screen(app).machine
        assert machine.moves == "1x"
        await pilot.press("greater_than_sign")
        assert "10x" in text_of(app)
        await pilot.press("less_than_sign", "less_than_sign")
        assert machine.moves == "1x"
        await pilot.press("space")
        assert "paused" in text_of(app)


async def test_a_held_key_asks_for_the_newest_only() -> None:
    asked: list[float] = []

    class Slow(Past):
        def board(self, at: float, patience_s: float | None = None) -> Board:
            asked.append(at)
            time.sleep(0.05)
            return super().board(at, patience_s)

    live = boards.board(boards.service("api"), at=NOW)
    source = MemorySource(live)
    source.past = PastDesk(lambda: Slow(recorded()))
    async with floor(live, source=source) as opened:
        machine = screen(opened[0]).machine
        for _ in range(100):
            screen(opened[0]).action_past_back()
        assert machine.head is not None
        await rested(opened)
        assert shown_at(opened) == -1000
        assert len(asked) <= 5


async def test_a_floor_without_history_says_so_and_stays_live() -> None:
    live = boards.board(boards.service("api"), at=NOW)
    async with floor(live) as (app, _, pilot):
        await pilot.press("left_square_bracket")
        await until(pilot, lambda: any("nothing was recorded" in note.message for note in app._notifications))
        assert not screen(app).machine.away

    def none() -> Past:
        raise StoreError("there is no history at /nowhere", "record one")

    source = MemorySource(live)
    source.past = PastDesk(none)
    async with floor(live, source=source) as opened:
        await opened[2].press("left_square_bracket")
        words = "no history at /nowhere (record one)"
        await until(opened[2], lambda: any(words in note.message for note in opened[0]._notifications))
        await rested(opened)
        assert screen(opened[0]).board is live
        assert not screen(opened[0]).machine.away


async def test_an_empty_history_says_so_and_stays_live() -> None:
    live = boards.board(boards.service("api"), at=NOW)
    source = MemorySource(live)
    source.past = PastDesk(lambda: Past(MemoryStore()))
    async with floor(live, source=source) as opened:
        await opened[2].press("left_square_bracket")
        await until(opened[2], lambda: any("nothing was recorded" in note.message for note in opened[0]._notifications))
        await rested(opened)
        assert screen(opened[0]).board is live


async def test_a_replay_has_nothing_live_to_go_back_to() -> None:
    desk = PastDesk(lambda: Past(recorded()))
    source = await ReplaySource.at(desk, NOW - 3600)
    async with floor(source.board, source=source) as opened:  # type: ignore[arg-type]  # a source as good as any
        app, _, pilot = opened
        assert screen(app).machine.away
        assert "PAST" in text_of(app)
        await pilot.press("left_square_bracket")
        await rested(opened)
        assert shown_at(opened) == -3610
        await pilot.press("right_curly_bracket")
        await rested(opened)
        assert shown_at(opened) == 0
        assert "last recorded moment" not in text_of(app).split("\n")[1]
        await pilot.press("r")
        await until(pilot, lambda: any("nothing can be done to it" in note.message for note in app._notifications))


async def test_the_palette_and_the_footer_offer_what_does_something() -> None:
    async with away(size=(160, 40)) as (app, _, pilot):
        assert "[ past" in text_of(app)
        assert "] forward" not in text_of(app)
        await pilot.press("left_square_bracket")
        await until(pilot, lambda: "} live" in text_of(app).split("\n")[-1])
        last = text_of(app).split("\n")[-1]
        assert "] forward" in last
        assert "l logs" not in last
        assert "p pause" not in last


async def test_it_fits_into_a_small_terminal_and_one_without_utf8() -> None:
    async with away("left_square_bracket", size=(80, 24), settings=Settings(name="shop", ascii=True)) as opened:
        told = text_of(opened[0])
        assert "< PAST" in told
        assert moment(NOW - 10).partition(" ")[2] in told
        assert told.isascii()
        await opened[2].press("at", *"nonsense", "enter")
        await until(opened[2], lambda: "times are written" in text_of(opened[0]))
        assert len(text_of(opened[0]).split("\n")) == 24


async def test_a_budget_page_of_the_past_is_of_that_moment() -> None:
    async with away("left_curly_bracket") as (app, _, pilot):
        from tui.messages import BudgetAsked

        app.post_message(BudgetAsked("api availability"))
        await until(pilot, lambda: isinstance(app.screen, BudgetScreen))
        assert isinstance(app.screen, BudgetScreen)
        assert app.screen.board.at == NOW - 3600
