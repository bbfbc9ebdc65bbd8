"""What alerts beside the rows of a Board: error budgets, and the floor itself, told as rows."""

from collections.abc import Iterator

from ops.board import Board, Budget, Check, Level, Row

_SHORTEST_S = 300.0
"""Where less than this of a budget's window is known, burn rates say nothing: the first failure would be a page."""


def beside(board: Board) -> Iterator[Row]:
    """One row "slo:<id>" for each budget, with the checks "slo.burn" and "slo.budget", and "floor:<name>"."""
    targets = {row.id: row.target for row in board.rows}
    for budget in board.budgets:
        yield _budget(budget, targets.get(budget.row, budget.row), board.at)
    yield floor_row(board)


def _budget(budget: Budget, target: str, at: float) -> Row:
    young = budget.known_s < min(_SHORTEST_S, budget.window_s)
    checks = () if young else tuple(one for one in (_burn(budget, at), _spent(budget, at)) if one.level != "ok")
    worst = checks[0] if checks else None
    return Row(
        id=f"slo:{budget.id}",
        kind="slo",
        name=budget.service,
        target=target,
        level=worst.level if worst else "ok",
        word=worst.word if worst else "met",
        reason=worst.text if worst else "",
        since=at,
        at=at,
        stale=young or (not worst and budget.burn_5m is None and budget.burn_1h is None),
        checks=checks,
        depends_on=(budget.row,) if budget.row else (),
    )


def _burn(budget: Budget, at: float) -> Check:
    level: Level = "critical" if budget.alert == "page" else "warning" if budget.alert else "ok"
    return Check(id="slo.burn", level=level, word=budget.alert, text=f"{budget.id}: {budget.why}", since=at)


def _spent(budget: Budget, at: float) -> Check:
    """Breached while nothing of it is left and it is still spent faster than it may be."""
    left, burn = budget.remaining_ratio, budget.burn_1h
    breached = left is not None and left <= 0 and burn is not None and burn > 1
    text = f"{budget.id}: nothing is left of its budget for {budget.window}, and it burns {burn or 0:.1f}x"
    return Check(id="slo.budget", level="critical" if breached else "ok", word="breached", text=text, since=at)


def floor_row(board: Board) -> Row:
    """The floor itself, "floor:<name>", with the check "floor.recording"."""
    wrong = board.recording
    text = f"the history of this floor: {wrong}"
    told = (Check(id="floor.recording", level="warning", word="not recording", text=text, since=board.at),)
    return Row(
        id=f"floor:{board.name}",
        kind="floor",
        name=board.name,
        target=f"floor:{board.name}",
        level="warning" if wrong else "ok",
        word="not recording" if wrong else "ok",
        reason=text if wrong else "",
        since=board.at,
        at=board.at,
        checks=told if wrong else (),
    )
