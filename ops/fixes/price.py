"""What a fix costs in error budget, beside what doing nothing costs."""

from collections.abc import Iterable, Sequence

from ops.board import Board, Budget, Row
from ops.figures import duration
from ops.fixes.structs import Price

_HOUR_S = 3600.0


def price(board: Board, row_id: str, interrupted_s: float | None) -> Price:
    """The price of interrupting a row for so long, for the objective that is hit hardest, by it or by doing nothing.

    While it lasts every event of the row, and of all that depends on it, counts as bad:
    spends = interrupted ÷ (window × (1 − objective)); burning per hour = burn rate × 1 h ÷ window.
    """
    affected = dependants(board.rows, row_id)
    prices = [_of(budget, interrupted_s) for budget in board.budgets if budget.row in affected]
    hardest = max(prices, key=lambda one: max(one.spends_ratio or 0.0, one.burning_ratio_per_h or 0.0), default=None)
    return hardest or Price(interrupted_s=interrupted_s)


def dependants(rows: Iterable[Row], row_id: str) -> frozenset[str]:
    """The row, and all that depends on it, directly or not."""
    needed_by: dict[str, list[str]] = {}
    for row in rows:
        for need in row.depends_on:
            needed_by.setdefault(need, []).append(row.id)
    found, waiting = {row_id}, [row_id]
    while waiting:
        for other in needed_by.get(waiting.pop(), ()):
            if other not in found:
                found.add(other)
                waiting.append(other)
    return frozenset(found)


def _of(budget: Budget, interrupted_s: float | None) -> Price:
    burn = budget.burn_5m if budget.burn_5m is not None else budget.burn_1h
    may_fail_s = budget.window_s * (1 - budget.objective_percent / 100)
    spends = budget.kind in ("availability", "errors") and may_fail_s > 0
    return Price(
        interrupted_s=interrupted_s,
        spends_ratio=interrupted_s / may_fail_s if spends and interrupted_s is not None else None,
        burning_ratio_per_h=burn * _HOUR_S / budget.window_s if burn is not None and budget.window_s > 0 else None,
        budget=budget.id,
    )


def words(cost: Price) -> str:
    """ "about 11 s of interruption, 0.6 % of api availability; doing nothing costs 2.1 %/h"; "" for nothing known."""
    parts: Sequence[str] = (_interruption(cost), _nothing(cost))
    return "; ".join(part for part in parts if part)


def _interruption(cost: Price) -> str:
    if cost.interrupted_s is None:
        return ""
    if cost.interrupted_s <= 0:
        return "no interruption"
    told = f"about {duration(cost.interrupted_s)} of interruption"
    return told if cost.spends_ratio is None else f"{told}, {_share(cost.spends_ratio)} of {cost.budget}"


def _nothing(cost: Price) -> str:
    if not cost.burning_ratio_per_h:
        return ""
    return f"doing nothing costs {_share(cost.burning_ratio_per_h)}/h"


def _share(ratio: float) -> str:
    """Percent with two digits that say something: "0.026 %", "2.1 %", "140 %"."""
    value = ratio * 100
    return "under 0.01 %" if 0 < value < 0.01 else f"{float(f'{value:.2g}'):,.10g} %"
