"""Reads what the terminal sends: Textual's parser, without the terminal's answers to our own questions."""

from collections.abc import Callable, Iterable

from textual import events
from textual._xterm_parser import XTermParser
from textual.keys import Keys

from tui.terminal.pace import ANSWER


class FloorParser(XTermParser):
    """Textual's parser, which would take an answer for typed keys."""

    def __init__(self, on_answer: Callable[[], None], debug: bool = False) -> None:
        super().__init__(debug)
        self._on_answer = on_answer

    def without_answers(self, text: str) -> str:
        """Take whole answers out of a text, in a paste too; one that comes in two reads is taken out by the parser."""
        parts = text.split(ANSWER)
        for _ in parts[1:]:
            self._on_answer()
        return "".join(parts)

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        if sequence != ANSWER:
            return super()._sequence_to_key_events(sequence, alt)
        self._on_answer()
        return [events.Key(Keys.Ignore, sequence)]
