"""The floor in a test: opened on a source in memory, waited for, looked at."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from ops.board import Board
from ops.config.structs import Config, Settings
from tests.parts.sources import MemorySource
from tui.app import FloorApp
from tui.panes.base import TablePane
from tui.screens.floor import FloorScreen

Floor = tuple[FloorApp, MemorySource, Pilot[None]]


async def until(pilot: Pilot[None], true: Callable[[], bool]) -> None:
    """Let the app go on until something is so; fails after a while."""
    async with asyncio.timeout(30):
        while not true():
            assert pilot.app._exception is None, "the app has ended: its own error follows"
            await pilot.pause()


@asynccontextmanager
async def floor(
    shown: Board,
    size: tuple[int, int] = (120, 40),
    keys: Mapping[str, str] | None = None,
    settings: Settings | None = None,
    logs: Mapping[str, list[str]] | None = None,
    source: MemorySource | None = None,
) -> AsyncIterator[Floor]:
    """Open the floor on a source and wait until its first Board is painted."""
    source = source or MemorySource(shown, logs)
    config = Config(path="", settings=settings or Settings(), targets=(), thresholds=(), keys=keys or {})
    app = FloorApp(config, source=source)
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: screen(app).board is shown and not screen(app)._todo)
        yield app, source, pilot


def screen(app: FloorApp) -> FloorScreen:
    """The floor's own screen."""
    found = app.screen_stack[0]
    assert isinstance(found, FloorScreen)
    return found


def pane(app: FloorApp, name: str) -> TablePane:
    """A table of the floor."""
    found = screen(app).panes[name]
    assert isinstance(found, TablePane)
    return found


def text_of(app: FloorApp) -> str:
    """What is on the screen, as text."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text for strip in strips)
