"""The line in which a name is typed before something that can't be taken back: a paste is refused."""

from textual import events
from textual.message import Message
from textual.widgets import Input


class NameLine(Input):
    """Opens under a plan. What is in it was typed sign by sign."""

    class Pasted(Message):
        """Somebody tried to paste."""

    def __init__(self) -> None:
        super().__init__(id="name", select_on_focus=False, compact=True)

    def open(self) -> None:
        """Take the keys, empty."""
        self.value = ""
        self.add_class("-open")
        self.screen.set_focus(self)

    def close(self) -> None:
        """Give the keys back."""
        self.remove_class("-open")
        self.screen.set_focus(None)

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.post_message(self.Pasted())

    def action_paste(self) -> None:
        """Refuse what was cut or copied here, too."""
        self.post_message(self.Pasted())
