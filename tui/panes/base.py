"""What a pane is: a table that is given Boards and compares before it paints."""

from collections.abc import Sequence
from typing import ClassVar

from textual.content import Content

from ops.board import LEVELS, Board, Level
from tui.glyphs import UNICODE, Glyphs
from tui.panes.kept import turn
from tui.panes.view import View
from tui.widgets.columns import Cell, Column, TableRow
from tui.widgets.table import LineTable

TREND = "trend"
"""The key of columns that hold a sparkline."""
_SILENT = Cell("")


class TablePane(LineTable):
    """A pane that is a table. Subclasses give a name, columns, help, and `draw`."""

    NAME: ClassVar[str]
    SHORT: ClassVar[str]
    """Its name where room is scarce: one word."""
    COLUMNS: ClassVar[tuple[Column, ...]]
    HELP: ClassVar[str]
    """What the help screen says about it."""
    KINDS: ClassVar[tuple[str, ...]] = ()
    """Kinds of rows that it shows."""
    FIRST = True
    _view = View()

    def __init__(self, pane_id: str, glyphs: Glyphs = UNICODE) -> None:
        super().__init__(self.COLUMNS, id=pane_id, glyphs=glyphs)
        self.level: Level = "ok"
        """The worst of what it shows."""
        self.marked: frozenset[str] = frozenset()
        """Ids of the rows that are marked to be fixed together."""
        self._title = ""
        self._plain = False
        self._drawn: Sequence[TableRow] = ()
        """Its rows as they were drawn last, without marks."""
        self._trends = frozenset(i for i, column in enumerate(self.COLUMNS) if column.key == TREND)
        self.set_title(self.NAME)

    def draw(self, board: Board, view: View) -> Sequence[TableRow]:
        """Turn a Board into rows."""
        raise NotImplementedError

    def title_of(self, view: View) -> str:
        """The words in the frame."""
        del view
        return self.NAME

    def show_board(self, board: Board, view: View) -> bool:
        """Take a new Board; paint only what it changed. False: it was too much for now, call again soon."""
        self._view = view
        self.level = max((row.level for row in board.of(*self.KINDS)), key=LEVELS.index, default="ok")
        with turn() as done:
            rows = self.draw(board, view)
        if done.unfinished:
            return False
        if view.plain != self._plain:
            self._plain = view.plain
            self.forget_widths()
        self._drawn = [self._without_trend(row) for row in rows] if view.plain else rows
        self.mark(self.marked & {row.id for row in rows} if self.marked else self.marked)
        return True

    def mark(self, row_ids: frozenset[str]) -> None:
        """Mark these rows and no others: with a sign before their names, and counted in the title."""
        self.marked = row_ids
        count = f" {self.glyphs.dot} {len(row_ids)} marked" if row_ids else ""
        self.set_title(self.title_of(self._view) + count)
        self.show(
            [self._with_mark(row) if row.id in row_ids else row for row in self._drawn] if row_ids else self._drawn
        )

    def marked_in_order(self) -> tuple[str, ...]:
        """The marked rows as they stand in the table, those that the filter hides too."""
        return tuple(row.id for row in self.rows if row.id in self.marked)

    def _with_mark(self, row: TableRow) -> TableRow:
        first, *others = row.cells
        return row._replace(cells=(first._replace(text=f"{self.glyphs.marked} {first.text}"), *others))

    def _without_trend(self, row: TableRow) -> TableRow:
        kept = (_SILENT if i in self._trends else cell for i, cell in enumerate(row.cells))
        return row._replace(cells=tuple(kept))

    def set_title(self, title: str) -> None:
        """Write the frame's title, never as markup."""
        if title != self._title:
            self._title = title
            self.border_title = Content(title)

    @property
    def need(self) -> int:
        """Lines that it would like to have, frame and head included; 0 when it has nothing to show."""
        return len(self.rows) + 3 if self.rows else 0
