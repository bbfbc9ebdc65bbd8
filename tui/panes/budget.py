"""Error budgets: what is left of each promise and how fast it goes."""

from collections.abc import Sequence

from ops.board import Board, Budget, Level
from tui.panes import cells
from tui.panes.base import TablePane
from tui.panes.view import View
from tui.widgets.columns import Cell, Column, TableRow

COLUMNS = (
    Column("name", "service", align="left", least=8, most=28),
    Column("objective", "slo", 4),
    Column("left", "left"),
    Column("bar", "", 3, align="left", least=5, grow=1, most=24),
    Column("burn_5m", "5m", 5),
    Column("burn_1h", "1h", 1),
    Column("empty", "empty", 2),
    Column("known", "known", 6),
)
_PAGE_1H = 14.4
"""Burn that spends 2 % of a 30-day budget in an hour: Google's SRE workbook, chapter 5, table 5-2."""
_TICKET = 1.0


def draw(board: Board, view: View) -> list[TableRow]:
    """One row for each objective, the emptiest first."""
    budgets = sorted(board.budgets, key=lambda budget: _left(budget, 2.0))
    return [_row(budget, view) for budget in budgets]


def level(budget: Budget) -> Level:
    """How worrying a budget looks: gone, or going fast."""
    if budget.remaining_ratio is None:
        return "unknown"
    if budget.remaining_ratio <= 0 or (budget.burn_1h or 0) >= _PAGE_1H:
        return "critical"
    return "warning" if budget.remaining_ratio < 0.25 or (budget.burn_1h or 0) > _TICKET else "ok"


def _left(budget: Budget, unknown: float) -> float:
    return unknown if budget.remaining_ratio is None else budget.remaining_ratio


def _row(budget: Budget, view: View) -> TableRow:
    style = level(budget)
    left = budget.remaining_ratio
    seconds = budget.exhausted_in_s
    gone = left is not None and left <= 0
    return TableRow(
        f"service:{budget.service}",
        (
            Cell(budget.service, "strong" if style in ("warning", "critical") else "text", budget.service),
            Cell(f"{budget.objective_percent:g}%", "muted", budget.objective_percent),
            Cell(view.glyphs.dash, "muted")
            if left is None
            else Cell(f"{view.glyphs.levels[style]} {left * 100:.1f}%", style, left),
            Cell("", style, left, ratio=max(left or 0.0, 0.0)),
            _burn(budget.burn_5m, view),
            _burn(budget.burn_1h, view),
            Cell("gone", "critical", 0.0) if gone else _empties(seconds, view),
            Cell(cells.age(budget.known_s), "muted", budget.known_s),
        ),
    )


def _empties(seconds: float | None, view: View) -> Cell:
    if seconds is None:
        return Cell(view.glyphs.dash, "muted")
    return Cell(cells.age(seconds), "warning" if seconds < 3 * 86400 else "text", seconds)


def _burn(burn: float | None, view: View) -> Cell:
    if burn is None:
        return Cell(view.glyphs.dash, "muted")
    style = "critical" if burn >= _PAGE_1H else "warning" if burn > _TICKET else "muted"
    return Cell(f"{burn:.1f}x" if burn < 100 else f"{burn:.0f}x", style, burn)


class BudgetPane(TablePane):
    """The error budgets."""

    NAME = "Error budget"
    SHORT = "Budget"
    COLUMNS = COLUMNS
    HELP = (
        "left is the part of the error budget that is still there, over what is known so far. 5m and 1h are burns: "
        "1x spends exactly the budget over its window, 14.4x for an hour spends 2 % of a month's. empty is when the "
        "rest is gone at the burn of the last hour."
    )

    def draw(self, board: Board, view: View) -> Sequence[TableRow]:
        """Turn a Board into rows."""
        return draw(board, view)

    def show_board(self, board: Board, view: View) -> bool:
        """Budgets are no rows of the Board: their level is their own."""
        done = super().show_board(board, view)
        order = ("ok", "unknown", "warning", "critical")
        self.level = max((level(budget) for budget in board.budgets), key=order.index, default="ok")
        return done
