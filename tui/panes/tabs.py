"""The tab line of a small screen: which panes there are, which one is open, and where something is wrong."""

from collections.abc import Mapping, Sequence

from ops.board import Level
from tui.glyphs import Glyphs
from tui.widgets.lines import Line, Lines


def tabs(
    panes: Sequence[tuple[str, str]], levels: Mapping[str, Level], open_pane: str, width: int, glyphs: Glyphs
) -> Line:
    """Name the panes, (id, name) each; one that is not well carries its sign; shorter where there is little room."""
    names = [name for _, name in panes]
    if sum(len(name) + 5 for name in names) > width:
        names = [name.split(" ")[0] for name in names]
    if sum(len(name) + 4 for name in names) > width:
        names = [name[:5] for name in names]
    line: list[tuple[str, str]] = []
    for (pane, _), name in zip(panes, names, strict=True):
        level = levels.get(pane, "ok")
        ground = "cursor" if pane == open_pane else "head"
        line.append((" ", ground))
        if level != "ok":
            line.append((f"{glyphs.levels[level]} ", level))
        line += [(f"{name} ", ground), (" ", "text")]
    return line


class Tabs(Lines):
    """One line of pane names."""
