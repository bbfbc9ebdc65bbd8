"""Containers, swarm services and supervised processes: state, health, what they take."""

from collections.abc import Sequence

from ops import figures
from ops.board import Board, Row
from tui.panes import cells
from tui.panes.base import TablePane
from tui.panes.kept import rows_of
from tui.panes.view import View
from tui.widgets.columns import Cell, Column, TableRow

COLUMNS = (
    Column("name", "name", align="left", least=10, most=32),
    Column("state", "state", align="left", least=11, most=22),
    cells.HOST,
    Column("cpu", "cpu%", 1),
    Column("memory", "mem", 2),
    Column("limit", "limit", 6),
    Column("restarts", "rst", 3),
    Column("uptime", "up", 4),
    Column("trend", "last 30m", 7, least=8, most=30, grow=2, keep_end=True),
    Column("image", "image", 8, align="left", least=14, most=36),
    Column("why", "why", 9, align="left", least=24, grow=2),
)

_RUN = ("swarm.service", "container", "process")
KINDS = (*_RUN, "docker", "swarm", "swarm.node")
_TITLES = (
    ("swarm", frozenset(("swarm",))),
    ("containers", frozenset(("container", "docker"))),
    ("processes", frozenset(("process",))),
)


def draw(board: Board, view: View) -> list[TableRow]:
    """An engine that can't be read, then one row for each thing that runs, worst first, then the swarm's nodes."""
    where = cells.places(board)
    engines = [_engine(row, where(row), board.at, view) for row in board.of("docker", "swarm") if row.level != "ok"]
    run = rows_of(board, view, _RUN, _row)
    return engines + run + rows_of(board, view, ("swarm.node",), _row)


def _engine(row: Row, host: Cell, now: float, view: View) -> TableRow:
    """Why it can't be read and what to do, with all the width that there is."""
    why = cells.reason_span(row, also_stale=True) or cells.why(row)
    at = f"{host.text}: " if host.text else ""
    span = why._replace(text=f"{view.glyphs.levels[row.level]} {row.word}: {at}{why.text}")
    return TableRow(row.id, _cells(row, host, now, view), span, span_from=1)


def _row(row: Row, host: Cell, now: float, view: View) -> TableRow:
    return TableRow(row.id, _cells(row, host, now, view), cells.reason_span(row), cells.AFTER_HOST)


def _cells(row: Row, host: Cell, now: float, view: View) -> tuple[Cell, ...]:
    cpu, limit, uptime = (cells.number(row, key) for key in ("cpu_percent", "memory_limit_bytes", "uptime_s"))
    restarts = cells.number(row, "restarts")
    return (
        cells.name(row),
        _state(row, now, view),
        host,
        cells.figure(row, cpu, lambda value: f"{value or 0:.1f}", view.glyphs, cells.judged(row, "cpu_percent")),
        _memory(row, view),
        cells.figure(row, limit, figures.short_size, view.glyphs, "muted"),
        cells.figure(row, restarts, lambda value: f"{value or 0:.0f}", view.glyphs, "" if restarts else "muted"),
        cells.figure(row, uptime, _uptime, view.glyphs, "muted"),
        cells.trend(row, view.glyphs),
        _made_of(row),
        cells.why(row),
    )


def _uptime(seconds: float | None) -> str:
    return "<1m" if seconds is not None and seconds < 60 else cells.age(seconds)


def _memory(row: Row, view: View) -> Cell:
    style = cells.judged(row, "memory_percent")
    return cells.figure(row, cells.number(row, "memory_bytes"), figures.short_size, view.glyphs, style)


def _state(row: Row, now: float, view: View) -> Cell:
    """A good container is as good as its health probe says; of a swarm service it counts how many run."""
    cell = cells.state(row, now, view.glyphs)
    health = _replicas(row) or cells.words(row, "health")
    if row.level == "ok" and health and health not in cell.text and not row.stale:
        return cell._replace(text=f"{view.glyphs.levels['ok']} {health}")
    return cell


def _replicas(row: Row) -> str:
    running, wanted = cells.number(row, "running"), cells.number(row, "wanted")
    return f"{running:.0f}/{wanted:.0f}" if running is not None and wanted is not None else ""


def _made_of(row: Row) -> Cell:
    """The image of a container, the command of a process, the version of a node's engine."""
    named = next(filter(None, (cells.words(row, fact) for fact in ("image", "command", "version"))), "")
    return Cell(named, "muted", named or None)


def title(board: Board) -> str:
    """Name the kinds that there are."""
    kinds = {row.kind.partition(".")[0] for row in board.of(*KINDS)}
    words = [word for word, own in _TITLES if kinds & own]
    return " & ".join(words).capitalize() if words else "Containers"


class ContainersPane(TablePane):
    """The containers and processes."""

    NAME = "Containers"
    SHORT = "Containers"
    COLUMNS = COLUMNS
    KINDS = KINDS
    HELP = (
        "Swarm services and nodes, containers, supervised processes. cpu% is of one core, mem is without the page "
        "cache, rst counts restarts. "
        "Enter shows the health probe's own output and the live log."
    )

    def show_board(self, board: Board, view: View) -> bool:
        """Call it what it is: containers, processes or both."""
        self._words = title(board)
        return super().show_board(board, view)

    def title_of(self, view: View) -> str:
        """What it shows just now."""
        del view
        return self._words

    _words = NAME

    def draw(self, board: Board, view: View) -> Sequence[TableRow]:
        """Turn a Board into rows."""
        return draw(board, view)
