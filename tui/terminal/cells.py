"""A picture of the screen, cell by cell: what stands there and with which pen."""

from collections.abc import Iterator

from textual.strip import Strip

from tui.terminal.pen import Pen, Pens
from tui.terminal.signs import WIDE_TAIL, cells


class Line:
    """One line: a sign and a pen for each cell."""

    __slots__ = ("pens", "signs")

    def __init__(self, signs: list[str], pens: list[Pen]) -> None:
        self.signs = signs
        self.pens = pens

    def copy(self) -> "Line":
        """Make one that does not change with this one."""
        return Line(self.signs[:], self.pens[:])

    def same(self, other: "Line") -> bool:
        """Tell whether both hold the same."""
        return self.signs == other.signs and self.pens == other.pens


class Picture:
    """All that the screen should show, and which lines were drawn on since somebody asked."""

    def __init__(self, pens: Pens, encoding: str = "utf-8") -> None:
        self._pens = pens
        # A sign that the terminal's encoding lacks becomes question marks here, as wide as it was.
        self._encoding = "" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
        self.width = self.height = 0
        self.lines: list[Line] = []
        self.touched: set[int] = set()

    def resize(self, width: int, height: int) -> None:
        """Begin anew, empty."""
        self.width, self.height = width, height
        self.lines = [Line([" "] * width, [self._pens.plain] * width) for _ in range(height)]
        self.touched = set(range(height))

    def put(self, x: int, y: int, strip: Strip) -> int:
        """Draw a strip; gives the column after it. What does not fit is left out.

        Half of a wide sign that is overwritten leaves a blank where its other half was, as on a terminal.
        """
        if not (0 <= y < self.height and 0 <= x < self.width):
            return x + strip.cell_length
        self.touched.add(y)
        line, start = self.lines[y], x
        signs = line.signs
        if signs[x] == WIDE_TAIL and x:
            signs[x - 1] = " "
        for text, style, _control in strip:
            x = self._draw(line, x, start, text, self._pens.of(style))
        if start < x < self.width and signs[x] == WIDE_TAIL:
            signs[x] = " "
        return x

    def _draw(self, line: Line, x: int, start: int, text: str, pen: Pen) -> int:
        new: str | tuple[str, ...] = text
        if not (text.isascii() and text.isprintable()):
            lead, new = cells(text)
            if self._encoding:
                new = tuple(self._plain(new))
            elif lead and start < x <= self.width:
                _mark(line.signs, x - 1, lead)
        end, room = x + len(new), self.width - x
        if len(new) > room:
            new = new[: max(room, 0)]
            if new and trim_needed(text, room, new):
                new = (*new[:-1], " ")
        line.signs[x : x + len(new)] = new
        line.pens[x : x + len(new)] = [pen] * len(new)
        return end

    def _plain(self, signs: tuple[str, ...]) -> Iterator[str]:
        replaced = False
        for sign in signs:
            if sign != WIDE_TAIL:
                replaced = sign.encode(self._encoding, "replace").decode(self._encoding) != sign
            yield "?" if replaced else sign


def trim_needed(text: str, room: int, new: str | tuple[str, ...]) -> bool:
    """Tell whether the last sign that fits is wide and its other half does not fit."""
    if isinstance(new, str):
        return False
    whole = cells(text)[1]
    return room < len(whole) and whole[room] == WIDE_TAIL


def _mark(signs: list[str], at: int, mark: str) -> None:
    while at and signs[at] == WIDE_TAIL:
        at -= 1
    signs[at] += mark
