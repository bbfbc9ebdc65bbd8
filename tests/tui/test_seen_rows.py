"""That keys act on a row that can be seen, and that a menu tells when its row has become another."""

from tests.parts.boards import board, service
from tests.parts.fixing import fixable, menu
from tests.parts.floor import pane, screen, text_of, until
from tui.screens.fix_menu import FixMenu


async def test_a_row_that_the_filter_hides_is_not_fixed() -> None:
    async with fixable() as opened:
        app, _, fixes, pilot = opened
        await pilot.press("slash", *"emails", "enter")
        await until(pilot, lambda: not pane(app, "services").visible_rows)
        await pilot.press("x")
        await until(pilot, lambda: "no row is selected" in text_of(app))
        assert not isinstance(app.screen, FixMenu)
        assert screen(app).selected() is None
        await pilot.press("space")
        assert not pane(app, "services").marked
        assert fixes.planned == []


async def test_a_menu_says_that_its_row_has_changed_since_until_it_looked_again() -> None:
    async with fixable() as opened:
        app, source, _, pilot = opened
        await menu(opened)
        assert "its state has changed" not in text_of(app)
        source.say(board(service("api"), service("web"), service("zoo")))
        await until(pilot, lambda: "its state has changed since: r looks again" in text_of(app))
        await pilot.press("r")
        await until(pilot, lambda: "its state has changed" not in text_of(app))
