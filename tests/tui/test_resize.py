"""Another size of the terminal: painted once, as it would be from the start, and nothing of the old one is kept."""

import pytest
from textual._compositor import ChopsUpdate, Compositor, LayoutUpdate, ReflowResult
from textual.geometry import Size
from textual.widget import Widget

from tests.parts import boards
from tests.parts.floor import floor, screen, text_of, until

SIZES = [(200, 60), (100, 30), (80, 24), (120, 40)]


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the compositor painted: "whole" or "part"."""
    seen: list[str] = []
    whole, part = Compositor.render_full_update, Compositor.render_partial_update

    def all_of_it(compositor: Compositor, simplify: bool = False) -> LayoutUpdate:
        seen.append("whole")
        return whole(compositor, simplify)

    def some_of_it(compositor: Compositor) -> ChopsUpdate | None:
        seen.append("part")
        return part(compositor)

    monkeypatch.setattr(Compositor, "render_full_update", all_of_it)
    monkeypatch.setattr(Compositor, "render_partial_update", some_of_it)
    return seen


@pytest.fixture
def placed(monkeypatch: pytest.MonkeyPatch) -> list[Widget]:
    """The screens whose widgets were placed anew, each time."""
    seen: list[Widget] = []
    reflow = Compositor.reflow

    def place(compositor: Compositor, parent: Widget, size: Size) -> ReflowResult:
        seen.append(parent)
        return reflow(compositor, parent, size)

    monkeypatch.setattr(Compositor, "reflow", place)
    return seen


async def test_a_resize_paints_the_whole_screen_once(painted: list[str]) -> None:
    async with floor(boards.bad_night()) as (_, _, pilot):
        for size in SIZES:
            painted.clear()
            await pilot.resize_terminal(*size)
            await pilot.pause(0.1)
            assert painted.count("whole") == 1, size
            assert painted.count("part") <= 6, size


async def test_after_a_resize_the_screen_is_what_it_is_when_all_is_painted_anew() -> None:
    async with floor(boards.bad_night()) as (app, _, pilot):
        for size in SIZES:
            await pilot.resize_terminal(*size)
            await pilot.pause(0.3)
            shown = _without_clock(text_of(app))
            for widget in app.screen.walk_children():
                widget.refresh()
            await pilot.pause(0.1)
            assert _without_clock(text_of(app)) == shown
            assert max(len(line) for line in shown.splitlines()) == size[0]


@pytest.mark.parametrize("opens", ["question_mark", "ctrl+p"])
async def test_what_is_hidden_is_placed_when_it_is_seen_again(placed: list[Widget], opens: str) -> None:
    async with floor(boards.bad_night()) as (app, source, pilot):
        for size in SIZES:
            await pilot.press(opens)
            await until(pilot, lambda: app.screen is not screen(app))
            await pilot.pause(0.1)
            placed.clear()
            await pilot.resize_terminal(*size)
            source.say(boards.bad_night(f"at {size[0]} columns"))
            await pilot.pause(0.2)
            assert screen(app) not in placed
            assert app.screen in placed
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is screen(app))
            await pilot.pause(0.3)
            assert f"at {size[0]} columns" in text_of(app)
            shown = _without_clock(text_of(app))
            assert max(len(line) for line in shown.splitlines()) == size[0]
            app.screen.refresh(layout=True)
            for widget in app.screen.walk_children():
                widget.refresh()
            await pilot.pause(0.1)
            assert _without_clock(text_of(app)) == shown


def _without_clock(text: str) -> str:
    """The header tells the time."""
    return text.partition("\n")[2]
