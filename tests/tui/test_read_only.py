"""Read-only: keys that act are not there, the header says so, and it is lifted only with a yes."""

import pytest
from msgspec.structs import replace

from ops.config.structs import Settings
from tests.parts.boards import NOW, bad_night
from tests.parts.fixes import MemoryFixes
from tests.parts.fixing import DOWN, fixable, planned
from tests.parts.floor import floor, pane, screen, text_of, until
from tests.parts.sources import MemorySource
from tui import keys
from tui.glyphs import UNICODE
from tui.panes.header import header
from tui.screens.ask import AskScreen
from tui.screens.fix_menu import FixMenu
from tui.screens.floor import FloorScreen
from tui.screens.help import HelpScreen, help_lines


async def test_without_anybody_who_fixes_the_keys_are_not_there() -> None:
    async with floor(DOWN) as (app, _, pilot):
        await until(pilot, lambda: "read-only" in text_of(app).splitlines()[0])
        assert " x fix" not in text_of(app)
        assert not screen(app).check_action("fix_menu", ())
        assert not screen(app).check_action("row_mark", ())
        await pilot.press("x", "space")
        assert isinstance(app.screen, FloorScreen)
        assert not pane(app, "services").marked


async def test_a_forced_read_only_says_why_it_can_not_be_lifted() -> None:
    fixes = MemoryFixes({})
    fixes.read_only = "started with --read-only"
    async with fixable(fixes) as (app, _, _, pilot):
        await until(pilot, lambda: "read-only" in text_of(app).splitlines()[0])
        await pilot.press("x")
        assert isinstance(app.screen, FloorScreen)
        await pilot.press("R")
        await until(pilot, lambda: "read-only can't be lifted: started with --read-only" in text_of(app))


async def test_r_takes_the_keys_away_at_once_and_gives_them_back_after_a_yes() -> None:
    async with fixable() as (app, _, fixes, pilot):
        await until(pilot, lambda: " x fix" in text_of(app))
        assert "read-only" not in text_of(app).splitlines()[0]
        await pilot.press("space", "R")
        await until(pilot, lambda: "read-only" in text_of(app).splitlines()[0])
        assert " x fix" not in text_of(app)
        assert not pane(app, "services").marked
        await pilot.press("x")
        assert (isinstance(app.screen, FloorScreen), fixes.asked) == (True, 0)
        await pilot.press("R")
        assert isinstance(app.screen, AskScreen)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, FloorScreen))
        assert screen(app).hands.held
        await pilot.press("R", "y")
        await until(pilot, lambda: " x fix" in text_of(app) and not screen(app).hands.held)
        await pilot.press("x")
        assert isinstance(app.screen, FixMenu)


async def test_a_plan_that_is_open_when_it_becomes_read_only_runs_nothing() -> None:
    async with fixable() as opened:
        app, _, fixes, pilot = opened
        await planned(opened)
        app.hands.held = True
        await pilot.press("y")
        await until(pilot, lambda: "read-only was switched on here" in text_of(app))
        assert fixes.started == []


async def test_help_and_palette_leave_them_out() -> None:
    async with floor(DOWN) as (app, _, pilot):
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen) and bool(app.screen.page.lines))
        told = "\n".join("".join(text for text, _ in line) for line in app.screen.page.lines)  # type: ignore[attr-defined]
        assert "fix.menu" not in told
        assert "row.mark" not in told
        assert "Nothing can be done from here" in told
    assert "fix" not in {key.scope for key in keys.offered(("floor", "everywhere"))}


def test_the_help_says_how_fixes_work() -> None:
    told = " ".join("".join(text for text, _ in line).strip() for line in help_lines({}, 100))
    assert "Nothing happens until y" in told
    assert "fix.menu" in told


async def test_in_the_past_nothing_can_be_fixed() -> None:
    source = MemorySource(replace(DOWN, mode="replayed"))
    source.fixes = MemoryFixes({})
    async with floor(source.board, source=source) as (app, _, pilot):
        await pilot.press("x")
        await until(pilot, lambda: "this is the past: nothing can be done to it" in text_of(app))
        assert isinstance(app.screen, FloorScreen)
        assert " x fix" not in text_of(app)


@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_the_header_has_room_for_what_hands_do(width: int) -> None:
    shown = replace(bad_night(), auto="auto: gave up on api", jobs=2)
    told = "".join(text for text, _ in header(shown, NOW, None, width, UNICODE, read_only=True))
    assert "read-only" in told
    assert "auto" in told
    assert len(told) == width


async def test_the_footer_names_fix_and_jobs_at_120_columns() -> None:
    source = MemorySource(bad_night())
    source.fixes = MemoryFixes({})
    async with floor(source.board, source=source, settings=Settings()) as (app, _, pilot):
        await until(pilot, lambda: " x fix" in text_of(app))
        last = text_of(app).splitlines()[-1]
    assert " x fix  o jobs  i incidents  D drift  B backups  enter detail" in last
    assert "? help" in last
