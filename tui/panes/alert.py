"""The alert line: the likely cause first, then the selected row's reason, then what changed last."""

from collections.abc import Sequence

from textual.content import Content

from ops.board import LEVELS, Board, Level, Row
from tui.glyphs import Glyphs
from tui.panes.base import View
from tui.panes.cells import age, worst_first
from tui.widgets.lines import Line, Lines, cut

HELP = (
    "The deepest failing thing that explains others, then why the selected row is not well, then what changed last. "
    "When all is well it says so."
)


def alert(board: Board, selected: str, height: int, width: int, glyphs: Glyphs) -> list[Line]:
    """Fill `height` lines, the most important first: notes, cause, selection, changes."""
    lines: list[Line] = [[(glyphs.dot + " ", "accent"), (cut(note, width - 2, glyphs), "text")] for note in board.notes]
    top, told = _cause(board, width, glyphs)
    lines.append(top)
    row = board.row(selected)
    if row is not None and row.level != "ok" and row.id not in told and (row.reason or row.error):
        lines.append(_why(row, width, glyphs))
    for change in board.changes:
        if len(lines) >= height:
            break
        lines.append(_change(board, change.row, change.at, change.after, change.text, width, glyphs))
    return lines[:height]


def _cause(board: Board, width: int, glyphs: Glyphs) -> tuple[Line, tuple[str, ...]]:
    if board.causes:
        first, others = board.causes[0], len(board.causes) - 1
        row = board.row(first.row)
        level: Level = row.level if row else "critical"
        more = f" (and {others} more)" if others else ""
        words = f"{glyphs.levels[level]} likely cause: "
        return [(words, level), (cut(first.text + more, width - len(words), glyphs), "strong")], (first.row,)
    bad = worst_first([row for row in board.rows if row.level != "ok"])
    if bad:
        return _why(bad[0], width, glyphs, len(bad) - 1), (bad[0].id,)
    if not board.rows:
        return [("nothing is read yet", "muted")], ()
    return [
        (f"{glyphs.levels['ok']} all well", "ok"),
        (f" {glyphs.dot} {len(board.rows)} things are read", "muted"),
    ], ()


def _why(row: Row, width: int, glyphs: Glyphs, others: int = 0) -> Line:
    words = f"{glyphs.levels[row.level]} {row.name} {row.word}"
    said = row.reason or row.error
    remedy = f" {glyphs.dot} {row.remedy}" if row.remedy and row.remedy not in said else ""
    more = f" (and {others} more)" if others else ""
    text = f": {said}{remedy}{more}" if said else more
    return [(cut(words, width, glyphs), row.level), (cut(text, max(width - len(words), 0), glyphs), "text")]


def _change(board: Board, row_id: str, at: float, after: Level, text: str, width: int, glyphs: Glyphs) -> Line:
    row = board.row(row_id)
    name = row.name if row else row_id
    when = f"{age(board.at - at) if board.at - at >= 60 else 'now':>4} "
    said = text if name in text else f"{name}: {text}"
    return [(when, "muted"), (glyphs.levels[after] + " ", after), (cut(said, width - len(when) - 2, glyphs), "muted")]


class AlertPane(Lines):
    """The alert line."""

    def __init__(self, pane_id: str, glyphs: Glyphs) -> None:
        super().__init__(id=pane_id, glyphs=glyphs)
        self.border_title = Content("Now")

    def show_board(self, board: Board, view: View, selected: str) -> None:
        """Take a new Board; the frame takes the colour of the worst level."""
        worst = max((row.level for row in board.rows), key=LEVELS.index, default="ok")
        for level in LEVELS:
            self.set_class(level == worst, f"-{level}")
        self.show(alert(board, selected, max(self.size.height, 1), self.size.width, view.glyphs))


def height(board: Board, room: Sequence[int]) -> int:
    """Lines that it wants with its frame, on a screen of (width, height)."""
    return 5 + min(len(board.notes), 4) if room[1] >= 36 else 4 + min(len(board.notes), 4)
