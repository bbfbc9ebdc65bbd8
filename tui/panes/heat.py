"""Heatmap of latency: time to the right, how long it took upwards, and the thicker a cell the more answers in it."""

import math
from collections.abc import Sequence

from ops.figures import duration
from ops.past.structs import Heat
from tui.glyphs import Glyphs
from tui.panes.chart import LEFT, Limits
from tui.panes.spans import Axis
from tui.widgets.lines import Line

SHADES = 4
_FRAME = {False: "│┤", True: "||"}
"""The axis beside a row, and beside one with a label, by whether the terminal has ASCII alone."""


def heat_lines(heat: Heat, axis: Axis, height: int, limits: Limits, glyphs: Glyphs) -> list[Line]:
    """Draw at most `height` rows: failed ones on top, then the slowest band; the axis may begin and end elsewhere.

    Where there is room for all bands twice or more, each has as many rows, and its label at the upper one.

    Shading is by the square root of the count: of failures among failures, of answers among answers.
    """
    failed = any(heat.failed)
    bands = len(heat.edges_s) + 1
    room = max(height - failed, 1)
    shown, tall = min(bands, room), max(room // bands, 1)
    most = max((max(column) for column in heat.columns), default=0)
    places = _places(heat, axis)
    lines: list[Line] = []
    if failed:
        rows = [(heat.failed[place] if place >= 0 else 0) for place in places]
        lines.append([("failed", "critical"), _edge(glyphs.ascii), *_row(rows, max(heat.failed), glyphs, "critical")])
    marked = _band_of(heat, limits)
    for band in range(bands - 1, bands - 1 - shown, -1):
        counts = [(heat.columns[place][band] if place >= 0 else 0) for place in places]
        style = "limit" if band == marked else "muted"
        cells = _row(counts, most, glyphs, "")
        lines.append([(_label(heat, band).rjust(LEFT - 1), style), _edge(glyphs.ascii), *cells])
        lines += [[(" " * (LEFT - 1), style), (_FRAME[glyphs.ascii][0], "muted"), *cells]] * (tall - 1)
    return lines


def _places(heat: Heat, axis: Axis) -> list[int]:
    """Which column each cell shows; -1 where there is none."""
    length = (heat.end - heat.start) / max(len(heat.columns), 1)
    cell_s = (axis.end - axis.start) / axis.cells
    moments = [axis.start + (cell + 0.5) * cell_s for cell in range(axis.cells)]
    places = [int((at - heat.start) // length) for at in moments]
    return [place if 0 <= place < len(heat.columns) else -1 for place in places]


def _band_of(heat: Heat, limits: Limits) -> int:
    """The band in which the limit lies; -1 without one."""
    if not limits:
        return -1
    return sum(edge < limits[0][1] * 0.999 for edge in heat.edges_s)


def _label(heat: Heat, band: int) -> str:
    """The upper edge of a band; of the last one, what it is above."""
    if not heat.edges_s:
        return ""
    if band == len(heat.edges_s):
        return f">{duration(heat.edges_s[-1]).replace(' ', '')}"
    return duration(heat.edges_s[band]).replace(" ", "")


def _edge(plain: bool) -> tuple[str, str]:
    return (_FRAME[plain][1], "muted")


def _row(counts: Sequence[int], most: int, glyphs: Glyphs, style: str) -> list[tuple[str, str]]:
    """The cells of a row, those alike as one piece."""
    pieces: list[tuple[str, str]] = []
    before, run = -1, 0
    for shade in [*(_shade(count, most) for count in counts), -1]:
        if shade != before and run:
            sign = glyphs.shades[before - 1] if before else " "
            pieces.append((sign * run, (style or f"heat-{before}") if before else "text"))
            run = 0
        before, run = shade, run + 1
    return pieces


def _shade(count: int, most: int) -> int:
    """0 for nothing, else 1 to 4 by the square root of the count."""
    if count <= 0:
        return 0
    return min(max(math.ceil(SHADES * math.sqrt(count / most)), 1), SHADES)
