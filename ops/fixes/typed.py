"""What a person must type before a fix that is not to be done by a yes alone. Pure."""

from collections.abc import Sequence

from ops.actions.base import Risk
from ops.board import Row
from ops.fixes.structs import Plan

_TYPABLE = 60


def typed_name(row: Row, risk: Risk, environment: str) -> str:
    """What must be typed: the row's name, where something is lost and in production; "" where a yes is enough.

    A name that no keyboard has is not asked for; its kind is.
    """
    if risk != "loses" and environment != "production":
        return ""
    plain = row.name.isascii() and row.name.isprintable() and row.name.strip() == row.name
    return row.name if plain and 0 < len(row.name) <= _TYPABLE else row.kind


def to_type(plans: Sequence[Plan]) -> str:
    """What stands before these plans: the name, and for several the first one and how many more there are."""
    names = [plan.typed for plan in plans if plan.typed]
    return names[0] + (f" +{len(names) - 1}" if len(names) > 1 else "") if names else ""
