"""The line in which a question is answered: one line to type into, and over it what is asked, or what is wrong."""

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from tui.glyphs import Glyphs
from tui.widgets.lines import Line, Lines, pad, wrap

Take = Callable[[str], str]
"""Takes an answer; gives what is wrong with it, "" where it was taken. May ask the next question."""


class AnswerLine(Vertical):
    """Opens at the bottom of a screen; enter answers, escape leaves."""

    class Closed(Message):
        """There is nothing to answer any more."""

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(id="ask")
        self.input = Input(id="ask-text", select_on_focus=False, compact=True)
        self.told = Lines(id="ask-told", glyphs=glyphs)
        self._question = ""
        self._take: Take = lambda _: ""
        self._asked = 0
        self._wrong = ""

    def compose(self) -> ComposeResult:
        """What is asked, and the answer."""
        yield self.told
        yield self.input

    @property
    def open(self) -> bool:
        """Whether something is asked now."""
        return self.has_class("-open")

    def ask(self, question: str, take: Take, given: str = "") -> None:
        """Take the keys and ask, with an answer that is there already."""
        self._question, self._take, self._wrong = question, take, ""
        self._asked += 1
        self.input.value = given
        self.input.cursor_position = len(given)
        self.add_class("-open")
        self.screen.add_class("-asking")
        self.screen.set_focus(self.input)  # at once: what is typed next would be keys of the screen
        self._write()

    def close(self) -> None:
        """Give the keys back."""
        self.remove_class("-open")
        self.screen.remove_class("-asking")
        self.post_message(self.Closed())

    def on_resize(self) -> None:
        """Say it for the new width."""
        self._write()

    def on_input_changed(self, event: Input.Changed) -> None:
        """What was wrong is being mended."""
        event.stop()
        if self._wrong:
            self._wrong = ""
            self._write()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the answer, or say why not."""
        event.stop()
        asked = self._asked
        self._wrong = self._take(event.value.strip())
        if self._wrong:
            self.input.select_all()  # what is typed next stands in its place; a cursor key mends it
            self._write()
        elif asked == self._asked:
            self.close()

    def _write(self) -> None:
        width, height = max(self.told.size.width, 20), 2
        words, style = (self._wrong, "warning/cursor") if self._wrong else (self._question, "cursor")
        wrapped = wrap(words, width, most=height)
        lines: list[Line] = [[(pad(line, width, right=False), style)] for line in (*wrapped, "", "")[:height]]
        self.told.show(lines)
