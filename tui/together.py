"""Offers of several rows at once: those of one `[[fix]]`, or of one action, are one thing to choose. Pure."""

from collections.abc import Sequence

from ops.actions.base import Offer
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
