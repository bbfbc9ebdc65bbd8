"""The plan and the yes, as a person meets them: what is shown, and that nothing but a meant yes runs anything."""

import pytest
from msgspec.structs import replace
from textual import events

from ops.actions.base import Pick
from ops.actions.errors import ActionError, Refused
from ops.fixes.structs import Step
from tests.parts import hostile
from tests.parts.boards import board, service
from tests.parts.fixes import MemoryFixes, offer, offered, plan
from tests.parts.fixing import DOWN, RESTART, Fixable, fixable, menu, planned, readable
from tests.parts.floor import pane, screen, text_of, until
from tui.messages import FixAsked
from tui.screens.fix_menu import FixMenu
from tui.screens.fix_plan import FixPlan
from tui.screens.floor import FloorScreen
from tui.screens.help import HelpScreen


async def started(opened: Fixable, many: int = 1) -> None:
    """Wait until so many jobs were started, and the floor is in front again."""
    app, _, fixes, pilot = opened
    await until(pilot, lambda: len(fixes.started) == many and isinstance(app.screen, FloorScreen))


async def settled(opened: Fixable) -> None:
    """Wait for longer than a yes needs to begin."""
    page = opened[0].screen
    assert isinstance(page, FixPlan)
    done: list[bool] = []
    page.set_timer(0.2, lambda: done.append(True))
    await until(opened[3], lambda: bool(done))


def toasts(opened: Fixable) -> str:
    """What was told at the edge of the screen."""
    return " ".join(each.message for each in opened[0]._notifications)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_plan_says_everything_before_it_is_confirmed(size: tuple[int, int]) -> None:
    fixes = MemoryFixes({"service:api": [offered(RESTART)]})
    fixes.plans[RESTART.action] = plan(RESTART, warnings=("somebody stopped it by hand 3 min ago",))
    async with fixable(fixes, size=size) as opened:
        await planned(opened)
        told = " ".join(text_of(opened[0]).split())
    for words in (
        "somebody stopped it by hand 3 min ago",
        "What will be done 1 call",
        "$ POST /containers/0123456789ab/restart?t=10",
        "interrupts what it serves, until it is up again",
        "about 11 s of interruption, 0.6 % of api availability; doing nothing costs 2.1 %/h",
        "undone by nothing needs to be undone",
        "7 of 9 worked, median 41 s",
        "service api's check 'service.reach' is good again within 60 s"
        if size[0] > 99
        else "service api's check 'service.reach' is good again",
        "enter: no, nothing is done",
        "y: run it",
    ):
        assert words in told


async def test_x_enter_y_run_it() -> None:
    async with fixable() as opened:
        await planned(opened)
        await opened[3].press("y")
        await started(opened)
        (ran, by, typed) = opened[2].started[0]
        assert (ran.offer, by.via, typed) == (RESTART, "screen", "")
        assert "job 17: container.restart api runs (o shows it)" in toasts(opened)


async def test_enter_is_no() -> None:
    async with fixable() as opened:
        await planned(opened)
        await opened[3].press("enter")
        assert isinstance(opened[0].screen, FixMenu)
        assert opened[2].started == []


async def test_it_says_that_it_plans_and_escape_leaves_it() -> None:
    async with fixable() as opened:
        app, _, fixes, pilot = opened
        fixes.may_go_on.clear()
        await menu(opened)
        await pilot.press("enter")
        await until(pilot, lambda: "planning" in text_of(app))
        await pilot.press("escape")
        assert isinstance(app.screen, FixMenu)


async def test_what_can_not_be_planned_says_why_and_r_plans_again() -> None:
    fixes = MemoryFixes({"service:api": [offered(RESTART)]})
    fixes.plans[RESTART.action] = ActionError("the engine does not answer", "look at docker info")
    async with fixable(fixes) as opened:
        app, _, _, pilot = opened
        await menu(opened)
        await pilot.press("enter")
        await until(pilot, lambda: "the engine does not answer" in text_of(app))
        assert "look at docker info" in text_of(app)
        await pilot.press("y")
        del fixes.plans[RESTART.action]
        await pilot.press("r")
        await readable(opened)
        assert fixes.started == []


async def test_a_yes_before_the_plan_was_there_to_be_read_is_none() -> None:
    async with fixable() as opened:
        app, _, fixes, pilot = opened
        await menu(opened)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, FixPlan) and app.screen.phase == "shown")
        await pilot.press("y")
        await until(pilot, lambda: "confirm" in text_of(app) or "too soon" in text_of(app))
        await readable(opened)
        await settled(opened)
        assert fixes.started == []


async def test_a_held_key_confirms_nothing_however_long_it_is_held() -> None:
    async with fixable() as opened:
        app, _, fixes, pilot = opened
        fixes.may_go_on.clear()
        await menu(opened)
        await pilot.press("enter")
        await pilot.press("y")  # … goes down while it is planned, and repeats from then on
        fixes.may_go_on.set()
        page = await readable(opened)
        page._single.came("y", page.shown_at or 0.0)
        for _ in range(20):
            app.post_message(events.Key("y", "y"))
            await pilot.pause()
        await settled(opened)
        assert fixes.started == []
        assert "held or repeated" in text_of(app)


async def test_a_double_press_starts_one_job_at_most() -> None:
    async with fixable() as opened:
        app, _, fixes, pilot = opened
        await planned(opened)
        app.post_message(events.Key("y", "y"))
        app.post_message(events.Key("y", "y"))
        await pilot.pause()
        await settled(opened)
        assert len(fixes.started) <= 1


async def test_two_slow_presses_start_one_job() -> None:
    async with fixable() as opened:
        fixes, pilot = opened[2:]
        page = await planned(opened)
        await pilot.press("y")
        await until(pilot, lambda: page.phase != "shown")
        page.action_plan_run()
        await started(opened)
        assert len(fixes.started) == 1


async def test_a_paste_confirms_nothing() -> None:
    async with fixable() as opened:
        app, _, fixes, pilot = opened
        await planned(opened)
        app.post_message(events.Paste("y"))
        await until(pilot, lambda: "a paste confirms nothing" in text_of(app))
        await settled(opened)
        assert fixes.started == []


@pytest.mark.parametrize("burst", ["yes", "play", "ky"])
async def test_a_paste_that_comes_as_keys_confirms_nothing(burst: str) -> None:
    async with fixable() as opened:
        app, _, fixes, pilot = opened
        page = await planned(opened)
        for sign in burst:
            app.post_message(events.Key(sign, sign))
        await pilot.pause()
        await settled(opened)
        assert fixes.started == []
        assert page.phase == "shown"


async def test_who_holds_it_is_told_on_the_plan() -> None:
    async with fixable() as opened:
        app, _, fixes, pilot = opened
        fixes.refuses["service:api"] = Refused("job 12 of ann holds container shop-api-1", "wait for it", reason="held")
        await planned(opened)
        await pilot.press("y")
        await until(pilot, lambda: "job 12 of ann holds container shop-api-1. wait for it" in text_of(app))
        assert isinstance(app.screen, FixPlan)
        await pilot.press("y")
        await settled(opened)
        fixes.refuses.clear()
        await pilot.press("r")
        await readable(opened)
        page = app.screen
        page._single = type(page._single)()
        await pilot.press("y")
        await started(opened)


TYPED = plan(offer("redis.flush", risk="loses"), typed="cache")


async def typing() -> MemoryFixes:
    """A fix that asks for a name."""
    fixes = MemoryFixes({"service:api": [offered(TYPED.offer)]})
    fixes.plans["redis.flush"] = TYPED
    return fixes


async def named(opened: Fixable) -> FixPlan:
    """From the floor to the line in which the name is typed."""
    page = await planned(opened)
    await opened[3].press("y")
    await until(opened[3], lambda: page.name_line.has_focus)
    return page


async def alone(opened: Fixable) -> None:
    """Wait until the next key is not in one burst with the last."""
    await settled(opened)


async def test_a_name_must_be_typed_exactly() -> None:
    fixes = await typing()
    async with fixable(fixes) as opened:
        app, _, _, pilot = opened
        page = await planned(opened)
        await pilot.press("y")
        await until(pilot, lambda: page.name_line.has_focus and 'type "cache"' in text_of(app))
        await pilot.press(*"Cache")
        await alone(opened)
        await pilot.press("enter")
        await until(pilot, lambda: "that is not the name" in text_of(app))
        assert fixes.started == []
        await pilot.press("ctrl+u")
        await pilot.press(*"cache")
        page._single._last.clear()
        await alone(opened)
        await pilot.press("enter")
        await started(opened)
        assert fixes.started[0][2] == "cache"


async def test_a_pasted_name_is_refused() -> None:
    fixes = await typing()
    async with fixable(fixes) as opened:
        app, _, _, pilot = opened
        page = await named(opened)
        app.post_message(events.Paste("cache"))
        await until(pilot, lambda: "a paste is refused here" in text_of(app))
        app.copy_to_clipboard("cache")
        await pilot.press("ctrl+v")
        await alone(opened)
        await pilot.press("enter")
        await alone(opened)
        assert page.name_line.value == ""
        assert fixes.started == []


async def test_a_name_that_comes_in_one_burst_with_its_enter_confirms_nothing_and_that_is_said() -> None:
    fixes = await typing()
    async with fixable(fixes) as opened:
        app, _, _, pilot = opened
        page = await named(opened)
        for sign in "cache":
            app.post_message(events.Key(sign, sign))
        app.post_message(events.Key("enter", None))
        await until(pilot, lambda: page.name_line.value == "cache" and "confirm" in text_of(app))
        await alone(opened)
        assert fixes.started == []
        assert "press it once" in text_of(app)


async def test_escape_leaves_the_name_first_then_the_plan() -> None:
    async with fixable(await typing()) as opened:
        app, _, fixes, pilot = opened
        page = await named(opened)
        await pilot.press("escape")
        assert app.screen is page
        await pilot.press("escape")
        assert isinstance(app.screen, FixMenu)
        assert fixes.started == []


async def test_a_row_that_has_become_another_ends_the_plan() -> None:
    first = board(service("api", key="one"))
    fixes = MemoryFixes({"service:api": [offered(RESTART)]})
    fixes.plans[RESTART.action] = plan(RESTART, key="one")
    async with fixable(fixes, first) as opened:
        app, source, _, pilot = opened
        page = await planned(opened)
        source.say(board(service("api", 99, key="one")))
        await until(pilot, lambda: page.board is source.board)
        assert page.phase == "shown"
        source.say(board(service("api", key="")))
        await until(pilot, lambda: page.board is source.board)
        assert page.phase == "shown", "what has gone has not become another"
        source.say(board(service("api", key="two")))
        await until(pilot, lambda: "is another one now" in text_of(app))
        await pilot.press("y")
        await settled(opened)
        assert fixes.started == []


async def test_a_hostile_plan_stays_where_it_is() -> None:
    bad = "".join(hostile.SEQUENCES) + "[bold]\n; rm -rf /\u202e" + "wide 日本 " * 60
    evil = offer(title=bad, params={"name": bad})
    fixes = MemoryFixes({"service:api": [offered(evil)]})
    fixes.plans[evil.action] = plan(
        evil,
        steps=(Step(kind="call", text=bad), Step(kind="say", text=bad)),
        interrupts=bad,
        typed=bad,
        warnings=(bad,),
    )
    async with fixable(fixes, size=(80, 24)) as opened:
        await planned(opened)
        told = text_of(opened[0])
    assert not any(sign in told for sign in "\x1b\x9b\x90\u202e\x07")
    assert "[bold]" in told


async def test_a_long_plan_is_scrolled_under_its_question() -> None:
    fixes = MemoryFixes({"service:api": [offered(RESTART)]})
    steps = tuple(Step(kind="call", text=f"call {i}") for i in range(60))
    fixes.plans[RESTART.action] = plan(RESTART, steps=steps)
    async with fixable(fixes, size=(80, 24)) as opened:
        await planned(opened)
        assert "done when" not in text_of(opened[0])
        await opened[3].press("G")
        assert "done when" in text_of(opened[0])
        assert "enter: no, nothing is done" in text_of(opened[0])


async def test_marked_rows_get_a_plan_each_one_yes_and_a_job_each_in_order() -> None:
    rows = ("service:zoo", "service:web")
    fixes = MemoryFixes({row_id: [offered(offer(row=row_id))] for row_id in rows})
    async with fixable(fixes) as opened:
        app, source, _, pilot = opened
        await pilot.press("j", "space", "space")
        table = pane(app, "services")
        assert table.marked == set(rows)
        assert "2 marked" in text_of(app)
        assert sum("■" in line for line in text_of(app).splitlines()) == 2
        again = replace(DOWN, rows=(DOWN.rows[0], service("web", 99), DOWN.rows[2]))
        source.say(again)
        await until(pilot, lambda: screen(app).board is again and not screen(app)._todo)
        assert table.marked == set(rows)
        await menu(opened)
        assert "Fix 2 rows: service web, service zoo" in text_of(app)
        assert "1 container.restart web and 1 more" in text_of(app)
        await pilot.press("enter")
        page = await readable(opened)
        assert "Plan 1 of 2" in text_of(app)
        assert "y: run it  all 2" in text_of(app)
        await pilot.press("y")
        await started(opened, 2)
        assert [ran.offer.row for ran, _, _ in fixes.started] == list(page_rows(page))
        assert table.marked == frozenset()


def page_rows(page: FixPlan) -> list[str]:
    """The rows of its plans, in order."""
    return [each.offer.row for each in page.plans]


async def test_marks_go_with_their_rows_and_with_escape() -> None:
    async with fixable() as opened:
        app, source, _, pilot = opened
        await pilot.press("space", "space")
        fewer = replace(DOWN, rows=DOWN.rows[1:])
        source.say(fewer)
        await until(pilot, lambda: screen(app).board is fewer and not screen(app)._todo)
        assert len(pane(app, "services").marked) == 1
        await pilot.press("escape")
        assert not pane(app, "services").marked
        assert "marked" not in text_of(app)


async def test_of_several_names_the_first_and_how_many_more_are_typed() -> None:
    rows = ("service:api", "service:web", "service:zoo")
    fixes = MemoryFixes({row_id: [offered(offer("redis.flush", row_id))] for row_id in rows})

    class Typed(MemoryFixes):
        """Asks for the name of each row."""

        async def plan(self, board, offer):  # type: ignore[no-untyped-def]
            return plan(offer, typed=offer.row.partition(":")[2])

    fixes = Typed(fixes.fits)
    async with fixable(fixes) as opened:
        app, _, _, pilot = opened
        await pilot.press("space", "space", "space")
        page = await planned(opened)
        await pilot.press("y")
        await until(pilot, lambda: page.name_line.has_focus and 'type "api +2"' in text_of(app))
        await pilot.press("a", "p", "i", "space", "plus", "2")
        await alone(opened)
        await pilot.press("enter")
        await started(opened, 3)
        assert [typed for _, _, typed in fixes.started] == ["api +2"] * 3
        assert page.phase == "left"


async def test_of_several_the_first_refusal_ends_it_and_says_what_was_started() -> None:
    rows = ("service:api", "service:web", "service:zoo")
    fixes = MemoryFixes({row_id: [offered(offer(row=row_id))] for row_id in rows})
    async with fixable(fixes) as opened:
        app, _, _, pilot = opened
        await pilot.press("space", "space", "space")
        page = await planned(opened)
        fixes.refuses[page_rows(page)[1]] = Refused("somebody holds it", reason="held")
        await pilot.press("y")
        await until(pilot, lambda: "1 of 3 were started; somebody holds it" in text_of(app))
        assert len(fixes.started) == 1
        fixes.refuses.clear()
        await pilot.press("r")
        await readable(opened)
        page._single = type(page._single)()
        await pilot.press("y")
        await started(opened, 3)
        assert len({ran.offer.row for ran, _, _ in fixes.started}) == 3


async def test_one_that_picks_takes_one_row_at_a_time() -> None:
    from ops.actions.base import Param

    picks = offer("postgres.cancel", ask=(Param(name="pid", title="which", kind="pick"),))
    fixes = MemoryFixes({row_id: [offered(replace(picks, row=row_id))] for row_id in ("service:api", "service:web")})
    fixes.can_pick = (Pick(value="1", text="one"),)
    async with fixable(fixes) as opened:
        app, _, _, pilot = opened
        await pilot.press("space", "space")
        await menu(opened)
        await pilot.press("enter")
        assert "it takes one row at a time" in text_of(app)
        assert isinstance(app.screen, FixMenu)


async def test_an_offer_from_elsewhere_goes_straight_to_its_plan() -> None:
    async with fixable() as opened:
        app, _, fixes, _ = opened
        app.post_message(FixAsked(("service:web",), offer("container.start", "service:web")))
        await readable(opened)
        assert [made.action for made in fixes.planned] == ["container.start"]


async def test_another_page_over_it_does_not_lose_the_start() -> None:
    async with fixable() as opened:
        app, pilot = opened[0], opened[3]
        page = await planned(opened)
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        page._begin()
        await until(pilot, lambda: page.phase in ("started", "left"))
        await pilot.press("escape")
        await started(opened)
