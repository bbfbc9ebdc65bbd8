"""Queues: what waits, who takes it, and when it will be empty."""

from collections.abc import Sequence

from ops import figures
from ops.board import Board, Row
from tui.panes import cells
from tui.panes.base import TablePane, View
from tui.widgets.columns import Cell, Column, TableRow

COLUMNS = (
    Column("name", "queue", align="left", least=10, most=28),
    Column("state", "state", 3, align="left", least=11, most=22),
    Column("ready", "ready", 0),
    Column("unacked", "unack", 5),
    Column("consumers", "cons", 4),
    Column("in", "in/s", 6),
    Column("out", "out/s", 6),
    Column("net", "net/s", 7),
    Column("drain", "drains", 1),
    Column("trend", "last 30m", 8, least=8, most=30, grow=2, keep_end=True),
    Column("why", "why", 9, align="left", least=24, grow=2),
)


def draw(board: Board, view: View) -> list[TableRow]:
    """One row for each queue, worst first."""
    return cells.rows_of(board, ("queue",), lambda row: _row(row, board.at, view))


def _row(row: Row, now: float, view: View) -> TableRow:
    ready = cells.number(row, "ready")
    return TableRow(
        row.id,
        (
            cells.name(row),
            cells.state(row, now, view.glyphs),
            cells.figure(row, ready, _count, view.glyphs, cells.judged(row, "ready")),
            cells.figure(row, cells.number(row, "unacked"), _count, view.glyphs),
            _consumers(row, ready, view),
            *(_rate(row, fact, view) for fact in ("in_per_s", "out_per_s", "net_per_s")),
            drain(row, view),
            cells.trend(row, view.glyphs),
            cells.why(row),
        ),
        cells.reason_span(row),
    )


def drain(row: Row, view: View) -> Cell:
    """Time to empty; `never` while it grows or nobody takes from it; nothing when it is empty."""
    ready, net = cells.number(row, "ready"), cells.number(row, "net_per_s")
    seconds = cells.number(row, "drain_s")
    if not ready or ready < 0:
        return Cell("empty" if ready == 0 else view.glyphs.dash, "muted", 0.0 if ready == 0 else None)
    if seconds is not None:
        return cells.figure(row, seconds, figures.duration, view.glyphs)
    if net is None:
        return Cell(view.glyphs.dash, "muted")
    growing = net > 0 or cells.number(row, "consumers") == 0
    never = row.level if growing and row.level in ("warning", "critical") else "warning" if growing else "muted"
    return Cell("never", "stale" if row.stale else never, float("inf"))


def _consumers(row: Row, ready: float | None, view: View) -> Cell:
    consumers = cells.number(row, "consumers")
    alone = "warning" if consumers == 0 and ready else ""
    return cells.figure(row, consumers, _count, view.glyphs, alone)


def _rate(row: Row, fact: str, view: View) -> Cell:
    value = cells.number(row, fact)
    return cells.figure(row, value, figures.count, view.glyphs, "" if value else "muted")


def _count(value: float | None) -> str:
    return figures.count(None if value is None else int(value))


class QueuesPane(TablePane):
    """The queues."""

    NAME = "Queues"
    COLUMNS = COLUMNS
    KINDS = ("queue",)
    HELP = (
        "What waits in Redis lists, streams and sorted sets. drains is ready divided by how fast it shrinks: `never` "
        "means that it does not."
    )

    def draw(self, board: Board, view: View) -> Sequence[TableRow]:
        """Turn a Board into rows."""
        return draw(board, view)
