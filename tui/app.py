"""Wiring only: a source of Boards in, screens out."""

import locale
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from ops.board import Board
from ops.config.structs import Config
from ops.source import BoardSource
from tui import keys, themes
from tui.glyphs import ASCII, UNICODE
from tui.messages import BoardArrived, DetailAsked
from tui.screens.floor import FloorScreen
from tui.terminal.app import TerminalApp

if TYPE_CHECKING:
    from textual.driver import Driver

    from ops.demo.shop import Faulty


class FloorApp(TerminalApp[None]):
    """The floor of one config."""

    CSS_PATH = "../themes/floor.tcss"
    BINDINGS = keys.bindings("everywhere", "demo")
    ENABLE_COMMAND_PALETTE = False

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

    def get_default_screen(self) -> FloorScreen:
        """The floor is the bottom of the stack: no blank screen lies under it."""
        settings = self.config.settings
        first = Board(
            name=settings.name, environment=settings.environment, mode="live", at=time.time(), late_s=0.0, rows=()
        )
        return FloorScreen(first, self.glyphs, self.config.keys, demo=self.demo is not None)

    def on_mount(self) -> None:
        """The source is started after the first paint."""
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

    def on_poll_asked(self) -> None:
        """Ask every source now."""
        if self.source is not None:
            self.source.poll_now()

    def on_detail_asked(self, message: DetailAsked) -> None:
        """Show one row."""
        from tui.screens.detail import DetailScreen

        if self.source is not None:
            board, keymap = self.source.board, self.config.keys
            self.push_screen(
                DetailScreen(message.row_id, board, self.source.follow, self.glyphs, keymap, logs=message.logs)
            )

    def action_theme(self) -> None:
        """Take the next theme."""
        self.theme = themes.registered(themes.following(self.theme))

    def action_help(self) -> None:
        """Show keys and panes."""
        from tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.glyphs, self.config.keys))

    def action_palette(self) -> None:
        """Find an action by its name."""
        from tui.palette import palette

        floor: tuple[keys.Scope, ...] = ("floor", "table", "everywhere", *(("demo",) if self.demo else ()))
        scopes = floor if isinstance(self.screen, FloorScreen) else ("detail", "everywhere")
        self.push_screen(palette(scopes, self.config.keys))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Faults are for the demo only, where its floor is in front."""
        if action.startswith("demo_"):
            return self.demo is not None and isinstance(self.screen, FloorScreen)
        return super().check_action(action, parameters)

    def action_demo_fault(self) -> None:
        """Choose a fault and inject it."""
        from tui.screens.faults import FaultScreen

        if self.demo is not None:
            self.push_screen(FaultScreen(self.demo.faults), self._inject)

    def _inject(self, name: str | None) -> None:
        if name:
            self.run_worker(self._mischief(name), group="demo")

    def action_demo_heal(self) -> None:
        """Undo every fault."""
        self.run_worker(self._mischief(""), group="demo")

    async def _mischief(self, name: str) -> None:
        from ops.demo.shop import DemoError

        if self.demo is not None:
            try:
                said = await (self.demo.inject(name) if name else self.demo.heal())
            except DemoError as error:
                self.notify(str(error), severity="error", markup=False)
            else:
                self.notify(said, markup=False)


def run_floor(
    config: Config,
    *,
    source: BoardSource | None = None,
    demo: "Faulty | None" = None,
    driver_class: "type[Driver] | None" = None,
) -> int:
    """Show the floor until it is left; returns the exit status."""
    app = FloorApp(config, source=source, demo=demo, driver_class=driver_class)
    return app.run_in_terminal()
