"""A curve in braille cells (or stars on an ASCII terminal), with a zero line: pure, as lines of styled text."""

from collections.abc import Sequence

from tui.glyphs import Glyphs
from tui.widgets.lines import Line

Point = tuple[float, float | None]
"""(place on the time axis, value); None where nothing is known."""
_BITS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Of the dot (across, down) in a braille cell: Unicode 15, chapter 21.1."""
_BLANK = 0x2800
LABELS = 8
"""Cells that the axis at the left takes."""


def curve(points: Sequence[Point], span: tuple[float, float], size: tuple[int, int], glyphs: Glyphs) -> list[Line]:
    """Draw ratios over `span` into (width, height) cells, from 100 % down to 0, or to the lowest where that is less.

    Between two known points it is straight; where nothing is known there is a gap. Under zero it is drawn as critical.
    """
    width, height = size[0] - LABELS, size[1]
    if width < 4 or height < 3:
        return []
    across, down = (1, 1) if glyphs.ascii else (2, 4)
    known = [value for _, value in points if value is not None]
    low = min(0.0, *known) if known else 0.0
    high = max(1.0, *known) if known else 1.0

    def dot_row(value: float) -> int:
        return round((high - value) / (high - low) * (height * down - 1))

    dots = _dots([None if value is None else dot_row(value) for value in sampled(points, span, width * across)])
    zero = dot_row(0.0) // down
    return [
        [(_label(y, zero, height, high, low), "muted"), *_row(dots, y, width, (across, down), zero, glyphs)]
        for y in range(height)
    ]


def sampled(points: Sequence[Point], span: tuple[float, float], count: int) -> list[float | None]:
    """The value at the end of each of `count` equal steps of the span; the last known one ends the step it lies in."""
    start, end = span
    step = (end - start) / count
    values: list[float | None] = []
    place = 0
    for index in range(count):
        at = start + (index + 1) * step
        if points and at > points[-1][0] > at - step:
            at = points[-1][0]
        while place + 1 < len(points) and points[place + 1][0] <= at:
            place += 1
        values.append(_between(points, place, at))
    return values


def _between(points: Sequence[Point], place: int, at: float) -> float | None:
    if not points or at < points[0][0] or at > points[-1][0]:
        return None
    before, value = points[place]
    if value is None or place + 1 == len(points):
        return value
    after, following = points[place + 1]
    return value if following is None else value + (following - value) * (at - before) / (after - before)


def _dots(rows: Sequence[int | None]) -> set[tuple[int, int]]:
    """The dots of a line through these rows; a step is joined upright."""
    dots: set[tuple[int, int]] = set()
    before: int | None = None
    for x, row in enumerate(rows):
        if row is not None:
            joined = range(min(before, row), max(before, row) + 1) if before is not None else (row,)
            # The upright part stands where the step ends, without the dot that the column before has already.
            dots |= {(x, y) for y in joined if y != before or y == row}
        before = row
    return dots


def _row(
    dots: set[tuple[int, int]], y: int, width: int, cell: tuple[int, int], zero: int, glyphs: Glyphs
) -> list[tuple[str, str]]:
    """One line of cells, neighbours of one meaning joined."""
    parts: list[tuple[str, str]] = []
    drawn = "critical" if y > zero else "series-1"
    for x in range(width):
        inside = [(i, j) for i in range(cell[0]) for j in range(cell[1]) if (x * cell[0] + i, y * cell[1] + j) in dots]
        text, meaning = (_sign(inside, glyphs), drawn) if inside else (_ground(y, zero, glyphs), "muted")
        if parts and parts[-1][1] == meaning:
            parts[-1] = (parts[-1][0] + text, meaning)
        else:
            parts.append((text, meaning))
    return parts


def _sign(inside: Sequence[tuple[int, int]], glyphs: Glyphs) -> str:
    return "*" if glyphs.ascii else chr(_BLANK + sum(_BITS[i][j] for i, j in inside))


def _ground(y: int, zero: int, glyphs: Glyphs) -> str:
    if y != zero:
        return " "
    return "-" if glyphs.ascii else "─"


def _label(y: int, zero: int, height: int, high: float, low: float) -> str:
    if y == zero:
        told = "0%"
    elif y == 0:
        told = f"{high * 100:.0f}%"
    else:
        told = f"{low * 100:.0f}%" if y == height - 1 and low < 0 else ""
    return f"{told:>{LABELS - 2}}  "
