"""A fix that is asked for by its name: a `[[fix]]` or an action, and the rows that it can mean."""

from collections.abc import Sequence

from collectors.text import clean
from ops.actions.base import Offer
from ops.actions.errors import Refused
from ops.board import Board, Row
from ops.config.names import did_you_mean, nearest
from ops.errors import UsageError
from ops.fixes import own, when
from ops.fixes.offers import Shelf, of_row
from ops.fixes.related import fails


def named(board: Board, name: str, row_word: str, shelf: Shelf) -> tuple[Offer, ...]:
    """The offers that are meant, one for each row that it fits, best first where a row has several.

    Without a row: those that are not well and that it fits. With one (its id, or its name): that one, for a `[[fix]]`
    in whatever state it is. Raises UsageError for what nothing is called, Refused where it fits nothing.
    """
    fix = shelf.fix(name)
    if fix is None and name not in shelf.actions:
        hint = did_you_mean(name, _names(shelf), "`watchfloor fix list --all` shows what there is")
        raise UsageError(f'no fix is called "{clean(name)}"; {hint}')
    rows = called(board, row_word) if row_word else [row for row in board.rows if fails(row)]
    if fix is not None:
        fits = when.names if row_word else when.matches
        offers = [own.offer_of(fix, board, row, shelf.actions) for row in rows if fits(fix.when, row)]
        found = tuple(offer for offer in offers if offer is not None)
    else:
        found = tuple(offer for row in rows for offer in _best(board, row, name, shelf))
    if not found:
        raise Refused(_nothing(board, name, rows if row_word else (), shelf), "look with `watchfloor fix list --all`")
    return found


def called(board: Board, word: str) -> list[Row]:
    """The row with that id, else every row with that name. Raises UsageError where there is none."""
    row = board.row(word)
    found = [row] if row is not None else [row for row in board.rows if word in (row.name, row.called)]
    if not found:
        raise UsageError(f'no row is called "{clean(word)}"; {_like(word, board)}')
    return found


def _like(word: str, board: Board) -> str:
    close = nearest(word, [row.id for row in board.rows]) or nearest(word, [row.name for row in board.rows])
    return f'did you mean "{close}"?' if close else "`watchfloor board` shows all"


def _names(shelf: Shelf) -> Sequence[str]:
    return [*(fix.name for fix in shelf.fixes), *shelf.actions]


def _best(board: Board, row: Row, name: str, shelf: Shelf) -> tuple[Offer, ...]:
    offers = [offer for offer in of_row(board, row, shelf) if offer.action == name and not offer.fix]
    return tuple(sorted(offers, key=lambda offer: -offer.score))


def _nothing(board: Board, name: str, rows: Sequence[Row], shelf: Shelf) -> str:
    shown = clean(name)
    if rows:
        states = ", ".join(f"{row.id}, which is {row.word}" for row in rows[:3])
        return f"{shown} does not fit {states}"
    fix = shelf.fix(name)
    meant = [row for row in board.rows if fix is not None and when.names(fix.when, row)]
    if meant:
        states = ", ".join(f"{row.id} is {row.word}" for row in meant[:3])
        return f"{shown} has nothing to do: {states}; name the row to have it done nevertheless"
    return f"{shown} fits nothing that is not well"
