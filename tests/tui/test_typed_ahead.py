"""What arrives in one burst, as over a slow line, means the same as when it is typed slowly."""

import pytest
from textual import events

from tests.parts import boards
from tests.parts.floor import floor, until
from tui.screens.filter_line import FilterLine


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("queue", id="a text that begins with the key that leaves"),
        pytest.param("http", id="a text with the key of themes in it"),
        pytest.param("!api", id="one that hides"),
    ],
)
async def test_text_after_the_key_of_the_filter_is_text(typed: str) -> None:
    async with floor(boards.bad_night()) as (app, _, pilot):
        theme = app.theme
        for sign in ("/", *typed):
            app.post_message(events.Key("slash" if sign == "/" else sign, sign))
        await until(pilot, lambda: app.screen.query_one(FilterLine).value == typed)
        assert (app.is_running, app.theme) == (True, theme)


async def test_enter_behind_it_keeps_the_whole_text() -> None:
    async with floor(boards.bad_night()) as (app, _, pilot):
        for key, sign in (("slash", "/"), ("q", "q"), ("enter", "\r")):
            app.post_message(events.Key(key, sign))
        await until(pilot, lambda: "q" in app.screen.query_one(FilterLine).value)
        await until(pilot, lambda: not app.screen.query_one(FilterLine).has_class("-open"))
