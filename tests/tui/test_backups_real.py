"""The screen of backups over the real desk: sets of files that were really taken, read, and looked into."""

from pathlib import Path

from ops.backup.doing.drill import drill
from ops.backup.doing.run import run
from ops.backup.doing.verify import verify
from tests.parts import boards
from tests.parts.backup_sets import Stage
from tests.parts.fixes import MemoryFixes
from tests.parts.floor import floor, text_of, until
from tests.parts.sources import MemorySource
from tui.screens.backup_contents import BackupContents
from tui.screens.backup_restore import BackupRestore
from tui.screens.backups import BackupScreen


async def test_what_was_taken_and_proven_is_shown_looked_into_and_ready_to_be_restored(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.fill(**{"a.txt": b"first", "b.png": b"x" * 5000})
    first = await run(stage.work())
    await verify(stage.work(), first.id)
    await drill(stage.work(), first.id)
    source = MemorySource(boards.board(boards.service("api"), boards.row("backup:media", {"count": 1}), at=boards.NOW))
    source.backups, source.fixes = stage.desk, MemoryFixes({})
    async with floor(source.board, (120, 40), source=source) as (app, _, pilot):
        app.floor.clock = lambda: first.at + 60
        await pilot.press("B")
        await until(pilot, lambda: isinstance(app.screen, BackupScreen) and "◆ drilled" in text_of(app))
        assert "proven" in text_of(app)
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, BackupContents) and "b.png" in text_of(app))
        await pilot.press("R")
        await until(pilot, lambda: isinstance(app.screen, BackupRestore) and "would be another" in text_of(app))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, BackupScreen))
        stage.fill(**{"c.txt": b"third"})
        second = await run(stage.work())
        screen = app.screen
        assert isinstance(screen, BackupScreen)
        await until(pilot, lambda: [row.id for row in screen.table.rows] == [second.id, first.id])
        await pilot.press("p")
        await until(pilot, lambda: "would stay" in text_of(app))
