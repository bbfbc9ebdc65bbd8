"""What a fix asks before its plan: checked while one types, chosen from what there is, and left without a trace."""

import pytest

from ops.actions.base import Param, Pick
from ops.actions.errors import ActionError
from tests.parts import hostile
from tests.parts.fixes import MemoryFixes, offer, offered
from tests.parts.fixing import Fixable, fixable, menu, readable
from tests.parts.floor import text_of, until
from tui.panes.fix_form import problem
from tui.screens.fix_form import FixForm
from tui.screens.fix_menu import FixMenu

COUNT = Param(name="count", title="how many replicas", kind="int", default="2", least=1, most=10)
GRACE = Param(name="grace", title="grace", kind="duration", default="10s", most=300)
MODE = Param(name="mode", title="mode", kind="choice", choices=("rolling", "at once", "blue-green"), default="at once")
SESSION = Param(name="pid", title="which session", kind="pick")
NAME = Param(name="name", title="name", pattern="[a-z]+")
LIMIT = Param(name="limit", title="limit", kind="size", least=1024)


async def form(opened: Fixable, *params: Param) -> FixForm:
    """Open the form of an offer that asks these."""
    app, _, fixes, pilot = opened
    fixes.fits["service:api"] = [offered(offer("compose.scale", ask=params))]
    await menu(opened)
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(app.screen, FixForm) and bool(app.screen.page.lines))
    assert isinstance(app.screen, FixForm)
    return app.screen


async def test_every_line_is_asked_in_turn_and_the_plan_has_all_answers() -> None:
    async with fixable() as opened:
        app, _, fixes, pilot = opened
        await form(opened, COUNT, MODE, GRACE)
        assert "at least 1, at most 10, 2 unless you say otherwise" in text_of(app)
        await pilot.press("backspace", "5", "enter")
        await until(pilot, lambda: "▸ mode" in text_of(app))
        assert "▸ at once" in text_of(app)
        await pilot.press("down", "enter", "enter")
        await readable(opened)
        assert fixes.planned[0].params == {"count": "5", "mode": "blue-green", "grace": "10s"}
        assert fixes.planned[0].ask == ()


@pytest.mark.parametrize(
    ("param", "value", "words"),
    [
        pytest.param(COUNT, "3", "", id="a number within its limits"),
        pytest.param(COUNT, "0", "is under 1", id="too few"),
        pytest.param(COUNT, "11", "is over 10", id="too many"),
        pytest.param(COUNT, "two", "is no whole number", id="no number"),
        pytest.param(GRACE, "5m", "", id="a time as in a config"),
        pytest.param(GRACE, "1h", "is over 300", id="too long"),
        pytest.param(GRACE, "soon", "is no duration", id="no time"),
        pytest.param(LIMIT, "512MiB", "", id="a size"),
        pytest.param(LIMIT, "12B", "is under 1024", id="too small"),
        pytest.param(NAME, "abc", "", id="a text that matches"),
        pytest.param(NAME, "--force", "does not match", id="one that does not"),
        pytest.param(NAME, "", "not given", id="nothing, without a default"),
        pytest.param(MODE, "sideways", "is not one of", id="no choice"),
    ],
)
def test_an_answer(param: Param, value: str, words: str) -> None:
    said = problem(param, value)
    assert (words in said) if words else said == ""


async def test_a_wrong_answer_is_told_under_its_line_and_can_be_mended() -> None:
    async with fixable() as opened:
        app, _, fixes, pilot = opened
        await form(opened, COUNT)
        await pilot.press("0", "0", "enter")
        await until(pilot, lambda: "is over 10" in text_of(app))
        assert fixes.planned == []
        await pilot.press("backspace", "backspace")
        await until(pilot, lambda: "is over 10" not in text_of(app))
        await pilot.press("enter")
        await readable(opened)
        assert fixes.planned[0].params == {"count": "2"}


async def test_what_can_be_picked_is_read_filtered_and_taken_by_its_exact_value() -> None:
    async with fixable() as opened:
        app, _, fixes, pilot = opened
        fixes.can_pick = tuple(Pick(value=f"{i}@{i}.5", text=f"session {i} of shop") for i in range(200))
        fixes.may_go_on.clear()
        await form(opened, SESSION)
        assert "reading what there is" in text_of(app)
        await pilot.press("enter")
        fixes.may_go_on.set()
        await until(pilot, lambda: "session 0 of shop" in text_of(app))
        await pilot.press(*"n 17")
        await until(pilot, lambda: "11 in all" in text_of(app) or "session 170" in text_of(app))
        assert "session 2 " not in text_of(app)
        await pilot.press("down", "enter")
        await readable(opened)
        assert fixes.planned[0].params == {"pid": "170@170.5"}


async def test_a_filter_that_nothing_fits_takes_nothing() -> None:
    async with fixable() as opened:
        app, _, fixes, pilot = opened
        fixes.can_pick = (Pick(value="1", text="one"),)
        await form(opened, SESSION)
        await until(pilot, lambda: "▸ one" in text_of(app))
        await pilot.press("z", "enter")
        await until(pilot, lambda: "nothing here is like 'z'" in text_of(app))
        assert fixes.planned == []


async def test_what_can_not_be_read_says_why_and_enter_asks_again() -> None:
    async with fixable() as opened:
        app, _, fixes, pilot = opened
        fixes.can_pick = ActionError("the server does not answer", "look whether it runs.")
        await form(opened, SESSION)
        await until(
            pilot, lambda: "the server does not answer. look whether it runs. Enter asks again." in text_of(app)
        )
        fixes.can_pick = (Pick(value="1", text="one"),)
        await pilot.press("enter")
        await until(pilot, lambda: "▸ one" in text_of(app))
        await pilot.press("enter")
        await readable(opened)


async def test_tab_goes_to_another_line_and_what_was_not_taken_is_asked_again() -> None:
    async with fixable() as opened:
        app, _, fixes, pilot = opened
        await form(opened, NAME, COUNT)
        await pilot.press("tab")
        await until(pilot, lambda: "▸ how many replicas" in text_of(app))
        await pilot.press("enter")
        await until(pilot, lambda: "▸ name" in text_of(app))
        await pilot.press(*"abc", "enter")
        await readable(opened)
        assert fixes.planned[0].params == {"name": "abc", "count": "2"}


async def test_escape_leaves_it() -> None:
    async with fixable() as opened:
        app, _, fixes, pilot = opened
        await form(opened, COUNT)
        await pilot.press("escape")
        assert isinstance(app.screen, FixMenu)
        assert fixes.planned == []


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_hostile_things_to_pick_stay_where_they_are(size: tuple[int, int]) -> None:
    bad = "".join(hostile.SEQUENCES) + "[bold]\n; rm -rf /\u202e"
    async with fixable(MemoryFixes({}), size=size) as opened:
        app, _, fixes, pilot = opened
        fixes.can_pick = (Pick(value=bad, text=bad),)
        await form(opened, Param(name="x", title=bad, kind="pick", default=bad), COUNT)
        await until(pilot, lambda: "[bold]" in text_of(app))
        told = text_of(app)
    assert not any(sign in told for sign in "\x1b\x9b\x90\u202e\x07")
    assert {len(line) for line in told.splitlines()} == {size[0]}
