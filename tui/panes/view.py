"""How the person wants to see things."""

import msgspec

from ops.board import WINDOWS
from tui.glyphs import UNICODE, Glyphs


class View(msgspec.Struct, frozen=True):
    """How the person wants to see things: pure input of every pane."""

    window: int = 0
    """Index into `WINDOWS`."""
    glyphs: Glyphs = UNICODE
    row: str = ""
    """Id of the selected service, for the chart."""
    plain: bool = False
    """Whether the line is to be spared: no sparklines, and the chart is redrawn rarely."""

    @property
    def label(self) -> str:
        """The chosen window as a word: "5m"."""
        return WINDOWS[self.window][0]
