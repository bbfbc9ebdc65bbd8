"""The filter line at the bottom: what is typed filters its pane at once."""

from textual.message import Message
from textual.widgets import Input

from tui.widgets.table import LineTable


class FilterLine(Input):
    """Opens for one table; `!` before the text hides what contains it."""

    class Closed(Message):
        """The person is done with it."""

    def __init__(self) -> None:
        super().__init__(id="filter", placeholder="text, or !text to hide it", select_on_focus=False, compact=True)
        self.table: LineTable | None = None

    def open_for(self, table: LineTable, text: str | None = None) -> None:
        """Take the keys, with the table's present filter or another text."""
        self.table = table
        self.value = ("!" if table.inverse else "") + table.filter_text if text is None else text
        self.cursor_position = len(self.value)
        self.add_class("-open")
        self.focus()

    def close(self, *, clear: bool = False) -> None:
        """Give the keys back."""
        if clear:
            self._apply("")
        self.table = None
        self.remove_class("-open")
        self.post_message(self.Closed())

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while typing."""
        event.stop()
        if self.table is not None:
            self._apply(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the filter."""
        event.stop()
        self.close()

    def _apply(self, value: str) -> None:
        if self.table is not None:
            text = value.removeprefix("!")
            self.table.set_filter(text, inverse=value.startswith("!") and bool(text))
