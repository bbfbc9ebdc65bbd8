"""What arrives in one burst, as over a slow line, means the same as when it is typed slowly."""

import asyncio
from pathlib import Path

import pytest
from textual import events
from textual.keys import _character_to_key

from tests.parts import boards
from tests.parts.floor import floor, until
from tests.parts.incident_books import night
from tests.parts.incident_list import listed, told
from tui.screens.filter_line import FilterLine
from tui.terminal.typed import TURNS, KeyDone


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


@pytest.mark.parametrize("turns", range(12))
async def test_keys_stay_in_order_however_they_fall_into_the_turns_of_the_loop(turns: int, tmp_path: Path) -> None:
    async with listed(night(tmp_path)) as (screen, app, pilot):
        await until(pilot, lambda: screen.incident is not None)
        for sign in ("n", *"[red]looking[/]", "\r"):
            app.post_message(events.Key("enter" if sign == "\r" else _character_to_key(sign), sign))
            for _ in range(turns):
                await asyncio.sleep(0)
        await until(pilot, lambda: ": [red]looking[/]" in told(screen))


async def test_a_paste_right_behind_the_key_that_opens_an_input_is_its_text(tmp_path: Path) -> None:
    async with listed(night(tmp_path)) as (screen, app, pilot):
        await until(pilot, lambda: screen.incident is not None)
        for event in (events.Key("n", "n"), events.Paste("from a runbook"), events.Key("enter", "\r")):
            app.post_message(event)
        await until(pilot, lambda: ": from a runbook" in told(screen))


async def test_a_key_whose_way_ends_in_the_middle_holds_up_no_later_one() -> None:
    async with floor(boards.bad_night()) as (app, _, pilot):
        lost = KeyDone()
        app._behind = lost
        app._wait_on(lost, TURNS)
        app.post_message(events.Key("slash", "/"))
        app.post_message(events.Key("x", "x"))
        await until(pilot, lambda: app.screen.query_one(FilterLine).value == "x")
