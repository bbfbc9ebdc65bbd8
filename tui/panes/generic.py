"""Everything that has no pane of its own: a new collector's rows are drawn here without a line of screen code."""

from collections.abc import Mapping, Sequence

from ops.board import Board, Row
from tui.panes import cells
from tui.panes.base import TablePane
from tui.panes.kept import drawn, rows_of
from tui.panes.view import View
from tui.widgets.columns import Cell, Column, TableRow

COLUMNS = (
    Column("name", "name", align="left", least=10, most=30),
    Column("state", "state", align="left", least=11, most=22),
    cells.HOST,
    Column("kind", "kind", 3, align="left"),
    Column("figures", "figures", 1, align="left", least=16, most=60, grow=1),
    Column("trend", "last 30m", 4, least=8, most=30, grow=1, keep_end=True),
    Column("changed", "since", 5),
    Column("why", "why", 9, align="left", least=24, grow=2),
)
_DRAWN = ("service", "container", "process", "docker", "swarm", "queue", "rabbitmq", "celery", "log", "access_log")
ELSEWHERE = frozenset((*_DRAWN, "postgres", "redis", "memcached", "host"))
"""Kinds, with all their parts ("host.disk"), that other panes and the detail screen show."""
_FIGURES = 3
_WORDS = ("output", "summary", "subject")
"""Facts that tell a row in words: a plugin's line, an alert's summary, a commit's subject."""
_FIRST: Mapping[str, tuple[str, ...]] = {"backup": ("age_s", "next_in_s", "restore_now_s", "stored_bytes")}
"""Figures that say most of a kind, where those that it has first do not."""
_AWAITED: Mapping[str, tuple[str, ...]] = {"backup": ("stored_bytes",)}
"""Figures that a kind is sure to have soon: while there is none that is said."""
_MACHINE = ("host.disk", "host.net", "host.process")


def others(board: Board) -> tuple[Row, ...]:
    """The rows that no other pane shows; the drift screen has differences, that of backups has backups one by one."""
    return tuple(row for row in board.things if row.kind.partition(".")[0] not in ELSEWHERE)


def draw(board: Board, view: View) -> list[TableRow]:
    """One row for each thing of an unknown kind, worst first."""
    return drawn(cells.worst_first(others(board)), board, view, _row)


def _row(row: Row, host: Cell, now: float, view: View) -> TableRow:
    said = leading(row, view)
    return TableRow(
        row.id,
        (
            cells.name(row),
            cells.state(row, now, view.glyphs),
            host,
            Cell(row.kind, "muted", row.kind),
            Cell(said, cells.style_of(row), said),
            cells.trend(row, view.glyphs),
            cells.changed(row, now),
            cells.why(row),
        ),
        cells.reason_span(row, also_stale=True),
        cells.AFTER_HOST,
    )


def leading(row: Row, view: View) -> str:
    """What it says of itself in words; else its first few figures with their names."""
    for fact in _WORDS:
        if said := cells.words(row, fact):
            return said
    facts = {key: row.facts.get(key) for key in _FIRST.get(row.kind, row.facts)}
    numbers = [(key, value) for key, value in facts.items() if isinstance(value, float | int)]
    told = [f"{_label(key)} {cells.told(key, value)}" for key, value in numbers[:_FIGURES]]
    told += [f"{_label(key)} not yet" for key in _AWAITED.get(row.kind, ()) if row.facts.get(key, 0) is None]
    return f" {view.glyphs.dot} ".join(told)


def _label(key: str) -> str:
    for ending in ("_bytes_per_s", "_per_s", "_bytes", "_percent", "_ratio", "_days", "_s"):
        if key.endswith(ending) and len(key) > len(ending):
            return key.removesuffix(ending).replace("_", " ")
    return key.replace("_", " ")


def machine(board: Board, view: View) -> list[TableRow]:
    """Mounts, interfaces and processes, one row each, while there is little else to look at."""
    if any(row.kind not in _MACHINE and row.kind != "host" for row in board.rows):
        return []
    return rows_of(board, view, _MACHINE, _row)


class MachinePane(TablePane):
    """What the host consists of, on a floor that has nothing else."""

    NAME = "Disks, network, processes"
    SHORT = "Machine"
    COLUMNS = COLUMNS
    KINDS = _MACHINE
    HELP = "The mounts, interfaces and busiest processes of the host, while the config names nothing else."

    def draw(self, board: Board, view: View) -> Sequence[TableRow]:
        """Turn a Board into rows."""
        return machine(board, view)


class GenericPane(TablePane):
    """The rest."""

    NAME = "Checks"
    SHORT = "Checks"
    COLUMNS = COLUMNS
    HELP = "Ports, names, certificates, drift, backups and every other thing that is read, with its leading figures."

    def draw(self, board: Board, view: View) -> Sequence[TableRow]:
        """Turn a Board into rows."""
        return draw(board, view)

    def show_board(self, board: Board, view: View) -> bool:
        """Its level is that of the kinds that nobody else shows."""
        done = super().show_board(board, view)
        order = ("ok", "unknown", "warning", "critical")
        self.level = max((row.level for row in others(board)), key=order.index, default="ok")
        return done
