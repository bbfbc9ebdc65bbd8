"""Offers of several rows at once: those of one `[[fix]]`, or of one action, are one thing to choose. Pure."""

from collections.abc import Sequence

import msgspec

from ops.actions.base import Offer
from ops.board import Board, Row
from ops.fixes.structs import Offered

Group = tuple[Offered, ...]


def same_fix(one: Offer, other: Offer) -> bool:
    """Whether a person would choose them together."""
    return (one.fix, one.action) == (other.fix, other.action)


def grouped(offers: Sequence[Offered]) -> list[Group]:
    """By `[[fix]]` and action, in the order in which the first of each came."""
    groups: dict[tuple[str, str], list[Offered]] = {}
    for offered in offers:
        groups.setdefault((offered.offer.fix, offered.offer.action), []).append(offered)
    return [tuple(group) for group in groups.values()]


def with_rows(board: Board, rows: Sequence[Row]) -> Board:
    """The Board with rows that it may not have, or not as they were shown; those take the place of its own."""
    if not rows or board.mode == "replayed":
        return board
    own = {row.id for row in rows}
    return msgspec.structs.replace(board, rows=(*(row for row in board.rows if row.id not in own), *rows))
