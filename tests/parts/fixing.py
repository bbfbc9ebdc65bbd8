"""A floor on which rows can be fixed, for tests: opened with a FixSource in memory."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from ops.board import Board
from tests.parts.boards import board, service
from tests.parts.fixes import MemoryFixes, offer, offered
from tests.parts.floor import floor, until
from tests.parts.sources import MemorySource
from tui.app import FloorApp
from tui.screens.fix_menu import FixMenu
from tui.screens.fix_plan import FixPlan

Fixable = tuple[FloorApp, MemorySource, MemoryFixes, Pilot[None]]
RESTART, SCALE, FLUSH = (offer(name) for name in ("container.restart", "compose.scale", "redis.flush"))
DOWN = board(service("api", level="critical", word="down", reason="refused"), service("web"), service("zoo"))


@asynccontextmanager
async def fixable(
    fixes: MemoryFixes | None = None,
    shown: Board = DOWN,
    size: tuple[int, int] = (120, 40),
    keys: Mapping[str, str] | None = None,
) -> AsyncIterator[Fixable]:
    """Open the floor with a fix source: without one, three fixes fit service:api."""
    fixes = fixes or MemoryFixes({"service:api": [offered(RESTART), offered(SCALE), offered(FLUSH)]})
    source = MemorySource(shown)
    source.fixes = fixes
    async with floor(shown, size=size, keys=keys, source=source) as (app, _, pilot):
        yield app, source, fixes, pilot


async def menu(opened: Fixable) -> FixMenu:
    """Open the menu of the selected row."""
    app, _, _, pilot = opened
    await pilot.press("x")
    await until(pilot, lambda: isinstance(app.screen, FixMenu) and bool(app.screen.page.lines))
    assert isinstance(app.screen, FixMenu)
    return app.screen


async def planned(opened: Fixable, *keys: str) -> FixPlan:
    """Open the menu and press keys until a plan has been on the screen for long enough to say yes to it."""
    await menu(opened)
    await opened[3].press(*(keys or ("enter",)))
    return await readable(opened)


async def readable(opened: Fixable) -> FixPlan:
    """Wait until the plan may be confirmed."""
    app, _, _, pilot = opened
    await until(pilot, lambda: isinstance(app.screen, FixPlan) and app.screen.can_be_read)
    assert isinstance(app.screen, FixPlan)
    return app.screen
