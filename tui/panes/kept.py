"""Rows of tables that are kept as they were drawn, and drawn some at a time: a long list never holds up a key."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from ops.board import Board, Row
from tui.panes.cells import places, worst_first
from tui.panes.view import View
from tui.widgets.columns import Cell, TableRow

AT_ONCE = 120
"""Rows drawn in one turn of the event loop: 3 ms."""
Draw = Callable[[Row, Cell, float, View], TableRow]
"""Draws a row, with the cell of its host, for a moment (UTC seconds) and a view."""


class _Kept(NamedTuple):
    row: Row
    host: Cell
    ages: tuple[int, int]
    drawn: TableRow


class Turn:
    """What may still be drawn in this turn."""

    def __init__(self, most: int) -> None:
        self.left = most
        self.unfinished = False
        """Whether rows were left out, so that what was drawn is not to be shown."""


_kept: dict[tuple[Draw, tuple[str, ...]], tuple[View, dict[str, _Kept]]] = {}
_turns: list[Turn] = []


@contextmanager
def turn(most: int = AT_ONCE) -> Iterator[Turn]:
    """Draw no more than so many rows anew; outside of a turn there is no limit."""
    _turns.append(Turn(most))
    try:
        yield _turns[-1]
    finally:
        _turns.pop()


def rows_of(board: Board, view: View, kinds: tuple[str, ...], draw: Draw) -> list[TableRow]:
    """Draw the rows of some kinds, worst first."""
    return drawn(worst_first(board.of(*kinds)), board, view, draw, kinds)


def drawn(rows: Sequence[Row], board: Board, view: View, draw: Draw, kinds: tuple[str, ...] = ()) -> list[TableRow]:
    """Draw rows in their order, each only when something of it can look different; `kinds` tells callers apart.

    In a turn that may draw no more, the rest is left out: the same call in a later turn goes on from there.
    """
    where, now, limit = places(board), board.at, _turns[-1] if _turns else None
    seen = View(view.window, view.glyphs)
    of_view, before = _kept.get((draw, kinds), (seen, {}))
    known = before if of_view == seen else {}
    after: dict[str, _Kept] = {}
    for row in rows:
        host, ages, kept = where(row), _ages(row, now), known.get(row.id)
        if kept is None or kept.row is not row or kept.ages != ages or kept.host != host:
            if limit is None or limit.left > 0:
                kept = _Kept(row, host, ages, draw(row, host, now, view))
                if limit is not None:
                    limit.left -= 1
            else:
                limit.unfinished = True
        if kept is not None:
            after[row.id] = kept
    _kept[draw, kinds] = seen, after
    return [each.drawn for each in after.values()]


def _ages(row: Row, now: float) -> tuple[int, int]:
    """What of the time can be seen of a row: how long it is so, by the second only while it is news; how old it is."""
    since = int(now - row.since)
    news = row.level != "ok" and since < 300
    return since if news else since // 60, int(now - row.at) if row.stale and row.at is not None else 0
