"""The tab line of a small screen: which panes there are, which one is open, and where something is wrong."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ops.board import Level
from tui.glyphs import Glyphs
from tui.widgets.lines import Line, Lines

_CUT = 5


class Tab(NamedTuple):
    """One pane by its id, its name, and a short name that tells the same."""

    pane: str
    name: str
    short: str


def tabs(panes: Sequence[Tab], levels: Mapping[str, Level], open_pane: str, width: int, glyphs: Glyphs) -> Line:
    """Name the panes, the open one in brackets; one that is not well carries its sign; shorter where room is scarce."""
    levels = {tab.pane: levels.get(tab.pane, "ok") for tab in panes}
    choices = (
        [tab.name for tab in panes],
        [tab.short for tab in panes],
        [tab.short if tab.pane == open_pane else tab.short[:_CUT] for tab in panes],
    )
    signs = 2 * sum(level != "ok" for level in levels.values())
    names = next((some for some in choices if sum(len(name) + 2 for name in some) + signs <= width), choices[-1])
    line: list[tuple[str, str]] = []
    for tab, name in zip(panes, names, strict=True):
        left, right = ("[", "]") if tab.pane == open_pane else (" ", " ")
        ground = "cursor" if tab.pane == open_pane else "head"
        line.append((left, ground))
        if (level := levels[tab.pane]) != "ok":
            line.append((f"{glyphs.levels[level]} ", f"{level}/cursor" if tab.pane == open_pane else level))
        line.append((f"{name}{right}", ground))
    return line


class Tabs(Lines):
    """One line of pane names."""
