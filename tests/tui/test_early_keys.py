"""Keys that are pressed before the floor knows anything: the page that they ask for comes as soon as it can."""

from pathlib import Path

import pytest
from textual.screen import Screen

from ops.config.structs import Config, Settings
from tests.parts import boards
from tests.parts.backup_shop import shop
from tests.parts.fixes import MemoryFixes
from tests.parts.floor import screen, text_of, until
from tests.parts.incident_books import night
from tests.parts.memory_drift import Shop
from tests.parts.sources import MemorySource
from tui.app import FloorApp
from tui.screens.backups import BackupScreen
from tui.screens.drift import DriftScreen
from tui.screens.floor import FloorScreen
from tui.screens.incidents import IncidentsScreen
from tui.screens.jobs import JobsScreen


class Late(MemorySource):
    """One that has nothing before its first Board, as one that first looks who else reads."""

    def begin(self, folder: Path) -> None:
        """It has all, and a Board."""
        self.fixes, self.backups, self.drift, self.incidents = MemoryFixes({}), shop(), Shop(folder).desk, night(folder)
        self._new.set()


@pytest.mark.parametrize(
    ("keys", "kind"),
    [
        pytest.param("B", BackupScreen, id="backups"),
        pytest.param("D", DriftScreen, id="drift"),
        pytest.param("i", IncidentsScreen, id="incidents"),
        pytest.param("o", JobsScreen, id="jobs"),
        pytest.param("DB", BackupScreen, id="of two the last"),
    ],
)
async def test_the_page_comes_with_the_first_board(keys: str, kind: type[Screen[None]], tmp_path: Path) -> None:
    source = Late(boards.board(boards.service("api")))
    source._new.clear()
    config = Config(path="", settings=Settings(), targets=(), thresholds=())
    app = FloorApp(config, source=source, clock=lambda: boards.NOW)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.press(*keys)
        await pilot.pause()
        assert isinstance(app.screen, FloorScreen)
        assert "no backups are known" not in text_of(app)
        source.begin(tmp_path)
        await until(pilot, lambda: isinstance(app.screen, kind))
        assert len(app.screen_stack) == 2
        assert screen(app).board is source.board
