"""A table of our own: a cursor that stays on its row, order and filter; only rows that changed are painted again."""

from collections.abc import Sequence

from textual import events
from textual.message import Message

from tui import keys
from tui.widgets.columns import TableRow, select
from tui.widgets.rows import ShownRows


class LineTable(ShownRows, can_focus=True):
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

    def _arrange(self) -> None:
        at = self.cursor
        self.visible_rows = select(
            self.rows, text=self.filter_text, inverse=self.inverse, column=self.sort_column, reverse=self.reverse
        )
        self._place_cursor(at)
        wanted = self._wanted_widths()
        if self._widths and not self.rows:
            wanted = self._widths  # without rows nothing is known of what is wide or empty
        elif self._widths:
            wanted = [max(pair) for pair in zip(wanted, self._widths, strict=True)]
        if wanted != self._widths:
            self._widths = wanted
            self._refit()
        self._keep_in_view()
        self._repaint_changed()

    def _place_cursor(self, at: int) -> None:
        """Stay on the row; where it is gone, at its place; where nobody chose one, on the first."""
        if not self.visible_rows:
            return
        follows = self.FIRST and not self.chosen
        if follows or all(row.id != self.cursor_id for row in self.visible_rows):
            row = self.visible_rows[0 if follows else min(at, len(self.visible_rows) - 1)]
            if row.id != self.cursor_id:
                self.cursor_id = row.id
                self.post_message(self.Moved(self, row.id))

    def _refit(self) -> None:
        if not self.size.width:  # hidden behind a zoomed pane: laid out when it is painted again
            self._laid_out_for = self.size
            return
        self.share_width()
        self._painted = []
        self.refresh()

    def _repaint_changed(self) -> None:
        """Compare with what is painted and repaint the lines that differ."""
        before, now = self._painted, self._to_paint()
        if len(before) != len(now):
            self.refresh()
        else:
            self.refresh_rows([y + 1 for y, (new, old) in enumerate(zip(now, before, strict=True)) if new != old])
        self._painted = now
        self.border_place()

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
        self.chosen = True
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


class InOrder(LineTable):
    """A table in which nothing is sorted: its rows are in the order in which they are shown."""

    FIRST = True

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No sorting."""
        return action not in ("table_sort", "table_reverse") and super().check_action(action, parameters)
