"""A wall: read-only, and the floor takes turns with the war room of each open incident."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from ops.config.structs import Config, Settings
from tests.parts import boards
from tests.parts.floor import until
from tests.parts.incident_books import night
from tests.parts.sources import MemorySource
from tui.app import FloorApp
from tui.incident_pages import following
from tui.screens.war_room import WarRoom


@pytest.mark.parametrize(
    ("shown", "opened", "then"),
    [
        pytest.param(None, [], None, id="a calm floor stays"),
        pytest.param(None, [2, 3], 2, id="after the floor comes the gravest"),
        pytest.param(2, [2, 3], 3, id="then the next"),
        pytest.param(3, [2, 3], None, id="then the floor"),
        pytest.param(9, [2, 3], None, id="after one that is over comes the floor"),
    ],
)
def test_what_comes_next(shown: int | None, opened: list[int], then: int | None) -> None:
    assert following(shown, opened) == then


async def test_it_goes_round_and_counts_nobody(tmp_path: Path) -> None:
    kept = night(tmp_path)
    source = MemorySource(replace(boards.bad_night(), incidents=tuple(kept.open())))
    source.incidents = kept
    config = Config(path="", settings=Settings(), targets=(), thresholds=())
    app = FloorApp(config, source=source, clock=lambda: boards.NOW)
    app.wall = True
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.floor.board is source.board)
        for number in (2, 3):
            app.turn()
            await until(pilot, lambda: isinstance(app.screen, WarRoom) and app.screen.number == number)  # noqa: B023
            await until(pilot, lambda: isinstance(app.screen, WarRoom) and app.screen.seen.incident is not None)
        app.turn()
        await until(pilot, lambda: app.screen is app.floor)
        assert not kept.present(boards.NOW)
        await pilot.press("question_mark")
        await until(pilot, lambda: app.screen is not app.floor)
        page = app.screen
        app.turn()
        await pilot.pause()
        assert app.screen is page, "who reads is left alone"
