"""Moments of the past: each is looked at when the last whole minute that ended at or before it had just ended.

Counts are kept by minute, so that a window of n minutes then has exactly n of them.
"""

from ops.store.contract import MINUTE_S

_JUST_S = 0.001


def ended(at: float) -> float:
    """When the last whole minute ended at `at`, which is the moment that is told."""
    return at // MINUTE_S * MINUTE_S


def ending(minute: float) -> float:
    """Just before a minute ends: all of it counts, and nothing of the next."""
    return minute - _JUST_S
