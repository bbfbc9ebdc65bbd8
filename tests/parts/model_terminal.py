"""A terminal in memory for byte streams: pyte, with right cells where pyte itself is wrong.

pyte drops the rest of a text after a zero-width character that does not combine (U+FE0F, U+200D), knows no joined
signs, leaves half of a wide sign standing when its other half is overwritten, waits behind the last column with line
wrap off, and knows neither dim nor conceal, double underline or overline. Real terminals (xterm, tmux, kitty) do as
this does.
"""

from collections.abc import Callable

import pyte
from rich.cells import split_graphemes

INK = frozenset({"4", "7", "9", "21", "51", "52", "53"})
"""SGR attributes that can be seen on a blank."""
_OFF = {"22": {"1", "2"}, "23": {"3"}, "24": {"4", "21"}, "25": {"5", "6"}, "27": {"7"}, "28": {"8"}, "29": {"9"},
        "54": {"51", "52"}, "55": {"53"}}  # fmt: skip

_FLAGS = [chr(code) for code in range(0x1F1E6, 0x1F200)]
"""Two of these letters are a flag."""

Look = tuple[frozenset[str], str, str]
"""Attributes, colour of the ink, colour of the ground."""
Cell = tuple[str, Look]


class ModelTerminal(pyte.Screen):
    """What a person sees after some bytes; `width_of` can make it disagree with us about the width of a sign."""

    def __init__(
        self, width: int, height: int, width_of: Callable[[str, int], int] = lambda _sign, width: width
    ) -> None:
        self._looks: dict[str, Look] = {"default": (frozenset(), "", "")}
        self._width_of = width_of
        super().__init__(width, height)
        self._stream = pyte.Stream(self)
        self.feed("\x1b[?7l")

    def feed(self, text: str) -> None:
        """Show what these sequences say."""
        self._stream.feed(text)

    def cells(self) -> list[list[Cell]]:
        """All cells as they look: of a blank only what can be seen of it. The tail of a wide sign is ""."""
        return [[self._cell(x, y) for x in range(self.columns)] for y in range(self.lines)]

    def _cell(self, x: int, y: int) -> Cell:
        char = self.buffer[y][x]
        attributes, ink, ground = self._looks[char.fg]
        if char.data == " " and not attributes & INK:
            return " ", (frozenset(), "", ground)
        return char.data, (attributes, ink, ground)

    def draw(self, data: str) -> None:
        """Write text at the cursor."""
        parts = [(data[start:end], width) for start, end, width in split_graphemes(data)[0]]
        for at, (sign, _) in enumerate(parts):
            if sign in _FLAGS and at + 1 < len(parts) and parts[at + 1][0][:1] in _FLAGS:
                parts[at : at + 2] = [(sign + parts[at + 1][0], 2), ("", 0)]
        for sign, width in [part for part in parts if part[0]]:
            shown = self._width_of(sign, width)
            if not width:
                self._mark(sign)
            elif shown:
                self._place(sign, shown)

    def _place(self, sign: str, width: int) -> None:
        x, line = min(self.cursor.x, self.columns - 1), self.buffer[self.cursor.y]
        for at, data in enumerate([sign, *[""] * (width - 1)], x):
            if at < self.columns:
                self._halve(at)
                line[at] = self.cursor.attrs._replace(data=data)
        if x + width < self.columns and line[x + width].data == "":
            line[x + width] = line[x + width]._replace(data=" ")
        self.cursor.x = min(x + width, self.columns - 1)

    def _halve(self, at: int) -> None:
        """Blank what is left of a wide sign that is about to lose a half."""
        line = self.buffer[self.cursor.y]
        if line[at].data == "":
            for before in range(at - 1, -1, -1):
                whole = line[before].data
                line[before] = line[before]._replace(data=" ")
                if whole:
                    break
        for after in range(at + 1, self.columns):
            if line[after].data:
                break
            line[after] = line[after]._replace(data=" ")

    def _mark(self, mark: str) -> None:
        line, at = self.buffer[self.cursor.y], self.cursor.x - 1
        while at > 0 and line[at].data == "":
            at -= 1
        if at >= 0:
            line[at] = line[at]._replace(data=line[at].data + mark)

    def select_graphic_rendition(self, *codes: int, private: bool = False) -> None:
        """Take a pen; every attribute counts."""
        attributes, ink, ground = self._looks[self.cursor.attrs.fg]
        rest = [str(code) for code in codes or (0,)]
        while rest:
            code = rest.pop(0)
            if code == "0":
                attributes, ink, ground = frozenset(), "", ""
            elif code in ("38", "48"):
                count = 4 if rest[0] == "2" else 2
                colour, rest = ";".join([code, *rest[:count]]), rest[count:]
                ink, ground = (colour, ground) if code == "38" else (ink, colour)
            elif 30 <= int(code) <= 39 or 90 <= int(code) <= 97:
                ink = "" if code == "39" else code
            elif 40 <= int(code) <= 49 or 100 <= int(code) <= 107:
                ground = "" if code == "49" else code
            else:
                attributes = attributes - _OFF[code] if code in _OFF else attributes | {code}
        look = (attributes, ink, ground)
        self._looks[repr((sorted(attributes), ink, ground))] = look
        self.cursor.attrs = pyte.screens.Char(" ", fg=repr((sorted(attributes), ink, ground)))
