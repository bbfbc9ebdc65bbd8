"""What an app needs to live in a real terminal: the driver, signals, crash reports, and a quick and clean end."""

import asyncio
import os
import sys
from importlib.metadata import version
from typing import Any

from rich.console import RenderableType
from textual import events
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App, ReturnType
from textual.await_complete import AwaitComplete
from textual.driver import Driver
from textual.screen import Screen
from textual.widgets import Input
from textual.worker import WorkerFailed

from collectors.heap import large_apart, one_heap
from collectors.text import clean
from ops.redact import mask
from tui.terminal import crash, memory
from tui.terminal.browser import in_browser
from tui.terminal.driver import FloorDriver
from tui.terminal.meter import LineMeter
from tui.terminal.modes import Attributes, input_attributes, restore
from tui.terminal.room import FILLED_S, reserve
from tui.terminal.signals import end_on_signals
from tui.terminal.typed import OrderedKeys
from tui.terminal.writer import CellWriter


class TerminalApp(OrderedKeys[ReturnType]):
    """An app that leaves the terminal as it found it, however it ends."""

    _attributes: Attributes | None = None
    _in_terminal = False
    _crashed: BaseException | None = None
    _still: LineMeter | None = None
    changed_cells = True
    """Whether only changed cells are sent; otherwise Textual writes all that was painted. To be set before `run`."""

    @property
    def meter(self) -> LineMeter:
        """What the line to the terminal carries; one that stands still where there is no terminal."""
        if isinstance(self._driver, FloorDriver):
            return self._driver.meter
        if self._still is None:
            self._still = LineMeter()
        return self._still

    def get_driver_class(self) -> type[Driver]:
        """The driver that leaves at once; in a browser Textual's own."""
        if in_browser(os.environ):
            from tui.terminal.browser_driver import BrowserDriver

            return BrowserDriver
        return FloorDriver

    def on_load(self) -> None:
        """End on signals, once there is a loop that can be told."""
        memory.forget_gone()
        memory.lighten_lines()
        if self._in_terminal:
            one_heap()
            large_apart()
            loop = asyncio.get_running_loop()
            loop.call_later(memory.SETTLED_S, memory.settle)
            loop.call_later(memory.WARMED_S, self._settle_again)
            loop.call_later(FILLED_S, self._make_room)
            self.set_interval(memory.TIDY_S, self._tidy)
            end_on_signals(lambda code: _tell(loop, self, code), self._attributes)

    @property
    def _background_screens(self) -> list[Screen[Any]]:
        """Those that show through. Textual also counts, places and paints the one that an opaque one hides."""
        return super()._background_screens if self.screen.styles.background.a < 1 else []

    @property
    def _cells(self) -> CellWriter | None:
        return self._driver.cells if isinstance(self._driver, FloorDriver) else None

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Send an update of the screen to the terminal."""
        cells = self._cells
        if cells is None or not isinstance(renderable, LayoutUpdate | ChopsUpdate):
            super()._display(screen, renderable)
            return
        if self._running and not self._closed and not self._batch_count:
            cells.synchronized = self._sync_available
            cells.show(renderable, self.cursor_position if isinstance(self.focused, Input) else None)
        self.post_display_hook()

    def on_resize(self, event: events.Resize) -> None:
        """Take it that the terminal shows anything now: it was resized, or we have just come back to it."""
        self._hush()
        memory.forget_sizes()
        if self._cells is not None:
            self._cells.forget()
            if event.size == self._size:
                self._cells.redraw()  # Textual paints only for another size.

    def watch_theme(self) -> None:
        """Let the paint of another theme go."""
        self._hush()
        memory.forget_colours()

    def pop_screen(self) -> AwaitComplete:
        """Leave a page; soon after the last one, what it was made of is collected."""
        left = super().pop_screen()
        if self._in_terminal and len(self.screen_stack) == 1:
            asyncio.get_running_loop().call_later(memory.LEFT_S, self._sweep)
        return left

    def _settle_again(self) -> None:
        if len(self.screen_stack) > 1:  # an open page would be looked at no more, and never go
            asyncio.get_running_loop().call_later(memory.SETTLED_S, self._settle_again)
        else:
            memory.sweep()
            memory.settle()

    def _make_room(self) -> None:
        if len(self.screen_stack) > 1:  # what the page holds would take the room for a while, and be gone then
            asyncio.get_running_loop().call_later(memory.SETTLED_S, self._make_room)
        else:
            memory.sweep()
            reserve()

    def _sweep(self) -> None:
        if len(self.screen_stack) == 1:
            memory.sweep()

    def _tidy(self) -> None:
        memory.tidy(calm=len(self.screen_stack) == 1)

    def _hush(self) -> None:
        if self._in_terminal:
            memory.hush(asyncio.get_running_loop())

    def on_key(self, event: events.Key) -> None:
        """Take for text what was typed right behind the key that opened an input, and came before it had the keys."""
        if isinstance(self.focused, Input) and event.is_printable and event.character:
            event.prevent_default()
            self.focused.insert_text_at_cursor(event.character)

    def action_redraw(self) -> None:
        """Draw and send everything anew, whatever the terminal shows."""
        if self._cells is not None:
            self._cells.forget()
        self.refresh(layout=True)

    def _fatal_error(self) -> None:
        # Textual would print the frames with their local variables, and passwords are in those.
        error = self._exception or sys.exc_info()[1]
        self._crashed = error.error if isinstance(error, WorkerFailed) else error
        self._close_messages_no_wait()

    def run_in_terminal(self) -> int:
        """Run until left; gives the exit status. The terminal is restored before anything is said about a crash."""
        self._attributes = input_attributes()
        self._in_terminal = True
        try:
            self.run()
        finally:
            restore(self._attributes)
        if self._crashed is not None:
            _tell_of(self._crashed)
            return 1
        return self.return_code or 0


def _tell(loop: asyncio.AbstractEventLoop, app: App[Any], code: int) -> None:
    loop.call_soon_threadsafe(lambda: app.exit(return_code=code))


def _tell_of(error: BaseException) -> None:
    text = crash.report(error, version("watchfloor"), mask)
    path = crash.write(text, os.getpid())
    told = clean(mask(f"{type(error).__name__}: {error}"))
    print(f"watchfloor: ended by a fault of its own: {told}", file=sys.stderr)
    if path is not None:
        print(f"watchfloor: the report is in {path}", file=sys.stderr)
