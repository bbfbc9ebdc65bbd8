"""The time line: one line to type a time into, and under it what it means, or what is wrong with it."""

import textwrap
from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from ops.errors import UsageError
from ops.figures import duration
from ops.past.times import EXAMPLES, parse_time
from ops.past.wall import moment, zone_name
from tui.glyphs import Glyphs
from tui.widgets.lines import Line, Lines


class TimeLine(Vertical):
    """Opens at the bottom of the floor; enter jumps, escape leaves."""

    class Chosen(Message):
        """A moment to jump to, or None when it was left."""

        def __init__(self, at: float | None) -> None:
            super().__init__()
            self.at = at

    def __init__(self, glyphs: Glyphs, clock: Callable[[], float]) -> None:
        super().__init__(id="time")
        self._clock = clock
        self.input = Input(id="time-text", placeholder="a time", select_on_focus=False, compact=True)
        self.told = Lines(id="time-told", glyphs=glyphs)

    def compose(self) -> ComposeResult:
        """The text, and what there is to say about it."""
        yield self.input
        yield self.told

    def open(self) -> None:
        """Take the keys."""
        self.input.value = ""
        self._tell("")
        self.add_class("-open")
        self.screen.set_focus(self.input)  # at once: what is typed next would be keys of the floor

    def close(self, at: float | None = None) -> None:
        """Give the keys back."""
        self.remove_class("-open")
        self.post_message(self.Chosen(at))

    def on_resize(self) -> None:
        """Say it for the new width."""
        self._tell(self.input.value)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say what it means so far."""
        event.stop()
        self._tell(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Jump there, or say why not."""
        event.stop()
        try:
            at = parse_time(event.value, self._clock())
        except UsageError as error:
            self._write(error.message, "warning")
        else:
            self.close(at)

    def _tell(self, text: str) -> None:
        now = self._clock()
        if not text.strip():
            self._write(f"{EXAMPLES}  in {zone_name(now, None)}, unless it says another zone", "cursor")
            return
        try:
            at = parse_time(text, now)
        except UsageError as error:
            self._write(error.message, "cursor")
        else:
            self._write(f"{moment(at, None)}, {duration(now - at)} ago", "cursor")

    def _write(self, words: str, meaning: str) -> None:
        width, height = max(self.told.size.width, 20), 2
        wrapped = textwrap.wrap(words, width, max_lines=height, placeholder=" ...") or [""]
        style = meaning if meaning == "cursor" else f"{meaning}/cursor"
        lines: list[Line] = [[(line.ljust(width), style)] for line in (*wrapped, "")[:height]]
        self.told.show(lines)
