"""Services: what the probes say about each, over the chosen window."""

from collections.abc import Sequence

from ops import figures
from ops.board import Board, Row, WindowStats
from tui.panes import cells
from tui.panes.base import TablePane
from tui.panes.kept import rows_of
from tui.panes.view import View
from tui.widgets.columns import Cell, Column, TableRow

COLUMNS = (
    Column("name", "service", align="left", least=10, most=28),
    Column("state", "state", align="left", least=11, most=22),
    cells.HOST,
    Column("p50", "p50", 4),
    Column("p95", "p95", 1),
    Column("p99", "p99", 6),
    Column("err", "err%", 2),
    Column("trend", "last 30m", 5, least=8, most=30, grow=3, keep_end=True),
    Column("changed", "since", 3),
    Column("why", "why", 9, align="left", least=24, grow=2),
)


def draw(board: Board, view: View) -> list[TableRow]:
    """One row for each service, worst first."""
    return rows_of(board, view, ("service",), _row)


def _row(row: Row, host: Cell, now: float, view: View) -> TableRow:
    stats = row.stats[view.window] if view.window < len(row.stats) else None
    return TableRow(
        row.id,
        (
            cells.name(row),
            cells.state(row, now, view.glyphs),
            host,
            *_latency(row, stats, view),
            _errors(row, stats, view),
            cells.trend(row, view.glyphs),
            cells.changed(row, now),
            cells.why(row),
        ),
        span=cells.reason_span(row) if not stats or not stats.count else None,
        span_from=cells.AFTER_HOST,
    )


def _latency(row: Row, stats: WindowStats | None, view: View) -> Sequence[Cell]:
    values = (stats.p50_s, stats.p95_s, stats.p99_s) if stats else (None, None, None)
    slow = cells.judged(row, "total_s")
    styles = (cells.style_of(row), slow, cells.style_of(row))
    return [
        cells.figure(row, value, figures.duration, view.glyphs, style)
        for value, style in zip(values, styles, strict=True)
    ]


def _errors(row: Row, stats: WindowStats | None, view: View) -> Cell:
    ratio = stats.error_ratio if stats else None
    if ratio is None:
        return Cell(view.glyphs.dash, "muted")
    style = "muted" if ratio == 0 else "critical" if row.level == "critical" else "warning"
    return Cell(f"{ratio * 100:.1f}".removesuffix(".0"), style, ratio)


class ServicesPane(TablePane):
    """The services."""

    NAME = "Services"
    SHORT = "Services"
    COLUMNS = COLUMNS
    KINDS = ("service",)
    AWAY = "cursor-away"
    HELP = (
        "What is probed over HTTP. p50, p95 and p99 are the time of answered probes and err% the failed ones, over the "
        "window that the title names. The line is the last 30 minutes, a column a minute. The selected service is the "
        "one that the latency chart draws."
    )

    def draw(self, board: Board, view: View) -> Sequence[TableRow]:
        """Turn a Board into rows."""
        return draw(board, view)

    def title_of(self, view: View) -> str:
        """Name the window."""
        return f"{self.NAME} {view.glyphs.dot} {view.label}"
