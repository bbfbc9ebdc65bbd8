"""Lines of styled text: the base of every widget here, which repaints only the lines that changed."""

import textwrap
from collections.abc import Sequence

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip

from tui.glyphs import UNICODE, Glyphs
from tui.widgets.sized import Sized

MEANINGS = (
    "text", "muted", "strong", "accent", "head", "ok", "unknown", "warning", "critical", "stale", "cursor",
    "cursor-away", "production", "past", "paused", "key", "bar", "series-1", "series-2", "series-3", "limit",
    "heat-1", "heat-2", "heat-3", "heat-4", "gone", "came", "gone-part", "came-part",
)  # fmt: skip
"""Every style that a line can ask for. Colours belong to the themes, by these names."""
STYLES = {f"line--{name}" for name in MEANINGS}
"""The component classes of a screen that lines are drawn on: one set for all its widgets."""

Line = Sequence[tuple[str, str]]
"""(text, meaning) from left to right; "warning/cursor" is a meaning on the ground of another."""


class Pen(Sized):
    """A widget that draws by meanings: `pen("warning")` is the theme's style for it, which its screen has."""

    ALLOW_SELECT = False
    glyphs: Glyphs = UNICODE

    def __init__(self, *, id: str | None = None, glyphs: Glyphs = UNICODE) -> None:  # noqa: A002
        super().__init__(id=id)
        self.glyphs = glyphs
        self._pens: dict[str, Style] = {}

    def pen(self, meaning: str, under: str = "") -> Style:
        """Give the style of a meaning, on the ground of another (the cursor's)."""
        name = f"{meaning}/{under}"
        style = self._pens.get(name)
        if style is None:
            style = self.screen.get_component_rich_style(f"line--{meaning}")
            if under:
                ground = self.screen.get_component_rich_style(f"line--{under}")
                style += Style(bgcolor=ground.bgcolor, bold=ground.bold, reverse=ground.reverse)
            self._pens[name] = style
        return style

    def notify_style_update(self) -> None:
        """Forget styles that came from another theme."""
        self._pens = {}
        super().notify_style_update()

    def refresh_rows(self, rows: Sequence[int]) -> None:
        """Repaint these lines of the content, and nothing else."""
        width = self.size.width
        if rows and width:
            self.refresh(*(Region(0, y, width, 1) for y in rows))


class Lines(Pen):
    """Lines of text that are set from outside; scrolls when they are more than the room."""

    def __init__(self, *, id: str | None = None, glyphs: Glyphs = UNICODE) -> None:  # noqa: A002
        super().__init__(id=id, glyphs=glyphs)
        self.lines: tuple[Line, ...] = ()
        self.top = 0

    def show(self, lines: Sequence[Line], *, top: int | None = None) -> bool:
        """Draw other lines, from the line `top` on when it is given; tells whether the lines changed."""
        new = tuple(lines)
        changed = new != self.lines
        if not changed and top is None:
            return False
        before = self._in_view()
        self.lines = new
        self.top = min(max(self.top if top is None else top, 0), self.last_top)
        after = self._in_view()
        self.refresh_rows([y for y in range(max(len(before), len(after))) if before[y : y + 1] != after[y : y + 1]])
        return changed

    def _in_view(self) -> tuple[Line, ...]:
        return self.lines[self.top : self.top + self.size.height]

    @property
    def last_top(self) -> int:
        """The farthest that one can scroll."""
        return max(len(self.lines) - self.size.height, 0) if self.size.height else 0

    def on_resize(self) -> None:
        """Show no emptiness under the last line."""
        if self.top > self.last_top:
            self.top = self.last_top
            self.refresh()

    def scroll_lines(self, by: int) -> None:
        """Move the view; stops at both ends."""
        top = min(max(self.top + by, 0), self.last_top)
        if top != self.top:
            self.top = top
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        index = self.top + y
        line = self.lines[index] if index < len(self.lines) else ()
        return self.strip(line, self.size.width)

    def strip(self, line: Line, width: int) -> Strip:
        """Draw a line cut or padded to a width."""
        segments = [Segment(text, self.pen(*meaning.split("/"))) for text, meaning in line if text]
        strip = Strip(segments)
        return strip.crop(0, width) if strip.cell_length > width else strip.extend_cell_length(width, self.pen("text"))


def cut(text: str, width: int, glyphs: Glyphs, *, keep_end: bool = False) -> str:
    """Cut a text to a width in cells, with a mark where something is missing; never in the middle of a wide sign."""
    if cell_len(text) <= width:
        return text
    if width <= 1:
        return glyphs.ellipsis[:width]
    if keep_end:
        return text[len(text) - width :] if text.isascii() or cell_len(text) == len(text) else _cut_left(text, width)
    return set_cell_size(text, width - 1).rstrip() + glyphs.ellipsis


def _cut_left(text: str, width: int) -> str:
    while cell_len(text) > width:
        text = text[1:]
    return text


def pad(text: str, width: int, *, right: bool) -> str:
    """Fill a text with spaces up to a width in cells."""
    space = " " * max(width - cell_len(text), 0)
    return space + text if right else text + space


def wrap(text: str, width: int, *, most: int = 0, rest: str = "") -> list[str]:
    """Break a text between words into lines of a width in cells, a longer word in itself; `rest` begins all but one.

    With `most` it is so many lines at most, and "..." stands where something is missing.
    """
    if cell_len(text) == len(text):
        return textwrap.wrap(text, width, max_lines=most or None, placeholder=" ...", subsequent_indent=rest)
    room, lines = max(width - cell_len(rest), 2), [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}".lstrip()
        lines[-1:] = [joined] if cell_len(joined) <= room else [*filter(None, lines[-1:]), *chop_cells(word, room)]
    if most and len(lines) > most:
        lines[most - 1 :] = [set_cell_size(lines[most - 1], max(room - 4, 0)).rstrip() + " ..."]
    return [*lines[:1], *(rest + line for line in lines[1:])]
