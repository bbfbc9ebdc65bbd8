"""What a job wrote, as it is looked at: the newest lines, bounded, and those of them that a filter lets through."""

from collections import deque
from collections.abc import Sequence
from itertools import chain

from ops.jobs.structs import OutputLine
from tui.panes.job_words import output_lines
from tui.widgets.lines import Line

MOST = 5000


class JobOutput:
    """Keeps the newest lines of one job. `gone` counts shown ones that were dropped, for a view that stays put."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: deque[OutputLine] = deque()
        self._shown: deque[Sequence[Line]] = deque()
        """Of each line that is shown, its pieces."""
        self._width = 0
        self.gone = 0
        self.filter_text = ""
        self.inverse = False

    @property
    def newest(self) -> int:
        """Number of the newest line, −1 without any."""
        return self._kept[-1].number if self._kept else -1

    @property
    def kept(self) -> Sequence[OutputLine]:
        """The lines that are kept, oldest first."""
        return tuple(self._kept)

    def add(self, line: OutputLine) -> None:
        """Take the next line; lines that are known already change nothing."""
        if line.number <= self.newest:
            return
        if len(self._kept) >= self._most and self._passes(self._kept.popleft()):
            self.gone += len(self._shown.popleft())
        self._kept.append(line)
        if self._passes(line):
            self._shown.append(output_lines(line, self._width))

    def set_filter(self, text: str, *, inverse: bool) -> None:
        """Show only lines that contain the text, or only those that don't; case does not matter."""
        self.filter_text, self.inverse = text, inverse
        self._break()

    def _break(self) -> None:
        self._shown = deque(output_lines(line, self._width) for line in self._kept if self._passes(line))

    def _passes(self, line: OutputLine) -> bool:
        return not self.filter_text or (self.filter_text.casefold() in line.text.casefold()) != self.inverse

    def lines(self, width: int) -> list[Line]:
        """What is shown, long lines broken for a width."""
        if width != self._width:
            self._width = width
            self._break()
        return list(chain.from_iterable(self._shown))

    def words(self, left_out: int) -> str:
        """What is to be said of it: how much there is, what is filtered, what was too much to keep."""
        filtered = f"/{'!' if self.inverse else ''}{self.filter_text}: {len(self._shown)} shown"
        out = f"{left_out} {'line was' if left_out == 1 else 'lines were'} too much to keep"
        kept = f"{len(self._kept)} {'line' if len(self._kept) == 1 else 'lines'}"
        return ", ".join(filter(None, (kept, filtered if self.filter_text else "", out if left_out else "")))
