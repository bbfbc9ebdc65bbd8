"""What can be done about a row, best first: every action that fits it, and every `[[fix]]` that is meant for it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from ops.actions.base import Action, Offer
from ops.board import Board, Cause, Row
from ops.config.fixing import Fix
from ops.fixes import own
from ops.fixes.price import price
from ops.fixes.record import Key, key_of, weight
from ops.fixes.related import causes_of, related
from ops.fixes.structs import Offered, Record
from ops.redact import shown

HELPS = 50
"""The score of what helps often."""
MOST = 100
"""Offers on one row, and kinds of offers on several: of those none is ever cut in half."""


class Shelf(msgspec.Struct, frozen=True, kw_only=True):
    """Where offers come from, and what is known of how they did."""

    actions: Mapping[str, Action]
    fixes: Sequence[Fix] = ()
    records: Mapping[Key, Record] = {}

    def record(self, offer: Offer) -> Record:
        """How it did on that row before."""
        return self.records.get(key_of(offer.action, offer.row, offer.fix), Record())

    def fix(self, name: str) -> Fix | None:
        """The `[[fix]]` of that name."""
        return next((fix for fix in self.fixes if fix.name == name), None)


class _Found(NamedTuple):
    offer: Offer
    explains: str = ""
    first: bool = False
    """From a row that is ok."""
    at_cause: bool = False
    place: int = 0
    """Of the cause among those of the chosen row, likeliest first; what is meant for the cause before what is not."""


def offered(board: Board, row_ids: Sequence[str], shelf: Shelf) -> tuple[Offered, ...]:
    """What fits all of these rows, best first; nothing in the past. `allowed` is for the desk to fill.

    The rule: what mends the cause comes before what mends its consequences. First each `[[fix]]` that acts on the
    cause of the chosen row's trouble, or is meant for it: of several causes the likeliest first, of a row that is ok
    the likeliest of all. Then what else is offered there: all of it for a row that is ok, else what helps often (50 and
    more); then every other `[[fix]]`; then the rest. Within these the score decides: 0 to 100 as the action says, 30
    less for a container or process that is well while its service is not, and up to 10 more or less by the record
    (`ops.fixes.record.weight`). A `[[fix]]` that does just what was discovered too takes its place.
    """
    rows = [row for row in map(board.row, dict.fromkeys(row_ids)) if row is not None]
    if board.mode == "replayed" or not rows or len(rows) < len(set(row_ids)):
        return ()
    found = _around(board, rows[0], shelf) if len(rows) == 1 else _together(board, rows, shelf)
    return tuple(_priced(board, one, shelf) for one in found)


def of_row(board: Board, row: Row, shelf: Shelf) -> Iterator[Offer]:
    """Offers that a row gives by itself, in no order; a `[[fix]]` may act on another row."""
    taken: set[tuple[object, ...]] = set()
    rows = [other for other in board.rows if other.target == row.target]
    for offer in own.fitting(shelf.fixes, board, row, shelf.actions):
        taken.add(_does(offer))
        yield offer
    for action in shelf.actions.values():
        if row.kind in action.kinds:
            yield from (offer for offer in action.offers(row, rows) if _does(offer) not in taken)


def _does(offer: Offer) -> tuple[object, ...]:
    asked = frozenset(param.name for param in offer.ask)
    return offer.action, offer.row, frozenset(offer.params.items()), asked


def _around(board: Board, chosen: Row, shelf: Shelf) -> list[_Found]:
    causes = causes_of(board, chosen)
    roots = {cause.row for cause in causes}
    found = [
        one._replace(place=2 * place + one.place)
        for place, cause in enumerate(causes)
        for one in _meant_for(cause, board, chosen, shelf)
    ]
    found += [_Found(offer, at_cause=chosen.id in roots) for offer in of_row(board, chosen, shelf)]
    for other in related(board, chosen):
        for offer in of_row(board, other.row, shelf):
            lowered = 0 if offer.fix else other.lowered
            made = replace(offer, score=max(0, offer.score - lowered), verify_row=_proves(offer, other.row, chosen))
            found.append(_Found(made, other.explains, other.first, other.row.id in roots))
    order = _order(shelf)
    return sorted(_once(found), key=lambda one: (_rank(one), one.place, *order(one.offer)))[:MOST]


def _meant_for(cause: Cause, board: Board, chosen: Row, shelf: Shelf) -> Iterator[_Found]:
    """Each `[[fix]]` for the cause itself, and those that act on it for what fails through it, or soon will."""
    explains = "" if chosen.id == cause.row else f"likely cause: {cause.text}"
    for row in filter(None, map(board.row, (cause.row, *cause.affected))):
        for offer in own.fitting(shelf.fixes, board, row, shelf.actions):
            if cause.row in (row.id, offer.row):
                made = replace(offer, verify_row=offer.verify_row or row.id)
                yield _Found(made, explains, chosen.level == "ok", True, int(row.id != cause.row))
    for offer in own.about_to_fit(shelf.fixes, board, cause.row, shelf.actions):
        yield _Found(offer, explains, chosen.level == "ok", True, 1)


def _rank(one: _Found) -> int:
    if one.at_cause and one.offer.fix:
        return 0
    if one.first or (one.at_cause and one.offer.score >= HELPS):
        return 1
    return 2 if one.offer.fix else 3


def _once(found: Iterable[_Found]) -> Iterator[_Found]:
    """The same thing on the same row is offered once, as it was found first."""
    seen: set[tuple[object, ...]] = set()
    for one in found:
        same = (*_does(one.offer), one.offer.fix)
        if same not in seen:
            seen.add(same)
            yield one


def _proves(offer: Offer, acted: Row, chosen: Row) -> str:
    """A row that is well can't show that anything was fixed: then the chosen one does."""
    return offer.verify_row or (chosen.id if acted.level == "ok" and acted.id == offer.row else "")


def _order(shelf: Shelf) -> Callable[[Offer], tuple[bool, float, str]]:
    return lambda offer: (not offer.fix, -_worth(offer, shelf), offer.title)


def _worth(offer: Offer, shelf: Shelf) -> float:
    return offer.score + weight(shelf.record(offer))


def _together(board: Board, rows: Sequence[Row], shelf: Shelf) -> list[_Found]:
    """Only what each of the rows is offered, that action's best for each; rows in the order in which they were marked.

    What acts on the same row for two of them is offered once. Ranked by the mean of the scores.
    """
    groups: dict[tuple[str, str], list[Offer]] = {}
    for row in rows:
        best: dict[tuple[str, str], Offer] = {}
        for offer in sorted(of_row(board, row, shelf), key=_order(shelf)):
            best.setdefault((offer.fix, offer.action), offer)
        for group, offer in best.items():
            groups.setdefault(group, []).append(offer)
    fitting = [offers for offers in groups.values() if len(offers) == len(rows)]
    means = [(not offers[0].fix, -sum(_worth(offer, shelf) for offer in offers) / len(offers)) for offers in fitting]
    ranked = [offers for _, offers in sorted(zip(means, fitting, strict=True), key=lambda pair: pair[0])[:MOST]]
    return list(_once(_Found(offer) for offers in ranked for offer in offers))


def _priced(board: Board, found: _Found, shelf: Shelf) -> Offered:
    record = shelf.record(found.offer)
    return Offered(
        offer=tidy(found.offer),
        record=record,
        price=price(board, found.offer.row, expected_s(found.offer, record, shelf)),
        explains=shown(found.explains),
    )


def expected_s(offer: Offer, record: Record, shelf: Shelf) -> float | None:
    """How long users will be interrupted: measured, else as the `[[fix]]` says, else as the action does.

    None where nobody said anything, unless it is safe: then nobody notices.
    """
    fix, action = shelf.fix(offer.fix), shelf.actions[offer.action]
    if record.interrupted_s is not None:
        return record.interrupted_s
    if fix is not None and fix.interrupts is not None:
        return float(fix.interrupts)
    if action.expected_s is not None or own.ANYTHING in action.kinds:
        return action.expected_s
    return 0.0 if offer.risk == "safe" else None


def tidy(offer: Offer) -> Offer:
    """With texts that can be shown."""
    return replace(offer, title=shown(offer.title), why=shown(offer.why))
