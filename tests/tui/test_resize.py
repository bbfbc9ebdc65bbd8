"""Another size of the terminal: painted once, as it would be from the start, and nothing of the old one is kept."""

import pytest
from textual._compositor import ChopsUpdate, Compositor, LayoutUpdate

from tests.parts import boards
from tests.parts.floor import floor, text_of

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


def _without_clock(text: str) -> str:
    """The header tells the time."""
    return text.partition("\n")[2]
