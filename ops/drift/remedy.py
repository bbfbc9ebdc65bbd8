"""What puts a difference right, in one sentence: the same one on the screen and in the command. Pure."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ops.drift.source import DriftSource
from ops.drift.structs import DIGEST, Difference
from ops.fixes.structs import Offered
from ops.redact import shown


class Remedy(NamedTuple):
    """What puts a difference right."""

    fix: str = ""
    """The fix that fits best, how many more there are, and what may be in its way."""
    by_hand: str = ""
    """What a person should do, where nothing is offered."""


def remedy(source: DriftSource, one: Difference) -> Remedy:
    """Look what is offered for it; it may read files. Raises DriftError."""
    offered = source.offers(one) if one.kind != "unreadable" else ()
    if not offered:
        return Remedy(by_hand=shown(source.by_hand(one)))
    return Remedy(fix=sentence(offered, one, lambda: source.by_hand(one)))


def sentence(offered: Sequence[Offered], one: Difference, by_hand: Callable[[], str]) -> str:
    """Of what is offered, best first, the best. What only its plan can tell is said to be so."""
    best = offered[0]
    more = f" (and {len(offered) - 1} more)" if len(offered) > 1 else ""
    denied = f" (not now: {shown(best.allowed)})" if best.allowed else ""
    doubt = ""
    if needs_found(one):
        doubt = f"; only a digest of what was agreed is kept: where its plan can't find the value, by hand: {by_hand()}"
    return f"{best.offer.title} [{best.offer.action}]{more}{denied}{shown(doubt)}"


def needs_found(one: Difference) -> bool:
    """Whether what was agreed is a value of which only a digest is kept, so that it must be found elsewhere."""
    if one.kind == "added":
        return False
    agreed = (one.before, *one.facts.values())
    return any(DIGEST in text for value in agreed for text in (value if isinstance(value, tuple) else (str(value),)))
