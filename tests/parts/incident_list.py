"""The list of incidents on a real floor, opened for a test and looked at."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from ops.incidents.book import IncidentBook
from tests.parts import boards
from tests.parts.fixes import MemoryFixes
from tests.parts.floor import floor, text_of, until
from tests.parts.sources import MemorySource
from tui.app import FloorApp
from tui.screens.incidents import IncidentsScreen

List = tuple[IncidentsScreen, FloorApp, Pilot[None]]


@asynccontextmanager
async def listed(
    kept: IncidentBook, size: tuple[int, int] = (120, 40), read_only: str = "", now: Callable[[], float] | None = None
) -> AsyncIterator[List]:
    """A floor on which `i` was pressed."""
    source = MemorySource(boards.board(boards.service("api"), at=boards.NOW))
    jobs = MemoryFixes({})
    jobs.read_only = read_only
    source.incidents = kept
    source.fixes = jobs
    now = now or (lambda: boards.NOW)
    async with floor(source.board, size, source=source) as (app, _, pilot):
        app.floor.clock = now
        await pilot.press("i")
        await until(pilot, lambda: isinstance(app.screen, IncidentsScreen))
        screen = app.screen
        assert isinstance(screen, IncidentsScreen)
        await until(pilot, lambda: screen.seen.version >= 0 and bool(screen.page.lines))
        yield screen, app, pilot


def told(screen: IncidentsScreen) -> str:
    """The lower part, as text."""
    return "\n".join("".join(text for text, _ in line) for line in screen.page.lines)


def footer_of(app: FloorApp) -> str:
    """The last line."""
    return text_of(app).splitlines()[-1]
