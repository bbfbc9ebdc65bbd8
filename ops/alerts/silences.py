"""Silences: which one an alert falls under, how many there are, and which end soon while it is not over."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ops.alerts.matchers import holds
from ops.alerts.structs import Alert, Silence, Silenced

SOON_S = 900.0
"""So long before a silence ends it is told; of a short one only in the last quarter of it."""
_LAST_PART = 4


class Ending(NamedTuple):
    """A silence that ends soon, while so many of its alerts still fire."""

    silence: Silence
    firing: int


def silenced_by(labels: Mapping[str, str], silences: Iterable[Silence], now: float) -> Silence | None:
    """The active silence that those labels fall under; of several the one that ends last."""
    active = (one for one in silences if one.state(now) == "active" and holds(one.matchers, labels))
    return max(active, key=lambda one: one.end, default=None)


def overview(
    silences: Sequence[Silence], windows: Iterable[float], alerts: Iterable[Alert], quiet: Iterable[str], now: float
) -> Silenced:
    """For the header. `windows`: ends of the `[[quiet]]` that stand now; `quiet`: keys that either holds back."""
    ends = [*(one.end for one in silences if one.state(now) == "active"), *windows]
    keys = frozenset(quiet)
    held = sum(alert.firing and alert.key in keys for alert in alerts)
    return Silenced(count=len(ends), alerts=held, next_end=min(ends, default=None))


def ending(silences: Iterable[Silence], alerts: Sequence[Alert], now: float) -> list[Ending]:
    """Those that end within a quarter of an hour although what they are for still fires; the next to end first.

    Of one that is shorter than an hour it is the last quarter of its length: nobody has to hear at once of what he has
    just made.
    """
    soon = [one for one in silences if one.state(now) == "active" and one.end - now <= _told_before(one)]
    counted = (Ending(one, sum(alert.firing and holds(one.matchers, alert.labels) for alert in alerts)) for one in soon)
    return sorted((one for one in counted if one.firing), key=lambda one: one.silence.end)


def _told_before(silence: Silence) -> float:
    return min(SOON_S, (silence.end - silence.start) / _LAST_PART)
