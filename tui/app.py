"""Wiring only: a source of Boards in, screens out."""

import locale
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from textual.app import App

from ops.board import Board
from ops.config.structs import Config
from ops.source import BoardSource
from tui import keys, themes
from tui.glyphs import ASCII, UNICODE
from tui.messages import BoardArrived
from tui.screens.floor import FloorScreen

if TYPE_CHECKING:
    from textual.driver import Driver

    from ops.demo.shop import Faulty


class FloorApp(App[None]):
    """The floor of one config."""

    CSS_PATH = "../themes/floor.tcss"
    BINDINGS = keys.bindings("everywhere", "demo")
    ENABLE_COMMAND_PALETTE = False
    COMMANDS: ClassVar[set[Callable[[], type]]] = set()

    def __init__(
        self,
        config: Config,
        *,
        source: BoardSource | None = None,
        demo: "Faulty | None" = None,
        driver_class: "type[Driver] | None" = None,
    ) -> None:
        super().__init__(driver_class=driver_class)
        self.config = config
        self.source = source
        self.demo = demo
        settings = config.settings
        utf8 = "utf" in locale.getpreferredencoding(False).lower()
        self.glyphs = UNICODE if utf8 and not settings.ascii else ASCII
        for name in themes.NAMES:
            self.register_theme(themes.theme(name))
        self.theme = themes.registered(settings.theme)
        self.set_keymap(dict(config.keys))

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give Textual's own themes, which it reads first, our names too."""
        return themes.palette("dark")

    def on_mount(self) -> None:
        """Show the floor; the source is started after the first paint."""
        settings = self.config.settings
        first = Board(
            name=settings.name, environment=settings.environment, mode="live", at=time.time(), late_s=0.0, rows=()
        )
        self.push_screen(FloorScreen(first, self.glyphs, self.config.keys, demo=self.demo is not None))
        self.call_after_refresh(self._start)

    def _start(self) -> None:
        if self.source is None:
            from ops.engine import LiveSource

            self.source = LiveSource(self.config)
        self.run_worker(self._read(self.source), name="boards", group="boards", exit_on_error=True)

    async def _read(self, source: BoardSource) -> None:
        async for board in source.boards():
            for screen in self.screen_stack:
                screen.post_message(BoardArrived(board))

    async def on_unmount(self) -> None:
        """Let the source go."""
        if self.source is not None:
            with suppress(TimeoutError):
                await self.source.close()

    def action_theme(self) -> None:
        """Take the next theme."""
        self.theme = themes.registered(themes.following(self.theme))


def run_floor(
    config: Config,
    *,
    source: BoardSource | None = None,
    demo: "Faulty | None" = None,
    driver_class: "type[Driver] | None" = None,
) -> int:
    """Show the floor until it is left; returns the exit status."""
    app = FloorApp(config, source=source, demo=demo, driver_class=driver_class)
    app.run()
    return app.return_code or 0
