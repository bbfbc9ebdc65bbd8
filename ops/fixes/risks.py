"""How grave a fix is: never by the word of whoever asks for it."""

from ops.actions.base import Action, Offer, Risk
from ops.board import Board
from ops.fixes import own
from ops.fixes.offers import Shelf, of_row


def risk_of(board: Board, offer: Offer, action: Action, shelf: Shelf, *, lost: bool = False) -> Risk:
    """The offer's own, but that an action which loses something says so, unless what it offers now says otherwise.

    An offer may come from elsewhere than a menu: a job that is run again, what undoes one. `lost` is whether its dry
    run said that something goes for good: then only the config's word that nobody misses it makes it less.
    """
    fix, usual = shelf.fix(offer.fix), "loses" if lost else offer.risk
    if fix is not None and (fix.loses or (fix.loses is False and own.is_as_set(fix, offer))):
        return own.risk_by(fix, usual)
    if lost:
        return "loses"
    row = board.row(offer.row)
    if action.risk != "loses" or (row is not None and any(_harmless(one, offer) for one in of_row(board, row, shelf))):
        return offer.risk
    return "loses"


def _harmless(known: Offer, offer: Offer) -> bool:
    same = (known.action, known.row) == (offer.action, offer.row)
    return same and known.risk != "loses" and all(offer.params.get(name) == it for name, it in known.params.items())
