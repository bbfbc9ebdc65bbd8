"""A log as it is followed: the newest lines, bounded, and those of them that a filter lets through. Pure."""

from collections import deque

from tui.glyphs import Glyphs
from tui.widgets.lines import Line

MOST = 2000


class LogLines:
    """Keeps at most `most` lines; what is dropped for newer ones is counted."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self.note = "waiting for the log"
        """What stands in place of lines while there are none."""
        self.whose = ""
        """Id of the row that the lines are of, when it is another than the one that is shown."""
        self.dropped = 0
        self.filter_text = ""
        self.inverse = False
        self.gone = 0
        """How many shown lines have been dropped since the beginning, for a view that stays where it is."""
        self._lines: deque[str] = deque()
        self._shown: deque[Line] = deque()

    def add(self, text: str) -> None:
        """Take the next line."""
        self.note = ""
        if len(self._lines) >= self.most:
            self.dropped += 1
            if self._passes(self._lines.popleft()):
                self._shown.popleft()
                self.gone += 1
        self._lines.append(text)
        if self._passes(text):
            self._shown.append(_line(text))

    def set_filter(self, text: str, *, inverse: bool) -> None:
        """Show only lines that contain the text, or only those that don't; case does not matter."""
        self.filter_text, self.inverse = text, inverse
        self._shown = deque(_line(each) for each in self._lines if self._passes(each))

    def _passes(self, text: str) -> bool:
        return not self.filter_text or (self.filter_text.casefold() in text.casefold()) != self.inverse

    def lines(self, glyphs: Glyphs) -> list[Line]:
        """A head that says what is there, then the lines."""
        told = [f"{len(self._lines)} lines"] if self._lines else []
        if self.dropped:
            told.append(f"{self.dropped} older ones dropped")
        if self.filter_text:
            told.append(f"/{'!' if self.inverse else ''}{self.filter_text}: {len(self._shown)} shown")
        words = f" {glyphs.dot} ".join(filter(None, (*told, self.note)))
        title = f"Log of {self.whose}" if self.whose else "Log"
        return [[(title, "strong"), (f"  {words}", "muted")], *self._shown]


def _line(text: str) -> Line:
    return [("  " + text, "text")]
