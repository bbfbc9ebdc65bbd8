"""A question that only one key answers with yes; every other key, and doing nothing, is no."""

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.screens.once import Once


class AskScreen(Once[bool], ModalScreen[bool]):
    """Asks before something that can't be taken back: `y` is yes. A paste is never a yes."""

    def __init__(self, question: str, lines: Sequence[str] = (), *, yes: str = "do it") -> None:
        super().__init__()
        self._question, self._lines, self._yes = question, lines, yes

    def compose(self) -> ComposeResult:
        """The question in the frame, what follows from a yes inside."""
        box = Static(Content("\n".join(self._lines)), id="choices", markup=False)
        box.border_title = Content(self._question)
        box.border_subtitle = Content(f"y {self._yes}, any other key: no")
        yield box

    def on_key(self, event: events.Key) -> None:
        """Take the answer."""
        event.stop()
        event.prevent_default()
        self.dismiss(event.key == "y")
