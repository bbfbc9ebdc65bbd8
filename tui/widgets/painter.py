"""How a table's lines are drawn: shares the width, makes one strip a row and keeps it."""

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.glyphs import UNICODE, Glyphs, plain
from tui.widgets.columns import Column, Fit, Look, TableRow, fit
from tui.widgets.lines import Pen, cut, pad
from tui.widgets.sparkline import bar

_SPARE = 8
"""Strips that are kept beside two for each line of the table; one takes some kilobytes."""


class TablePainter(Pen):
    """Draws a head and rows; knows no cursor, no order and no filter of its own."""

    def __init__(self, columns: Sequence[Column], *, id: str, glyphs: Glyphs = UNICODE) -> None:  # noqa: A002
        super().__init__(id=id, glyphs=glyphs)
        self.columns = tuple(columns)
        self.sort_column: int | None = None
        self.reverse = False
        self._widths: list[int] = []
        self._fit = Fit((), 1)
        self._strips: dict[tuple[Look, str], Strip] = {}

    def forget_widths(self) -> None:
        """Let columns become narrower, or go, with the next rows."""
        self._widths = []

    def share_width(self) -> None:
        """Fit the columns into the present width and forget what was drawn for another."""
        self._fit = fit(self.columns, self._widths, self.size.width)
        self._strips.clear()

    def notify_style_update(self) -> None:
        """Forget strips that were drawn in another theme."""
        self._strips = {}
        super().notify_style_update()

    def row_strip(self, row: TableRow, under: str) -> Strip:
        """Give the strip of a row on the ground of a meaning, drawn once."""
        key = (row.look(), under)
        strip = self._strips.get(key)
        if strip is None:
            if len(self._strips) >= 2 * self.size.height + _SPARE:  # the oldest is hardly in view any more
                del self._strips[next(iter(self._strips))]
            strip = self._strips[key] = self._draw_row(row, under)
        return strip

    def head_strip(self) -> Strip:
        """Draw the titles, with a mark beside the one that it is sorted by: in the gap, so that it takes no room."""
        head = ""
        mark_at = -1
        for place, (index, width) in enumerate(self._fit.columns):
            column = self.columns[index]
            head += " " * self._fit.gap if place else ""
            title = cut(column.title, width, self.glyphs)
            right = column.align == "right"
            if index == self.sort_column:
                mark_at = len(head) + (width - len(title) - 1 if right else len(title))
            head += pad(title, width, right=right)
        if mark_at >= 0:
            mark = self.glyphs.up if self.reverse else self.glyphs.down
            head = f"{head[:mark_at]}{mark}{head[mark_at + 1 :]}"
        return self._join([(head, self.pen("head"))], self.pen("head"))

    def _draw_row(self, row: TableRow, under: str) -> Strip:
        parts: list[tuple[str, Style]] = []
        used = 0
        for place, (index, width) in enumerate(self._fit.columns):
            lead = " " * self._fit.gap if place else ""
            if row.span is not None and index >= row.span_from:
                break
            pen = self.pen(row.cells[index].style, under)
            # On the cursor's ground, which may be the pen turned round, a gap has the ground of the row.
            parts += [(lead, self.pen("text", under) if under else pen), (self._text(row, index, width), pen)]
            used += width + len(lead)
        if row.span is not None:
            left = max(self.size.width - used - 2, 0)
            parts.append(("  " + cut(row.span.text, left, self.glyphs), self.pen(row.span.style, under)))
        return self._join(parts, self.pen("text", under))

    def _text(self, row: TableRow, index: int, width: int) -> str:
        column, cell = self.columns[index], row.cells[index]
        text = cell.text if cell.ratio is None else bar(cell.ratio, width, self.glyphs)
        return pad(cut(text, width, self.glyphs, keep_end=column.keep_end), width, right=column.align == "right")

    def _join(self, parts: Sequence[tuple[str, Style]], ground: Style) -> Strip:
        """Join neighbours of one style, so that the terminal gets few runs."""
        merged: list[tuple[str, Style]] = []
        for given, style in parts:
            text = plain(given) if self.glyphs.ascii else given
            if merged and merged[-1][1] is style:
                merged[-1] = (merged[-1][0] + text, style)
            else:
                merged.append((text, style))
        strip = Strip([Segment(text, style) for text, style in merged])
        width = self.size.width
        return strip.crop(0, width) if strip.cell_length > width else strip.extend_cell_length(width, ground)
