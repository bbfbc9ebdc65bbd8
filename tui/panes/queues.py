"""Queues and their brokers: what waits, who takes it, and when it will be empty."""

from collections.abc import Sequence

from ops import figures
from ops.board import Board, Row
from tui.panes import cells
from tui.panes.base import TablePane
from tui.panes.kept import rows_of
from tui.panes.view import View
from tui.widgets.columns import Cell, Column, TableRow

COLUMNS = (
    Column("name", "queue", align="left", least=10, most=28),
    Column("state", "state", 3, align="left", least=11, most=22),
    cells.HOST,
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

BROKERS = ("rabbitmq", "celery")
_BACKLOG = 10
"""Fewer than this come and go within a poll."""


def draw(board: Board, view: View) -> list[TableRow]:
    """A broker that is not well, then one row for each queue, worst first, then the brokers that are well."""
    brokers = rows_of(board, view, BROKERS, _row)
    ill = sum(row.level != "ok" for row in board.of(*BROKERS))
    queues = rows_of(board, view, ("queue",), _row)
    return [*brokers[:ill], *queues, *brokers[ill:]]


def _row(row: Row, host: Cell, now: float, view: View) -> TableRow:
    ready = cells.number(row, "ready")
    return TableRow(
        row.id,
        (
            cells.name(row),
            cells.state(row, now, view.glyphs),
            host,
            cells.figure(row, ready, _count, view.glyphs, cells.judged(row, "ready")),
            cells.figure(row, cells.number(row, "unacked"), _count, view.glyphs),
            _consumers(row, ready, view),
            *(_rate(row, fact, view) for fact in ("in_per_s", "out_per_s", "net_per_s")),
            drain(row, view),
            cells.trend(row, view.glyphs),
            cells.why(row),
        ),
        cells.reason_span(row, also_stale=row.kind in BROKERS),
        cells.AFTER_HOST,
    )


def drain(row: Row, view: View) -> Cell:
    """Time to empty; `never` while it goes on growing or nobody takes from it; nothing where neither is certain."""
    ready, seconds = cells.number(row, "ready"), cells.number(row, "drain_s")
    if row.kind in BROKERS:
        return Cell("")
    if not ready or ready < 0:
        return Cell("empty" if ready == 0 else view.glyphs.dash, "muted", 0.0 if ready == 0 else None)
    if seconds is not None:
        return cells.figure(row, seconds, figures.duration, view.glyphs)
    if not _never(row, ready):
        return Cell(view.glyphs.dash, "muted")
    style = row.level if row.level in ("warning", "critical") else "warning"
    return Cell("never", "stale" if row.stale else style, float("inf"))


def _never(row: Row, ready: float) -> bool:
    """Few that come and go are no backlog; more are one when they only grow, or when nobody is known to take them."""
    net = cells.number(row, "net_per_s")
    if any(check.id == "queue.growth" and check.level != "ok" for check in row.checks):
        return True
    if ready < _BACKLOG or net is None or net < 0:
        return False
    return not cells.number(row, "consumers") or (net > 0 and _rising(row.trend))


def _rising(minutes: Sequence[float | None]) -> bool:
    """Whether the last three minute means are there, each above the one before."""
    last = [value for value in minutes[-3:] if value is not None]
    return len(last) == 3 and last[0] < last[1] < last[2]


def _consumers(row: Row, ready: float | None, view: View) -> Cell:
    consumers = cells.number(row, "workers" if row.kind == "celery" else "consumers")
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
    SHORT = "Queues"
    COLUMNS = COLUMNS
    KINDS = ("queue", *BROKERS)
    HELP = (
        "What waits in RabbitMQ, Celery, and Redis lists, streams and sorted sets; a broker stands for the sum of its "
        "queues, and for its workers where it is Celery's. drains is ready divided by how fast it shrinks: `never` "
        "means that it goes on growing, or that nobody takes from it."
    )

    def draw(self, board: Board, view: View) -> Sequence[TableRow]:
        """Turn a Board into rows."""
        return draw(board, view)
