"""The menu of fixes as a person meets it: what it says, how one chooses, and that nothing moves under the cursor."""

import time

import pytest
from msgspec.structs import replace
from textual import events

from ops.board import Proposal
from ops.fixes.structs import Record
from tests.parts import hostile
from tests.parts.boards import NOW, board, budget, container, service
from tests.parts.fixes import MemoryFixes, offer, offered
from tests.parts.fixing import DOWN, RESTART, SCALE, fixable, menu, planned
from tests.parts.floor import screen, text_of, until
from tui.screens.detail import DetailScreen
from tui.screens.fix_menu import FixMenu
from tui.screens.fix_plan import FixPlan
from tui.screens.floor import FloorScreen

UNHEALTHY = offer(why="it has been unhealthy for 3 min", row="container:local/shop-api-1")
LOSES = offer("redis.flush", risk="loses")
SAFE = offer("docker.prune", risk="safe")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_every_offer_says_what_why_how_often_at_what_price_and_risk(size: tuple[int, int]) -> None:
    fixes = MemoryFixes(
        {
            "service:api": [
                offered(UNHEALTHY, explains="api runs in it"),
                offered(LOSES, allowed="ann holds it (job 12)", record=Record()),
                offered(SAFE),
            ]
        }
    )
    shown = board(*DOWN.rows, container("shop-api-1"))
    async with fixable(fixes, shown, size) as opened:
        await menu(opened)
        told = text_of(opened[0])
    for words in (
        "Fix service api ● down",
        "1 container.restart",
        "▲ interrupts",
        "it has been unhealthy for 3 min",
        "7 of 9 worked, median 41 s, last failed 2d ago",
        "about 11 s of interruption, 0.6 % of api",
        "acts on container shop-api-1: api runs in it",
        "● LOSES DATA",
        "not now: ann holds it (job 12)",
        "never tried here",
        "✓ nobody notices",
        "enter plan",
    ):
        assert words in told
    assert {len(line) for line in told.splitlines()} == {size[0]}


async def test_the_cursor_goes_through_the_offers_and_stops_at_both_ends() -> None:
    async with fixable() as opened:
        page = await menu(opened)
        seen = []
        for key in ("k", "j", "down", "j", "up"):
            await opened[3].press(key)
            seen.append(page.at)
    assert seen == [0, 1, 2, 2, 1]


@pytest.mark.parametrize(
    ("keys", "action"),
    [
        pytest.param(["enter"], "container.restart", id="enter takes the first"),
        pytest.param(["j", "enter"], "compose.scale", id="or the one under the cursor"),
        pytest.param(["3"], "redis.flush", id="a number takes its own"),
    ],
)
async def test_a_key_shows_the_plan(keys: list[str], action: str) -> None:
    async with fixable() as opened:
        await planned(opened, *keys)
        assert [made.action for made in opened[2].planned] == [action]
        assert opened[2].started == []


async def test_numbers_can_be_other_keys() -> None:
    async with fixable(keys={"fixes.number": "a,b,c"}) as opened:
        await planned(opened, "b")
        assert [made.action for made in opened[2].planned] == ["compose.scale"]


async def test_a_number_that_nothing_has_does_nothing() -> None:
    async with fixable() as opened:
        page = await menu(opened)
        await opened[3].press("4", "9")
        await opened[3].pause()
        assert opened[0].screen is page


async def test_what_is_not_allowed_can_not_be_chosen() -> None:
    fixes = MemoryFixes({"service:api": [offered(RESTART, allowed="you may not restart in production")]})
    async with fixable(fixes) as opened:
        page = await menu(opened)
        await opened[3].press("enter", "1")
        await until(opened[3], lambda: bool(opened[0]._notifications))
        assert opened[0].screen is page
        assert fixes.planned == []


async def test_a_board_that_comes_neither_closes_the_menu_nor_moves_its_cursor() -> None:
    async with fixable() as opened:
        app, source, fixes, pilot = opened
        page = await menu(opened)
        await pilot.press("j")
        fixes.fits["service:api"] = [offered(SAFE), offered(SCALE)]
        source.say(replace(DOWN, rows=(service("api", level="warning", word="slow"), *DOWN.rows[1:])))
        await until(pilot, lambda: "▲ slow" in text_of(app))
        assert (app.screen, page.at) == (page, 1)
        assert [group[0].offer.action for group in page.groups] == ["container.restart", "compose.scale", "redis.flush"]
        source.say(replace(DOWN, rows=DOWN.rows[1:]))
        await until(pilot, lambda: "is not there any more" in text_of(app))
        assert (app.screen, page.at) == (page, 1)
        source.say(DOWN)
        await until(pilot, lambda: "● down" in text_of(app))
        await pilot.press("r")
        assert [group[0].offer.action for group in page.groups] == ["docker.prune", "compose.scale"]


async def test_where_nothing_fits_it_says_what_would() -> None:
    async with fixable(MemoryFixes({})) as opened:
        await menu(opened)
        told = text_of(opened[0])
    assert "No fix fits service api." in told
    assert "[[fix]]" in told
    assert 'when = { row = "service:api" }' in told


async def test_escape_leaves_to_where_one_came_from() -> None:
    async with fixable() as opened:
        app, _, _, pilot = opened
        await menu(opened)
        await pilot.press("escape")
        assert isinstance(app.screen, FloorScreen)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen) and "x fix" in text_of(app))
        await menu(opened)
        await pilot.press("q")
        assert isinstance(app.screen, DetailScreen)


async def test_a_held_enter_does_not_plan_again_and_again() -> None:
    async with fixable() as opened:
        app, _, fixes, pilot = opened
        await menu(opened)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, FixPlan))
        await pilot.press(*["enter"] * 12)
        assert isinstance(app.screen, FixMenu)
        assert len(fixes.planned) == 1


async def test_what_policy_proposes_is_told_and_comes_first() -> None:
    waits = Proposal(row="service:api", fix="mend", text="restart api: down for 40 s", at=NOW)
    shown = replace(DOWN, proposals=(waits,))
    fixes = MemoryFixes({"service:api": [offered(RESTART), offered(offer("command", fix="mend"))]})
    async with fixable(fixes, shown) as opened:
        await until(opened[3], lambda: "proposed: restart api: down for 40 s – x on api to look" in text_of(opened[0]))
        page = await menu(opened)
        assert [group[0].offer.action for group in page.groups] == ["command", "container.restart"]
        assert "proposed: restart api: down for 40 s" in text_of(opened[0])


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_hostile_names_stay_where_they_are(size: tuple[int, int]) -> None:
    bad = "".join(hostile.SEQUENCES) + "[bold]\n; rm -rf /\u202e"
    evil = offer(title=bad, why=bad)
    api = replace(DOWN.rows[0], reason=bad, word=bad)
    fixes = MemoryFixes({"service:api": [offered(evil, allowed="", explains=bad), offered(evil, allowed=bad)]})
    async with fixable(fixes, replace(DOWN, rows=(api,)), size) as opened:
        await menu(opened)
        await opened[3].press("2")
        told = text_of(opened[0])
    assert not any(sign in told for sign in "\x1b\x9b\x90\u202e\x07")
    assert "[bold]" in told
    assert {len(line) for line in told.splitlines()} == {size[0]}


async def test_the_menu_is_there_at_once() -> None:
    many = MemoryFixes({"service:api": [offered(offer(f"container.restart-{i}")) for i in range(60)]})
    async with fixable(many) as opened:
        pilot = opened[3]
        best = 9.9
        for _ in range(5):
            began = time.perf_counter()
            await menu(opened)
            best = min(best, time.perf_counter() - began)
            await pilot.press("escape")
        assert best < 0.5  # with all that a test's own waiting adds


async def test_the_last_of_many_offers_is_in_view_when_the_cursor_is_on_it() -> None:
    many = MemoryFixes({"service:api": [offered(offer(f"restart-{i}")) for i in range(20)]})
    async with fixable(many, size=(80, 24)) as opened:
        await menu(opened)
        await opened[3].press(*["j"] * 19)
        assert "▸   restart-19" in text_of(opened[0])
        await opened[3].press(*["k"] * 19)
        assert "▸ 1 restart-0" in text_of(opened[0])


async def test_a_budget_offers_what_fits_its_service() -> None:
    async with fixable(shown=replace(DOWN, budgets=(budget("web"),))) as (app, _, _, pilot):
        assert screen(app).to_fix() == ("service:api",)
        screen(app).activate("budget")
        await until(pilot, lambda: screen(app).selected_budget() is not None)
        assert screen(app).to_fix() == ("service:web",)


async def test_the_palette_offers_the_fixes_of_the_selected_row() -> None:
    async with fixable() as opened:
        app, _, fixes, pilot = opened
        await pilot.press("ctrl+p")
        await pilot.press(*"compose")
        await until(pilot, lambda: "fix: compose.scale api" in text_of(app))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, FixPlan))
        assert [made.action for made in fixes.planned] == ["compose.scale"]


async def test_the_cursor_begins_on_the_first_that_may_be_chosen() -> None:
    fixes = MemoryFixes({"service:api": [offered(RESTART, allowed="ann holds it"), offered(SCALE)]})
    async with fixable(fixes) as opened:
        assert (await menu(opened)).at == 1


async def test_of_marked_rows_only_what_fits_all_of_them_is_offered() -> None:
    both = {
        "service:api": [offered(RESTART), offered(SCALE)],
        "service:web": [offered(offer("compose.scale", "service:web"), allowed="bob may not")],
    }
    async with fixable(MemoryFixes(both)) as opened:
        await opened[3].press("space", "space")
        page = await menu(opened)
        assert [[each.offer.row for each in group] for group in page.groups] == [["service:api", "service:web"]]
        assert "not now: bob may not" in text_of(opened[0])


async def test_text_that_was_meant_for_another_window_opens_each_page_once() -> None:
    async with fixable(MemoryFixes({"service:api": [offered(RESTART)]}), DOWN, (80, 24)) as opened:
        app, _, fixes, pilot = opened
        for sign in "xy\rxyyy\r\ny" * 10:
            key = {"\r": "enter", "\n": "ctrl+j"}.get(sign, sign)
            app.post_message(events.Key(key, sign if sign.isprintable() else None))
        await until(pilot, lambda: app.screen is not app.floor)
        await pilot.pause()
        pages = [type(page) for page in app.screen_stack]
        assert len(pages) == len(set(pages)), pages
        assert fixes.started == []
