"""What a table shows of its rows: those behind its filter, in its order, as many as there is room for."""

from collections.abc import Sequence
from typing import ClassVar

from textual.content import Content
from textual.geometry import Region, Size
from textual.strip import Strip

from tui.glyphs import UNICODE, Glyphs
from tui.widgets.columns import Column, Look, TableRow, content_widths
from tui.widgets.painter import TablePainter
from tui.widgets.place import place


class ShownRows(TablePainter):
    """Rows under a head, laid out for the room that there is; what changes them is `LineTable`'s."""

    AWAY: ClassVar[str] = ""
    """What the cursor's row looks like without the focus: like any other."""

    FIRST: ClassVar[bool] = False
    """Whether the cursor is on the first row until somebody moves it; else it stays on its row from the start."""

    def __init__(self, columns: Sequence[Column], *, id: str, glyphs: Glyphs = UNICODE) -> None:  # noqa: A002
        super().__init__(columns, id=id, glyphs=glyphs)
        self.rows: tuple[TableRow, ...] = ()
        """All rows as they were given."""
        self.visible_rows: tuple[TableRow, ...] = ()
        """Those that the filter lets through, in the chosen order."""
        self.filter_text = ""
        self.inverse = False
        self.top = 0
        self.cursor_id = ""
        self.chosen = False
        """Whether somebody has moved the cursor."""
        self._place_words = ""
        self._painted: list[tuple[Look, bool] | None] = []
        self._laid_out_for = Size(0, 0)

    @property
    def page(self) -> int:
        """How many rows fit under the head."""
        return max(self.size.height - 1, 1)

    @property
    def cursor(self) -> int:
        """Where the cursor stands among the visible rows."""
        return next((i for i, row in enumerate(self.visible_rows) if row.id == self.cursor_id), 0)

    def _keep_in_view(self) -> None:
        last = max(len(self.visible_rows) - self.page, 0)
        # Where nobody reads row by row, what is first in the order must be in view: the worst, unless sorted otherwise.
        at = self.cursor if self.has_focus else 0
        self.top = min(max(min(self.top, at), at - self.page + 1, 0), last)

    def _to_paint(self) -> list[tuple[Look, bool] | None]:
        now: list[tuple[Look, bool] | None] = [
            (row.look(), row.id == self.cursor_id) for row in self.visible_rows[self.top : self.top + self.page]
        ]
        return now + [None] * (self.page - len(now))

    def border_place(self) -> None:
        """Write beside the border what is filtered and what of it is in view."""
        inside = place(self.visible_rows, len(self.rows) - len(self.visible_rows), self.top, self.page)
        words = " ".join(filter(None, (self._filter_words(), inside)))
        if words != self._place_words:
            self._place_words = words
            self.border_subtitle = Content(words)

    def _filter_words(self) -> str:
        return f"/{'!' if self.inverse else ''}{self.filter_text}" if self.filter_text else ""

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw lines, laid out for the size that there is by now: a resize is painted before it is told of."""
        self._lay_out()
        return super().render_lines(crop)

    def _wanted_widths(self) -> list[int]:
        return content_widths(self.columns, self.rows)

    def _lay_out(self) -> None:
        """Share another size. It is painted anew in any case, so that nothing needs to be refreshed."""
        if self.size != self._laid_out_for:
            self._laid_out_for = self.size
            self._widths = self._wanted_widths()
            self.share_width()
            self._keep_in_view()
            self._painted = self._to_paint()

    def render_line(self, y: int) -> Strip:
        """Draw the head, or one row."""
        if y == 0:
            return self.head_strip()
        index = self.top + y - 1
        if index >= len(self.visible_rows):
            return Strip.blank(self.size.width, self.pen("text"))
        row = self.visible_rows[index]
        live = "cursor" if self.has_focus else self.AWAY
        return self.row_strip(row, live if row.id == self.cursor_id else "")
