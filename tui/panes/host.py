"""Hosts: one line each for CPU, memory, disks, network and pressure."""

from collections.abc import Sequence

from ops import figures
from ops.board import LEVELS, Board, Row
from tui.panes import cells
from tui.panes.base import TablePane
from tui.panes.view import View
from tui.widgets.columns import Cell, Column, TableRow

COLUMNS = (
    Column("name", "host", align="left", least=6, most=24),
    Column("state", "state", 2, align="left", least=6, most=18),
    Column("cpu", "cpu"),
    Column("load", "load", 4),
    Column("memory", "mem", 1),
    Column("swap", "swap", 6),
    Column("disk", "worst disk", 3, least=6, most=24),
    Column("net", "net in/out", 5),
    Column("pressure", "stall cpu/mem/io", 7),
    Column("trend", "cpu 30m", 9, least=8, most=30, grow=1, keep_end=True),
    Column("top", "top process", 8, align="left", least=12, most=40, grow=2),
)


def draw(board: Board, view: View) -> list[TableRow]:
    """One row for each host, with the worst of its parts."""
    return [_row(row, board, view) for row in cells.worst_first(board.of("host"))]


def _row(row: Row, board: Board, view: View) -> TableRow:
    parts = [part for part in board.rows if part.target == row.target and part.id != row.id]
    return TableRow(
        row.id,
        (
            cells.name(row),
            cells.state(row, board.at, view.glyphs),
            _percent(row, "cpu_percent", view),
            cells.figure(row, cells.number(row, "load1"), lambda value: f"{value or 0:.2f}", view.glyphs, _load(row)),
            _percent(row, "memory_percent", view),
            _percent(row, "swap_percent", view),
            _disk(parts, view),
            _net(parts, view),
            _pressure(row, view),
            cells.trend(row, view.glyphs),
            _top(parts, view),
        ),
        cells.reason_span(row),
    )


def _load(row: Row) -> str:
    return cells.judged(row, "load_per_core")


def _percent(row: Row, fact: str, view: View) -> Cell:
    value = cells.number(row, fact)
    return cells.figure(row, value, lambda number: f"{number or 0:.0f}%", view.glyphs, cells.judged(row, fact))


def _disk(parts: Sequence[Row], view: View) -> Cell:
    """The mount that is worst off, by level, then by how full it is."""
    disks = [part for part in parts if part.kind == "host.disk"]
    if not disks:
        return Cell(view.glyphs.dash, "muted")
    worst = max(disks, key=lambda part: (LEVELS.index(part.level), cells.number(part, "percent") or 0.0))
    percent = cells.number(worst, "percent")
    style = worst.level if worst.level != "ok" else cells.style_of(worst)
    return Cell(f"{worst.name} {percent or 0:.0f}%", style, percent)


def _net(parts: Sequence[Row], view: View) -> Cell:
    nets = [part for part in parts if part.kind == "host.net" and part.name != "lo"]
    both = [sum(cells.number(net, f"{way}_bytes_per_s") or 0.0 for net in nets) for way in ("received", "sent")]
    if not nets:
        return Cell(view.glyphs.dash, "muted")
    return Cell(" ".join(figures.short_size(value) for value in both), "text", sum(both))


def _pressure(row: Row, view: View) -> Cell:
    values = [cells.number(row, f"pressure_{what}_percent") for what in ("cpu", "memory", "io")]
    known = [value for value in values if value is not None]
    if not known:
        return Cell(view.glyphs.dash, "muted")
    styles = [cells.judged(row, f"pressure_{what}_percent") for what in ("cpu", "memory", "io")]
    style = next((level for level in ("critical", "warning") if level in styles), cells.style_of(row))
    return Cell(" ".join(view.glyphs.dash if v is None else f"{v:.0f}%" for v in values), style, max(known))


def _top(parts: Sequence[Row], view: View) -> Cell:
    processes = [part for part in parts if part.kind == "host.process"]
    if not processes:
        return Cell(view.glyphs.dash, "muted")
    top = max(processes, key=lambda part: cells.number(part, "cpu_percent") or 0.0)
    return Cell(f"{cells.number(top, 'cpu_percent') or 0:.0f}% {top.name}", "muted", top.name)


class HostPane(TablePane):
    """The hosts."""

    NAME = "Host"
    SHORT = "Host"
    COLUMNS = COLUMNS
    KINDS = ("host", "host.disk", "host.net")
    HELP = (
        "The machines themselves. stall is the time that some task waited for CPU, memory or disk (pressure stall, "
        "last 10 s). Enter shows every mount, interface and the top processes."
    )

    def draw(self, board: Board, view: View) -> Sequence[TableRow]:
        """Turn a Board into rows."""
        return draw(board, view)
