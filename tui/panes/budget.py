"""Error budgets: what is left of each promise, how fast it goes, which alert fires and why."""

from collections.abc import Sequence

from ops.board import LEVELS, Board, Budget, Burn
from tui.panes import cells, promises
from tui.panes.base import TablePane
from tui.panes.view import View
from tui.widgets.columns import Cell, Column, TableRow

_BURNS = ("burn_1", "burn_2", "burn_3", "burn_4")
"""One column for each pair of windows, quickest first: how the long window burns."""
_QUICK = "burn_short"
"""The short window of the quickest pair."""
COLUMNS = (
    Column("name", "service", align="left", least=8, most=28),
    Column("kind", "slo", align="left"),
    Column("state", "state", align="left"),
    Column("objective", "goal", 4, align="left"),
    Column("seen", "seen", 6),
    Column("left", "left"),
    Column("bar", "", 5, align="left", least=5, grow=1, most=24),
    Column("burn_1", "1h", 1),
    Column("burn_short", "5m", 6),
    Column("burn_2", "6h", 7),
    Column("burn_3", "1d", 7),
    Column("burn_4", "3d", 7),
    Column("empty", "empty", 2),
    Column("bad_left", "bad left", 7),
    Column("window", "window", 8, align="left"),
    Column("known", "known", 8),
    Column("why", "why", 9, align="left", least=24, grow=2),
)
_SOON_S = 3 * 86400.0
_USUAL = ("1h", "6h", "1d", "3d")


def draw(board: Board, view: View) -> list[TableRow]:
    """One row for each promise: what pages first, then what is gone, then the emptiest."""
    heads = titles(board.budgets)
    return [_row(budget, heads, board.at, view) for budget in sorted(board.budgets, key=_rank)]


def titles(budgets: Sequence[Budget]) -> tuple[str, ...]:
    """Titles of the burn columns: the long windows and the quickest short one of the first budget that has any."""
    burns = next((budget.burns for budget in budgets if budget.burns), ())
    longs = [cells.age(burn.long_s) for burn in burns[: len(_BURNS)]]
    return (*longs, *_USUAL[len(longs) :], cells.age(burns[0].short_s) if burns else "5m")


def _rank(budget: Budget) -> tuple[int, bool, float]:
    left = budget.remaining_ratio
    return -LEVELS.index(promises.level(budget)), budget.alert != "page", 2.0 if left is None else left


def _row(budget: Budget, heads: Sequence[str], now: float, view: View) -> TableRow:
    style, glyphs = promises.level(budget), view.glyphs
    left, word = budget.remaining_ratio, promises.word(budget)
    dash = Cell(glyphs.dash, "muted")
    seen = promises.seen(budget)
    return TableRow(
        promises.row_id(budget),
        (
            Cell(budget.service, "strong" if style in ("warning", "critical") else "text", budget.service),
            Cell(promises.kind(budget), "text", promises.kind(budget)),
            Cell(f"{glyphs.levels[style]} {word}", style, float(LEVELS.index(style))),
            Cell(promises.objective(budget), "muted", promises.objective(budget)),
            Cell(seen, "text", budget.sli_ratio) if seen else dash,
            dash if left is None else Cell(promises.percent(left), style, left),
            Cell("", style, left, ratio=max(left or 0.0, 0.0)),
            *_burns(budget, heads, view),
            _empties(budget, now, view),
            dash
            if budget.bad_left_s is None
            else Cell(promises.short(budget.bad_left_s), "critical" if promises.gone(budget) else "text", left),
            Cell(promises.window(budget), "muted", budget.window_s),
            Cell(cells.age(budget.known_s), "muted", budget.known_s),
            Cell(promises.why(budget), style if style != "ok" else "muted", promises.why(budget) or None),
        ),
    )


def _burns(budget: Budget, heads: Sequence[str], view: View) -> list[Cell]:
    """The long windows of the pairs, and after the first one its short window."""
    pairs = budget.burns[: len(_BURNS)]
    made = [
        _burn(burn.long, cells.age(burn.long_s), head, burn, view) for burn, head in zip(pairs, heads, strict=False)
    ]
    quick = (
        _burn(pairs[0].short, cells.age(pairs[0].short_s), heads[-1], pairs[0], view)
        if pairs
        else _burn(budget.burn_5m, "5m", heads[-1], None, view)
    )
    if not pairs:
        made = [_burn(budget.burn_1h, "1h", heads[0], None, view)]
    made += [Cell("")] * (len(_BURNS) - len(made))
    return [made[0], quick, *made[1:]]


def _burn(value: float | None, window: str, head: str, pair: Burn | None, view: View) -> Cell:
    """A burn in the colour of what it sets off; where the column's title is another window, it says which."""
    if value is None:
        return Cell(view.glyphs.dash, "muted")
    style = "text" if value > 1 else "muted"
    if pair is not None and value > pair.factor:
        firing = "critical" if pair.severity == "page" else "warning"
        style = firing if pair.fires else "strong"
    told = promises.times(value)
    return Cell(told if window == head else f"{window} {told}", style, value)


def _empties(budget: Budget, now: float, view: View) -> Cell:
    if promises.gone(budget):
        return Cell("gone", "critical", 0.0)
    emptying = promises.emptying(budget, now)
    if emptying is None:
        return Cell(view.glyphs.dash, "muted")
    seconds = emptying.seconds
    if emptying.lasts:
        return Cell("lasts", "muted", seconds)
    return Cell(cells.age(seconds), "warning" if seconds < _SOON_S else "text", seconds)


class BudgetPane(TablePane):
    """The error budgets."""

    NAME = "Error budget"
    SHORT = "Budget"
    COLUMNS = COLUMNS
    HELP = (
        "One line for each promise: avail, errors, fast (a share of answers within a limit), or a percentile. left is "
        "the part of the error budget that is still there; what is not known is neither good nor bad. Under 1h, 5m, "
        "6h … stands how fast it burns: at 1x it lasts exactly as long as its window. page and ticket are burn-rate "
        "alerts, which fire while a long and a short window both burn faster than their factor; low is under a "
        "quarter left. empty is when the rest is gone at the burn of the last hour, or of the last 5 minutes where "
        "that is more than twice as fast, bad left how long everything may still fail. Percentiles are by nearest "
        "rank, to 1 %. enter shows where the budget went."
    )

    _silent = 0
    """How many budgets nothing is known of."""

    def draw(self, board: Board, view: View) -> Sequence[TableRow]:
        """Turn a Board into rows."""
        return draw(board, view)

    def show_board(self, board: Board, view: View) -> bool:
        """Budgets are no rows of the Board: their level is their own, and so are the windows that columns are of."""
        self._name_burns(titles(board.budgets))
        silent = sum(budget.remaining_ratio is None for budget in board.budgets)
        if silent != self._silent:
            # "no data" is the widest word there is, and mostly soon over.
            self._silent = silent
            self.forget_widths()
        done = super().show_board(board, view)
        self.level = max((promises.level(budget) for budget in board.budgets), key=LEVELS.index, default="ok")
        return done

    def _name_burns(self, heads: Sequence[str]) -> None:
        named = dict(zip((*_BURNS, _QUICK), heads, strict=True))
        columns = tuple(column._replace(title=named.get(column.key, column.title)) for column in COLUMNS)
        if columns != self.columns:
            self.columns = columns
            self.forget_widths()
            self.refresh()
