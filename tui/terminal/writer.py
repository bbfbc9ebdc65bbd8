"""Sends the terminal what has changed on the screen, when the line has room for it."""

import asyncio
import threading
import time
from collections.abc import Callable

from tui.terminal.cells import Picture
from tui.terminal.diff import Shown
from tui.terminal.line import OutputLine
from tui.terminal.meter import LineMeter
from tui.terminal.pace import QUESTION, Pace
from tui.terminal.pen import Pens
from tui.terminal.strips import Update, placed, size

SYNC_FROM = 600
"""Bytes from which on a frame is sent as one synchronized update, where the terminal can: it then appears at once."""
TYPED_S = 0.5
"""A frame within this time of a key press is taken for its effect."""
SETTLE_S = 0.25
"""How long the end waits for the terminal's last answers: the shell would take them for something typed."""
_SYNC, _SYNC_END = "\x1b[?2026h", "\x1b[?2026l"


class CellWriter:
    """Keeps two pictures, what should be shown and what was sent, and sends the difference. Lives on the event loop."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, meter: LineMeter, pens: Pens, *, modern: bool, encoding: str = "utf-8"
    ) -> None:
        self.synchronized = False
        """Whether the terminal said that it can show an update at once."""
        self._loop, self._meter, self._encoding = loop, meter, encoding
        self._wanted = Picture(pens, encoding)
        self._shown = Shown(pens, modern=modern)
        self._pace = Pace()
        self._line: OutputLine | None = None
        self._stale = self._deferred = self._held = False
        self._typed_at = -TYPED_S
        self._timer: asyncio.TimerHandle | None = None
        self._cursor: tuple[int, int] | None = None
        self._open_questions = threading.Semaphore(0)
        self._left: OutputLine | None = None
        """A closed line that has not written all yet."""

    def open(self, fileno: int) -> None:
        """Begin on a terminal of which nothing is known; asks it whether it answers."""
        self._pace = Pace()
        self._open_questions = threading.Semaphore(0)
        self._held = False
        self.forget()
        self._line = OutputLine(fileno, lambda: self._on_loop(self._send), self._left)
        self._line.start()

    def ask(self) -> None:
        """Ask the terminal at the start, so that one that never answers is known early."""
        if self._pace.asks(0, time.monotonic(), anyway=True):
            self.put(QUESTION)

    def put(self, text: str) -> None:
        """Send something else (a title, a mode, the clipboard), after all frames that were sent."""
        if self._line is not None:
            data = text.encode(self._encoding, "replace")
            self._line.put(data)
            self._meter.sent(len(data))

    def forget(self) -> None:
        """Take what the terminal shows for unknown: the next frame is the whole screen."""
        self._shown.forget()
        self._stale = True

    def redraw(self) -> None:
        """Send the whole screen anew."""
        self.forget()
        self._send()

    def show(self, update: Update, cursor: tuple[int, int] | None) -> None:
        """Take an update of the screen, and send it at once if the line has room; `cursor` is where somebody types.

        A screen of another size has just cost the event loop a lot: it is sent in a turn of its own, behind the keys
        and whatever else came due meanwhile.
        """
        resized = False
        if (now := size(update)) != (self._wanted.width, self._wanted.height):
            resized = bool(self._wanted.lines)
            self._wanted.resize(*now)
            self._shown.forget()
        end = 0
        for x, y, strip in placed(update):
            end = self._wanted.put(end if x is None else x, y, strip)
        self._cursor = cursor
        self._meter.merged_frames += self._deferred
        self._stale = True
        if resized:
            self._loop.call_later(0, self._send)  # `call_soon` would have it before them
        else:
            self._send()

    def typed(self, at: float) -> None:
        """Hear that somebody typed: its effect goes first. May be called from any thread."""
        self._typed_at = at

    def answered(self, at: float) -> None:
        """Hear the terminal's answer. Called from the thread that reads; `at` is the monotonic clock."""
        self._open_questions.release()
        self._on_loop(lambda: self._answer(at))

    def _answer(self, at: float) -> None:
        took = self._pace.answered(at)
        if took is not None:
            self._meter.answered(took)
        self._open_questions.acquire(blocking=False)
        self._send()

    def _on_loop(self, call: Callable[[], None]) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call)

    def _send(self) -> None:
        """Send what differs now, unless the line is busy: then again when it is not."""
        line, now = self._line, time.monotonic()
        if line is None or self._held or not self._stale or not self._wanted.lines:
            return
        typed = now - self._typed_at < TYPED_S
        self._deferred = line.busy() or not self._pace.allows(now, typed=typed)
        if self._deferred:
            self._look_again(now)
            self._account()
            return
        self._stale = False
        text = self._shown.follow(self._wanted)
        if self._cursor is not None:
            text += self._shown.park(self._cursor)
        if text:
            if len(text) >= SYNC_FROM and self.synchronized:
                text = f"{_SYNC}{text}{_SYNC_END}"
            if self._pace.asks(len(text), now):
                text += QUESTION
            self.put(text)
        self._account()

    def _look_again(self, now: float) -> None:
        wait = self._pace.wait_s(now)
        if wait is not None and self._timer is None:
            self._timer = self._loop.call_later(wait + 0.01, self._time_out)

    def _time_out(self) -> None:
        self._timer = None
        self._send()

    def _account(self) -> None:
        if self._line is not None:
            self._meter.backlog_bytes = max(self._line.backlog_bytes, self._pace.unconfirmed_bytes)

    def hold(self) -> None:
        """Send no more frames, and wait a moment for the answers that are still to come."""
        self._held = True
        end = time.monotonic() + SETTLE_S
        for _ in range(self._pace.waiting if self._pace.answers else 0):
            if not self._open_questions.acquire(timeout=max(0.0, end - time.monotonic())):
                break

    def close(self) -> None:
        """Write what is left, and end."""
        line, self._line = self._line, None
        if line is not None:
            line.stop()
            self._left = line if line.is_alive() else None
