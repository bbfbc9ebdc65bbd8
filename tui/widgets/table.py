"""A table of our own: a cursor that stays on its row, order and filter; only rows that changed are painted again."""

from collections.abc import Sequence

from textual import events
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from tui import keys
from tui.glyphs import UNICODE, Glyphs
from tui.widgets.columns import Column, Look, TableRow, content_widths, select
from tui.widgets.painter import TablePainter
from tui.widgets.place import place


class LineTable(TablePainter, can_focus=True):
    """Rows under a head, with a cursor that stays on its row when rows move."""

    BINDINGS = keys.bindings("table")

    class Moved(Message):
        """The cursor stands on another row."""

        def __init__(self, table: "LineTable", row_id: str) -> None:
            super().__init__()
            self.table = table
            self.row_id = row_id

        @property
        def control(self) -> "LineTable":
            """The table that it happened in."""
            return self.table

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
        self._place_words = ""
        self._painted: list[tuple[Look, bool] | None] = []
        self._laid_out_for = Size(0, 0)

    def show(self, rows: Sequence[TableRow]) -> bool:
        """Show other rows; tells whether anything changed."""
        if self.rows == (new := tuple(rows)):
            return False
        self.rows = new
        self._arrange()
        return True

    def set_filter(self, text: str, *, inverse: bool) -> None:
        """Show only rows that contain the text, or only those that don't."""
        if (text, inverse) != (self.filter_text, self.inverse):
            self.filter_text, self.inverse = text, inverse
            self._arrange()

    @property
    def page(self) -> int:
        """How many rows fit under the head."""
        return max(self.size.height - 1, 1)

    @property
    def cursor(self) -> int:
        """Where the cursor stands among the visible rows."""
        return next((i for i, row in enumerate(self.visible_rows) if row.id == self.cursor_id), 0)

    def _arrange(self) -> None:
        at = self.cursor
        self.visible_rows = select(
            self.rows, text=self.filter_text, inverse=self.inverse, column=self.sort_column, reverse=self.reverse
        )
        if self.visible_rows and all(row.id != self.cursor_id for row in self.visible_rows):
            self.cursor_id = self.visible_rows[min(at, len(self.visible_rows) - 1)].id
            self.post_message(self.Moved(self, self.cursor_id))
        wanted = content_widths(self.columns, self.rows)
        if self._widths:
            wanted = [max(pair) for pair in zip(wanted, self._widths, strict=True)]
        if wanted != self._widths:
            self._widths = wanted
            self._refit()
        self._keep_in_view()
        self._repaint_changed()

    def _refit(self) -> None:
        self.share_width()
        self._painted = []
        self.refresh()

    def _keep_in_view(self) -> None:
        last = max(len(self.visible_rows) - self.page, 0)
        # Where nobody reads row by row, what is first in the order must be in view: the worst, unless sorted otherwise.
        at = self.cursor if self.has_focus else 0
        self.top = min(max(min(self.top, at), at - self.page + 1, 0), last)

    def _repaint_changed(self) -> None:
        """Compare with what is painted and repaint the lines that differ."""
        before, now = self._painted, self._to_paint()
        if len(before) != len(now):
            self.refresh()
        else:
            self.refresh_rows([y + 1 for y, (new, old) in enumerate(zip(now, before, strict=True)) if new != old])
        self._painted = now
        self.border_place()

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

    def _lay_out(self) -> None:
        """Share another size. It is painted anew in any case, so that nothing needs to be refreshed."""
        if self.size != self._laid_out_for:
            self._laid_out_for = self.size
            self._widths = content_widths(self.columns, self.rows)
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
        live = "cursor" if self.has_focus else "cursor-away"
        return self.row_strip(row, live if row.id == self.cursor_id else "")

    def on_resize(self) -> None:
        """Share the new size, and say what of the rows is in view."""
        self._lay_out()
        self.border_place()

    def on_focus(self) -> None:
        """Show the cursor."""
        self._keep_in_view()
        self._repaint_changed()

    def on_blur(self) -> None:
        """Show the first rows."""
        self.on_focus()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the row that was clicked."""
        offset = event.get_content_offset(self)
        if offset is not None and offset.y > 0:
            self.move_to(self.top + offset.y - 1)

    def on_mouse_scroll_down(self) -> None:
        """Move down by three rows."""
        self.move_to(self.cursor + 3)

    def on_mouse_scroll_up(self) -> None:
        """Move up by three rows."""
        self.move_to(self.cursor - 3)

    def move_to(self, index: int) -> None:
        """Put the cursor on a visible row; stops at both ends."""
        if not self.visible_rows:
            return
        row = self.visible_rows[min(max(index, 0), len(self.visible_rows) - 1)]
        if row.id != self.cursor_id:
            self.cursor_id = row.id
            self._keep_in_view()
            self._repaint_changed()
            self.post_message(self.Moved(self, row.id))

    def action_cursor_down(self) -> None:
        """Go to the next row."""
        self.move_to(self.cursor + 1)

    def action_cursor_up(self) -> None:
        """Go to the row before."""
        self.move_to(self.cursor - 1)

    def action_cursor_top(self) -> None:
        """Go to the first row."""
        self.move_to(0)

    def action_cursor_bottom(self) -> None:
        """Go to the last row."""
        self.move_to(len(self.visible_rows) - 1)

    def action_cursor_page_down(self) -> None:
        """Go on by a screenful."""
        self.move_to(self.cursor + self.page)

    def action_cursor_page_up(self) -> None:
        """Go back by a screenful."""
        self.move_to(self.cursor - self.page)

    def action_table_sort(self) -> None:
        """Sort by the next drawn column; after the last one, by severity again."""
        drawn = [index for index, _ in self._fit.columns]
        later = [i for i in drawn if self.sort_column is None or i > self.sort_column]
        self.sort_column = later[0] if later else None
        self._sorted()

    def action_table_reverse(self) -> None:
        """Turn the order round."""
        self.reverse = not self.reverse
        self._sorted()

    def _sorted(self) -> None:
        self._arrange()
        self.refresh_rows([0])
