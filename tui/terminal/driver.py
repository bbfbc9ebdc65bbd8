"""The driver between Textual and the terminal: leaves at once, leaves it clean, and ends when the terminal is gone."""

import os
import selectors
import sys
import time
from codecs import getincrementaldecoder
from collections.abc import Callable
from typing import Any

from textual import constants
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

from tui.terminal.diff import modern
from tui.terminal.keys_in import FloorParser
from tui.terminal.meter import LineMeter
from tui.terminal.pen import Pens
from tui.terminal.writer import CellWriter

ESCAPE_WAIT_S = constants.ESCAPE_DELAY + 0.01
"""How long after the last byte to look again: a lone escape byte counts as the escape key by then."""


class FloorDriver(LinuxDriver):
    """Textual's driver with an input thread that wakes up at once, and with the pixel-mouse mode switched off."""

    _wake_read = -1
    _wake_write = -1

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        self.meter = LineMeter()
        # Standard output is what was found to be a terminal; standard error may be kept in a file.
        self._file = sys.__stdout__ or self._file
        self.cells = self._make_writer() if getattr(app, "changed_cells", False) else None
        """Sends changed cells; None where Textual's own writing was asked for."""
        self._active = False

    def _make_writer(self) -> CellWriter:
        can = modern(os.environ)
        pens = Pens(colours=self._app.console._color_system, can_switch_off=can)
        encoding = self._file.encoding if self._file is not None else "utf-8"
        return CellWriter(self._loop, self.meter, pens, modern=can, encoding=encoding)

    def _get_terminal_size(self) -> tuple[int, int]:
        # Exported COLUMNS and LINES, which Textual would follow, do not change with the window.
        try:
            width, height = os.get_terminal_size(sys.__stdout__.fileno() if sys.__stdout__ else self.fileno)
        except OSError:
            return super()._get_terminal_size()
        return width, height

    def start_application_mode(self) -> None:
        """Take the terminal; input is read until the wake pipe says stop."""
        self._wake_read, self._wake_write = os.pipe()
        self._active = True
        if self.cells is not None and self._file is not None:
            self.cells.open(self._file.fileno())
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self.cells is not None and self.input_tty:
            self.cells.ask()

    def write(self, data: str) -> None:
        """Write something that is no frame, after all frames that were sent."""
        if self.cells is not None:
            self.cells.put(data)
        else:
            self.meter.sent(len(data.encode(errors="replace")))
            super().write(data)

    def close(self) -> None:
        """Write what is left, and end."""
        if self.cells is not None:
            self.cells.close()
        super().close()

    def _sigcont_application(self, *_: object) -> None:
        # After a SIGSTOP, which nobody is told of, the terminal may have been anyone's: it is taken anew.
        if self._active:
            self.suspend_application_mode()
        super()._sigcont_application()

    def disable_input(self) -> None:
        """Stop reading: the pipe wakes the input thread, so that leaving does not wait for its next look."""
        if self._wake_write != -1:
            os.write(self._wake_write, b"x")
        super().disable_input()
        if self._wake_write != -1:
            os.close(self._wake_read)
            os.close(self._wake_write)
            self._wake_read = self._wake_write = -1

    def stop_application_mode(self) -> None:
        """Give the terminal back, including what Textual leaves on."""
        self._active = False
        if self.cells is not None:
            self.cells.hold()
        self.write("\x1b[0m\x1b[?1016l")
        super().stop_application_mode()

    def run_input_thread(self) -> None:
        """Feed what is typed to the app until told to stop; end the app when the terminal is gone."""
        parser = FloorParser(self._answered, self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            selector.register(self._wake_read, selectors.EVENT_READ)
            typed = False
            while True:
                # Only a key just begun needs a second look by the clock; idle input costs nothing.
                ready = [key.fd for key, _ in selector.select(ESCAPE_WAIT_S if typed else None)]
                if self._wake_read in ready:
                    return
                typed = self.fileno in ready
                if typed and not self._feed(parser, decode):
                    return
                for event in parser.tick():
                    self.process_message(event)

    def _feed(self, parser: FloorParser, decode: Callable[[bytes], str]) -> bool:
        try:
            data = os.read(self.fileno, 4096)
        except OSError:
            data = b""
        if not data:
            self._loop.call_soon_threadsafe(self._terminal_gone)
            return False
        text = parser.without_answers(decode(data))
        if text and self.cells is not None:
            self.cells.typed(time.monotonic())
        for event in parser.feed(text) if text else ():
            self.process_message(event)
        return True

    def _answered(self) -> None:
        if self.cells is not None:
            self.cells.answered(time.monotonic())

    def _terminal_gone(self) -> None:
        self._app.exit(return_code=129)
