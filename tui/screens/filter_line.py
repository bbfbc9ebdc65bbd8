"""The filter line at the bottom: what is typed filters at once."""

from typing import Protocol

from textual.message import Message
from textual.widgets import Input


class Filtered(Protocol):
    """What shows only what a text lets through: a table, a log."""

    @property
    def filter_text(self) -> str:
        """The present text, "" for none."""

    @property
    def inverse(self) -> bool:
        """Whether it hides what contains the text."""

    def set_filter(self, text: str, *, inverse: bool) -> None:
        """Take another text."""


class FilterLine(Input):
    """Opens for one table or log; `!` before the text hides what contains it."""

    class Closed(Message):
        """The person is done with it."""

    def __init__(self) -> None:
        super().__init__(id="filter", placeholder="text, or !text to hide it", select_on_focus=False, compact=True)
        self.target: Filtered | None = None

    def open_for(self, target: Filtered, text: str | None = None) -> None:
        """Take the keys, with its present filter or another text."""
        self.target = target
        self.value = ("!" if target.inverse else "") + target.filter_text if text is None else text
        self.cursor_position = len(self.value)
        self.add_class("-open")
        self.screen.set_focus(self)  # at once: `focus` waits a turn, and what is typed next would be keys of the floor

    def close(self, *, clear: bool = False) -> None:
        """Give the keys back."""
        if clear:
            self._apply("")
        self.target = None
        self.remove_class("-open")
        self.post_message(self.Closed())

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while typing."""
        event.stop()
        if self.target is not None:
            self._apply(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the filter."""
        event.stop()
        self.close()

    def _apply(self, value: str) -> None:
        if self.target is not None:
            text = value.removeprefix("!")
            self.target.set_filter(text, inverse=value.startswith("!") and bool(text))
