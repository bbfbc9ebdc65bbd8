"""Marks on the time axis of a chart: a glyph where something happened, and words for it."""

from collections.abc import Sequence

from ops.board import LEVELS, Level
from ops.past.structs import Mark
from tui.glyphs import Glyphs
from tui.panes.spans import Axis, moment
from tui.widgets.lines import Line, cut

_STYLES = {"deploy": "accent", "restart": "strong", "fix": "ok", "gone": "unknown"}
_RANKS = ("gone", "restart", "fix", "deploy")
"""From least to most telling; a critical level is above all of them, and every other one below."""


def told(mark: Mark, glyphs: Glyphs) -> tuple[str, str, str]:
    """Glyph, word and style of a mark: ("●", "critical", "critical"), ("◆", "deploy", "accent")."""
    if mark.kind in _STYLES:
        return glyphs.marks[mark.kind], mark.kind, _STYLES[mark.kind]
    level: Level = next((level for level in LEVELS if level == mark.after), "unknown")
    return glyphs.levels[level], level, level


def _rank(mark: Mark) -> int:
    if mark.kind in _RANKS:
        return len(LEVELS) + _RANKS.index(mark.kind)
    level = next((place for place, level in enumerate(LEVELS) if level == mark.after), 0)
    return level if level < len(LEVELS) - 1 else len(LEVELS) + len(_RANKS)


def within(marks: Sequence[Mark], axis: Axis) -> list[Mark]:
    """Those that the axis shows, oldest first."""
    return [mark for mark in marks if axis.start <= mark.at <= axis.end]


def marks_line(marks: Sequence[Mark], axis: Axis, left: int, glyphs: Glyphs) -> Line:
    """A row of glyphs under the chart; where several would stand in one cell, the most telling one, then the newest."""
    cells: dict[int, Mark] = {}
    for mark in within(marks, axis):
        cell = axis.cell(mark.at)
        if cell not in cells or _rank(mark) >= _rank(cells[cell]):
            cells[cell] = mark
    line: list[tuple[str, str]] = []
    at = -left
    for cell in sorted(cells):
        glyph, _, style = told(cells[cell], glyphs)
        line += [(" " * (cell - at), "text"), (glyph, style)]
        at = cell + 1
    return line


def in_short(mark: Mark, span_s: float, glyphs: Glyphs) -> tuple[str, str]:
    """A mark for the legend, and its style: "◆ 14:02 deploy web-1"."""
    glyph, word, style = told(mark, glyphs)
    return f"{glyph} {moment(mark.at, span_s)} {word} {_name(mark.row)}", style


def in_full(mark: Mark, span_s: float, width: int, glyphs: Glyphs) -> Line:
    """A mark as a line of its own, with what was said of it then."""
    glyph, word, style = told(mark, glyphs)
    lead = f" {moment(mark.at, span_s)} {word} {_name(mark.row)}  "
    return [(glyph, style), (lead, "text"), (cut(mark.text, max(width - len(lead) - 1, 0), glyphs), "muted")]


def _name(row: str) -> str:
    """What a row is called, by its id: "web-1" of "container:local/web-1"."""
    return row.rpartition("/")[2] if "/" in row else row.partition(":")[2]
