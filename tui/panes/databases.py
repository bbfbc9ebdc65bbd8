"""Databases and caches: PostgreSQL, Redis and memcached, in one row each."""

from collections.abc import Sequence

from ops import figures
from ops.board import Board, Row
from tui.panes import cells
from tui.panes.base import TablePane
from tui.panes.kept import rows_of
from tui.panes.view import View
from tui.widgets.columns import Cell, Column, TableRow

COLUMNS = (
    Column("name", "database", align="left", least=10, most=28),
    Column("state", "state", align="left", least=15, most=22),
    cells.HOST,
    Column("latency", "query", 1),
    Column("use", "use", 2),
    Column("clients", "conns", 6),
    Column("hit", "hit", 5),
    Column("blocked", "blocked", 3),
    Column("longest", "longest", 4),
    Column("ops", "ops/s", 7),
    Column("size", "size", 7),
    Column("trend", "last 30m", 8, least=8, most=30, grow=2, keep_end=True),
    Column("why", "why", 9, align="left", least=24, grow=2),
)

KINDS = ("postgres", "redis", "memcached")


def draw(board: Board, view: View) -> list[TableRow]:
    """One row for each database or cache, worst first."""
    return rows_of(board, view, KINDS, _row)


def _row(row: Row, host: Cell, now: float, view: View) -> TableRow:
    own = _postgres if row.kind == "postgres" else _cache
    return TableRow(
        row.id,
        (
            cells.name(row),
            cells.state(row, now, view.glyphs),
            host,
            *own(row, view),
            cells.trend(row, view.glyphs),
            cells.why(row),
        ),
        cells.reason_span(row, also_stale=True),
        cells.AFTER_HOST,
    )


def _postgres(row: Row, view: View) -> list[Cell]:
    number, glyphs = cells.number, view.glyphs
    used, most = number(row, "connections"), number(row, "connections_max")
    conns = Cell(f"{used:.0f}/{most:.0f}", cells.style_of(row), used) if used is not None and most is not None else None
    return [
        cells.figure(row, number(row, "query_s"), figures.duration, glyphs, cells.judged(row, "query_s")),
        _percent(row, "connections_percent", view),
        conns or Cell(glyphs.dash, "muted"),
        _hits(row, "cache_hit_ratio", view),
        _blocked(row, "blocked", view),
        cells.figure(
            row, number(row, "longest_query_s"), figures.duration, glyphs, cells.judged(row, "longest_query_s")
        ),
        cells.figure(row, number(row, "commits_per_s"), figures.count, glyphs),
        cells.figure(row, number(row, "size_bytes"), figures.short_size, glyphs, "muted"),
    ]


def _cache(row: Row, view: View) -> list[Cell]:
    number, glyphs = cells.number, view.glyphs
    return [
        cells.figure(row, number(row, "latency_s"), figures.duration, glyphs, cells.judged(row, "latency_s")),
        _percent(row, "memory_percent", view),
        cells.figure(row, number(row, "clients"), lambda value: f"{value or 0:.0f}", glyphs),
        _hits(row, "hit_ratio", view),
        _blocked(row, "clients_blocked", view),
        Cell(glyphs.dash, "muted"),
        cells.figure(row, number(row, "ops_per_s"), figures.count, glyphs),
        cells.figure(row, number(row, "memory_bytes"), figures.short_size, glyphs, "muted"),
    ]


def _percent(row: Row, fact: str, view: View) -> Cell:
    return cells.figure(row, cells.number(row, fact), _whole_percent, view.glyphs, cells.judged(row, fact))


def _hits(row: Row, fact: str, view: View) -> Cell:
    ratio = cells.number(row, fact)
    percent = None if ratio is None else ratio * 100
    return cells.figure(row, percent, _whole_percent, view.glyphs, cells.judged(row, fact))


def _blocked(row: Row, fact: str, view: View) -> Cell:
    value = cells.number(row, fact)
    style = cells.judged(row, fact) if value else "muted"
    return cells.figure(row, value, lambda number: f"{number or 0:.0f}", view.glyphs, style)


def _whole_percent(value: float | None) -> str:
    return f"{value or 0:.0f}%"


class DatabasesPane(TablePane):
    """The databases and caches."""

    NAME = "Databases & caches"
    SHORT = "Databases"
    COLUMNS = COLUMNS
    KINDS = KINDS
    HELP = (
        "use is connections of the limit for PostgreSQL and memory of its limit for a cache. hit is what came from the "
        "cache since the poll before. blocked counts sessions that wait for a lock, longest is the oldest query."
    )

    def draw(self, board: Board, view: View) -> Sequence[TableRow]:
        """Turn a Board into rows."""
        return draw(board, view)
