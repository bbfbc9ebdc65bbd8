"""Wiring only: a source of Boards in, screens out."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from ops.board import Board
from ops.config.structs import Config
from ops.source import BoardSource
from tui import keys, themes
from tui.backup_pages import BackupPages
from tui.glyphs import ASCII, UNICODE
from tui.job_watch import JobWatch
from tui.line import LineWatch
from tui.locales import utf8
from tui.messages import BoardArrived, JobBegan
from tui.screens.floor import FloorScreen
from tui.screens.picture import Clock
from tui.terminal.browser import in_browser
from tui.working import begin

if TYPE_CHECKING:
    from textual.driver import Driver

    from ops.demo.shop import Faulty


class FloorApp(BackupPages):
    """The floor of one config."""

    CSS_PATH = "../themes/floor.tcss"
    BINDINGS = keys.bindings("everywhere")
    ENABLE_COMMAND_PALETTE = False
    NOTIFICATION_TIMEOUT = 3

    def __init__(
        self,
        config: Config,
        *,
        source: BoardSource | None = None,
        demo: "Faulty | None" = None,
        driver_class: "type[Driver] | None" = None,
        clock: Clock = time.time,
    ) -> None:
        super().__init__(config, source, demo, driver_class)
        self.clock = clock
        self.again: Callable[[], Config] | None = None
        """Reads the config as it is now; None where it has no file that may change."""
        self._jobs = JobWatch()
        settings = config.settings
        self.changed_cells = settings.changed_cells
        self.glyphs = UNICODE if utf8(os.environ) and not settings.ascii else ASCII
        self.line = LineWatch(
            lambda: self.meter, self.glyphs, budget_bytes_per_s=settings.line_bytes_per_s, shown=settings.line
        )
        self.set_class(self.glyphs.ascii, "-ascii")
        for name in themes.NAMES:
            self.register_theme(themes.theme(name))
        self.theme = themes.registered(settings.theme)
        self.set_keymap(dict(config.keys))

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give Textual's own themes, which it reads first, our names too."""
        return themes.palette("dark")

    def get_default_screen(self) -> FloorScreen:
        """The floor is the bottom of the stack: no blank screen lies under it."""
        settings = self.config.settings
        first = Board(
            name=settings.name, environment=settings.environment, mode="live", at=self.clock(), late_s=0.0, rows=()
        )
        demo = self.demo is not None
        floor = FloorScreen(first, self.line, self.config.keys, glyphs=self.glyphs, demo=demo, clock=self.clock)
        floor.hands = self.hands
        floor.past = lambda: self.source.past if self.source else None
        return floor

    def on_mount(self) -> None:
        """The source is started after the first paint."""
        self.call_after_refresh(self._start)

    def _start(self) -> None:
        if self.source is None:
            from ops.shared import floor_source

            self.source = floor_source(self.config, self.again)
        begin(self, partial(self._read, self.source), name="boards", group="boards", exit_on_error=True)

    async def _read(self, source: BoardSource) -> None:
        async for board in source.boards():
            # While the floor is in the past, so are the pages over it.
            away = self.floor.machine.away
            self._tell_ended(source, board)
            for screen in self.screen_stack[:1] if away else self.screen_stack:
                screen.post_message(BoardArrived(board))
            self.meet()
            await self.line.rest(float(self.config.settings.refresh))

    def _tell_ended(self, source: BoardSource, board: Board) -> None:
        if source.fixes is not None and (board.jobs or self._jobs.running):
            for told in self._jobs.look(source.fixes.jobs()):
                self.notify(told.text, severity=told.severity, timeout=8, markup=False)

    def on_job_began(self, message: JobBegan) -> None:
        """Its end will be told."""
        self._jobs.expect(message.number)

    async def on_unmount(self) -> None:
        """Let the source go."""
        if self.source is not None:
            with suppress(TimeoutError):
                await self.source.close()

    def on_poll_asked(self) -> None:
        """Ask every source now."""
        self.line.hurry()
        if self.source is not None:
            self.source.poll_now()

    def action_theme(self) -> None:
        """Take the next theme."""
        self.theme = themes.registered(themes.following(self.theme))

    def action_palette(self) -> None:
        """Find an action by its name."""
        from tui.palette import palette_over

        if (found := palette_over(self, self.screen, self.config.keys)) is not None:
            self.push_screen(found)


def run_floor(
    config: Config,
    *,
    source: BoardSource | None = None,
    demo: "Faulty | None" = None,
    driver_class: "type[Driver] | None" = None,
    wall: bool = False,
    again: Callable[[], Config] | None = None,
) -> int:
    """Show the floor until it is left; returns the exit status. `again` reads the config as it is now."""
    if not in_browser(os.environ):  # exported sizes are of another terminal, and nothing would be seen in this one
        for name in ("LINES", "COLUMNS"):
            os.environ.pop(name, None)
    app = FloorApp(config, source=source, demo=demo, driver_class=driver_class)
    app.wall, app.again = wall, again
    return app.run_in_terminal()
