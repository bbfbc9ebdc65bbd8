"""How the person wants to see things."""

import msgspec

from ops.board import WINDOWS
from tui.glyphs import UNICODE, Glyphs
from tui.panes.spans import FIRST


class View(msgspec.Struct, frozen=True):
    """How the person wants to see things: pure input of every pane."""

    window: int = 0
    """Index into `WINDOWS`."""
    glyphs: Glyphs = UNICODE
    row: str = ""
    """Id of the selected service, for the chart."""
    plain: bool = False
    """Whether the line is to be spared: no sparklines, and the chart is redrawn rarely."""
    span: int = FIRST
    """Index into `SPANS`: what the chart shows."""
    compare: bool = True
    """Whether the chart shows the week before too."""
    heat: bool = False
    """Whether it is a heatmap."""

    @property
    def label(self) -> str:
        """The chosen window as a word: "5m"."""
        return WINDOWS[self.window][0]
