"""The incidents at night: haste, long and wide titles, clocks that step, people who may only read, a browser."""

import os
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.command import CommandList, CommandPalette

from collectors.text import clean
from ops.incidents.book import IncidentBook
from ops.incidents.structs import Presence
from tests.parts import boards
from tests.parts.floor import text_of, until
from tests.parts.incident_books import book, night, opened
from tests.parts.incident_list import footer_of, listed, told
from tui.screens.help import help_lines
from tui.screens.war_room import WarRoom
from tui.terminal.browser import DRIVER


async def test_a_key_right_behind_the_cursor_is_for_the_one_under_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = night(tmp_path)
    async with listed(kept) as (screen, _, pilot):
        await until(pilot, lambda: screen.incident is not None)
        monkeypatch.setattr(screen, "look", lambda: None)  # nothing is read between the two keys
        await pilot.press("j", "a")
        await until(pilot, lambda: kept.incident(3).state == "acknowledged")
        assert kept.incident(2).state == "triggered"


async def test_who_may_only_read_is_told_so_and_which_keys_are_left(tmp_path: Path) -> None:
    kept = night(tmp_path)
    for number in range(6):
        kept.here(Presence(user=f"somebody-{number}", origin="10.0.0.4", incident=2, at=boards.NOW))
    for size in ((80, 24), (120, 40)):
        async with listed(kept, size, read_only="the config says so") as (screen, app, pilot):
            await until(pilot, lambda: "somebody-0" in text_of(app))
            assert "read-only" in text_of(app).splitlines()[0]
            assert " e why  P post-mortem" in footer_of(app)
            assert " a ack" not in footer_of(app)
            assert "? help" in footer_of(app)
            await pilot.press("e")
            await until(pilot, lambda: app.screen is not screen)


async def test_without_an_incident_no_key_is_offered_for_one(tmp_path: Path) -> None:
    async with listed(book(tmp_path)) as (_, app, pilot):
        await until(pilot, lambda: "esc back" in footer_of(app))
        assert " a ack" not in footer_of(app)


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40)])
@pytest.mark.parametrize("title", ["the database refuses all of us " * 8, "データベースが接続を拒否しています " * 7])
async def test_a_long_title_is_told_whole(tmp_path: Path, size: tuple[int, int], title: str) -> None:
    kept = night(tmp_path)
    kept.retitle(2, "alice", title)
    async with listed(kept, size) as (screen, _, pilot):
        await until(pilot, lambda: screen.incident is not None)
        at = next(i for i, line in enumerate(screen.page.lines) if line and line[0][0].startswith("respond"))
        above = "".join("".join(text for text, _ in line) for line in screen.page.lines[1:at])
        assert above.replace(" ", "") == clean(title.strip()).replace(" ", "")
        assert max(cell_len("".join(text for text, _ in line)) for line in screen.page.lines[:at]) <= size[0]
        assert "for 3m12s" in told(screen).splitlines()[0]


async def test_what_was_merged_says_where_it_goes_on(tmp_path: Path) -> None:
    kept = night(tmp_path)
    kept.merge(3, 2, "alice")
    async with listed(kept) as (screen, _, pilot):
        await until(pilot, lambda: screen.incident is not None)
        await pilot.press("j")
        await until(pilot, lambda: "it goes on as INC-2" in told(screen))
        assert "unacknowledged" not in told(screen)


async def test_a_clock_that_goes_back_makes_nobody_absent(tmp_path: Path) -> None:
    at = boards.NOW
    kept = IncidentBook(tmp_path, clock=lambda: at)
    kept.add(opened())
    async with listed(kept, now=lambda: at) as (_, _app, pilot):
        await until(pilot, lambda: len(kept.present(boards.NOW)) == 1)
        at = boards.NOW - 3600
        await until(pilot, lambda: [each.at for each in kept.present(at)] == [at])


@pytest.mark.parametrize("key", ["i", "w"])
async def test_the_palette_does_what_its_keys_do(tmp_path: Path, key: str) -> None:
    kept = night(tmp_path)
    async with listed(kept) as (screen, app, pilot):
        await until(pilot, lambda: screen.incident is not None)
        if key == "w":
            await pilot.press("w")
            await until(pilot, lambda: isinstance(app.screen, WarRoom) and app.screen.incident is not None)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette))
        await pilot.press(*"ack (a)")
        await until(pilot, lambda: bool(app.screen.query_one(CommandList).option_count))
        await pilot.press("enter")
        await until(pilot, lambda: kept.incident(2).state == "acknowledged")


async def test_in_a_browser_no_file_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    async with listed(night(tmp_path)) as (screen, app, pilot):
        await until(pilot, lambda: screen.incident is not None)
        monkeypatch.setenv("TEXTUAL_DRIVER", DRIVER)
        await pilot.press("P")
        await until(pilot, lambda: "Incident Post-Mortem" in text_of(app))
        assert "save" not in footer_of(app)
        await pilot.press("w")
        await pilot.pause()
        assert "post-mortem-2.md" not in os.listdir(tmp_path)
        assert "postmortem.save" not in str(help_lines({}, 100))


async def test_the_war_room_is_found_as_it_was_left_and_so_is_its_incident_in_the_list(tmp_path: Path) -> None:
    async with listed(night(tmp_path)) as (screen, app, pilot):
        await until(pilot, lambda: screen.incident is not None)
        await pilot.press("w")
        await until(pilot, lambda: isinstance(app.screen, WarRoom) and app.screen.incident is not None)
        room = app.screen
        assert isinstance(room, WarRoom)
        await pilot.press("tab")
        await until(pilot, lambda: room.incident is not None and room.incident.number == 3)
        await pilot.press("e")
        await until(pilot, lambda: app.screen is not room)
        await pilot.press("w")
        await until(pilot, lambda: app.screen is room)
        assert room.number == 3
        await pilot.press("i")
        await until(pilot, lambda: app.screen is screen and screen.table.cursor_id == "3")
