"""Counters between two polls: how much each rose, per second or in all. Pure."""

from collections.abc import Mapping

import msgspec


class Sample(msgspec.Struct, frozen=True):
    """Counters at one moment; `at` is in seconds of a clock that never steps."""

    at: float
    counters: Mapping[str, float | None]


def rise(before: Sample | None, after: Sample, name: str) -> float | None:
    """By how much a counter rose; None without both figures, and when it fell: then it began anew in between."""
    old, new = before.counters.get(name) if before else None, after.counters.get(name)
    return new - old if old is not None and new is not None and new >= old else None


def rate(before: Sample | None, after: Sample, name: str) -> float | None:
    """The rise per second; None where the rise is, and when no time has passed."""
    risen = rise(before, after, name)
    return None if risen is None or before is None or after.at <= before.at else risen / (after.at - before.at)


def trend(before: Sample | None, after: Sample, name: str) -> float | None:
    """The change per second of a figure that may also fall."""
    old, new = before.counters.get(name) if before else None, after.counters.get(name)
    if before is None or old is None or new is None or after.at <= before.at:
        return None
    return (new - old) / (after.at - before.at)


def share(before: Sample | None, after: Sample, part: str, rest: str) -> float | None:
    """The share (0 to 1) that one counter has of its rise and that of another; None when neither rose."""
    of_part, of_rest = rise(before, after, part), rise(before, after, rest)
    if of_part is None or of_rest is None or not of_part + of_rest:
        return None
    return of_part / (of_part + of_rest)
