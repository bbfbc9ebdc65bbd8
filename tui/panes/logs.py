"""Logs and access logs: how much is written, how much of it is errors, and the newest of those."""

from collections.abc import Sequence

from ops import figures
from ops.board import Board, Row
from tui.panes import cells
from tui.panes.base import TablePane
from tui.panes.kept import rows_of
from tui.panes.view import View
from tui.widgets.columns import Cell, Column, TableRow

COLUMNS = (
    Column("name", "log", align="left", least=10, most=28),
    Column("state", "state", align="left", least=11, most=22),
    cells.HOST,
    Column("rate", "lines/s", 4),
    Column("errors", "errors", 1),
    Column("p95", "p95", 3),
    Column("silent", "quiet", 6),
    Column("trend", "last 30m", 8, least=8, most=30, grow=1, keep_end=True),
    Column("newest", "newest error", 2, align="left", least=16, grow=3),
    Column("why", "why", 9, align="left", least=24, grow=2),
)
KINDS = ("log", "access_log")


def draw(board: Board, view: View) -> list[TableRow]:
    """One row for each log, worst first."""
    return rows_of(board, view, KINDS, _row)


def _row(row: Row, host: Cell, now: float, view: View) -> TableRow:
    own = _access if row.kind == "access_log" else _log
    silent = cells.number(row, "silent_s")
    return TableRow(
        row.id,
        (
            cells.name(row),
            cells.state(row, now, view.glyphs),
            host,
            *own(row, view),
            cells.figure(row, silent, cells.coarse_age, view.glyphs, cells.judged(row, "silent_s")),
            cells.trend(row, view.glyphs),
            Cell(cells.words(row, "newest_error"), cells.style_of(row), cells.words(row, "newest_error") or None),
            cells.why(row),
        ),
        cells.reason_span(row, also_stale=True),
        cells.AFTER_HOST,
    )


def _log(row: Row, view: View) -> Sequence[Cell]:
    errors = cells.number(row, "errors_per_min")
    style = cells.judged(row, "errors_per_min") if errors else "muted"
    return (
        cells.figure(row, cells.number(row, "lines_per_s"), figures.count, view.glyphs),
        cells.figure(row, errors, lambda value: f"{figures.count(value)}/min", view.glyphs, style),
        Cell(""),
    )


def _access(row: Row, view: View) -> Sequence[Cell]:
    share = cells.number(row, "errors_percent")
    style = cells.judged(row, "errors_percent") if share else "muted"
    return (
        cells.figure(row, cells.number(row, "requests_per_s"), figures.count, view.glyphs),
        cells.figure(row, share, lambda value: f"{value or 0:.1f}%", view.glyphs, style),
        cells.figure(row, cells.number(row, "p95_s"), figures.duration, view.glyphs, cells.judged(row, "p95_s")),
    )


class LogsPane(TablePane):
    """The logs."""

    NAME = "Logs"
    SHORT = "Logs"
    COLUMNS = COLUMNS
    KINDS = KINDS
    HELP = (
        "Logs of files, containers and the journal: lines a second, errors a minute, the newest error. In an access "
        "log a line is a request, errors are the share of answers with 5xx, p95 is what its users waited. l follows it."
    )

    def draw(self, board: Board, view: View) -> Sequence[TableRow]:
        """Turn a Board into rows."""
        return draw(board, view)
