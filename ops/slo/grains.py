"""Grains: the counts of an objective over its window in pieces, hours where all was well and minutes elsewhere."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ops.slo.exact import allowed
from ops.slo.exclusions import Exclusions
from ops.slo.kept import begins, is_bad_slice
from ops.slo.objectives import Objective
from ops.slo.row_slots import RowSlots
from ops.slo.slots import measured_hour
from ops.store.contract import HOUR_S, MINUTE_S, Slot

_CLOSELY = 12
"""So many of the worst hours are looked at by the minute, where that takes latencies."""


class Grain(NamedTuple):
    """What was counted in one piece of time."""

    at: float
    length_s: float
    """An hour, a minute, or a slice of time where the objective counts those."""
    total: int
    bad: int
    """Events, or slices where the objective counts those. Of none the source was read, and nobody asked."""


def grains_of(
    read: RowSlots, objective: Objective, excluded: Exclusions, begin: float, cuts: Sequence[float], now: float
) -> list[Grain]:
    """Everything from `begin` on, oldest first. No piece lies on both sides of a cut (a day's end)."""
    begin = begins(begin, now)
    cut_hours = {cut // HOUR_S * HOUR_S for cut in (begin, *cuts) if cut % HOUR_S}
    hours = [(hour, _whole(read, objective, hour, excluded)) for hour in read.hours if hour.at + HOUR_S > begin]
    closely = _closely(objective, [grain for _, grain in hours if grain is not None])
    found: list[Grain] = []
    for hour, whole in hours:
        if hour.at in cut_hours or hour.at in closely or hour.at + HOUR_S > read.until:
            minutes = _minutes(read, objective, hour, excluded) or ([whole] if whole else [])
            found += (grain for grain in minutes if grain.at >= begin)
        elif whole is not None:
            found.append(whole)
    return found


def minutes_of(read: RowSlots, objective: Objective, at: float, excluded: Exclusions) -> list[Grain]:
    """The pieces of the hour that begins at `at`, by the minute."""
    hour = next((hour for hour in read.hours if hour.at == at), None)
    return _minutes(read, objective, hour, excluded) if hour else []


def _closely(objective: Objective, wholes: Sequence[Grain]) -> frozenset[float]:
    """The hours in which something was bad; of latencies those that burned, and of them the worst."""
    if objective.limit_s is None:
        return frozenset(grain.at for grain in wholes if grain.bad)
    burned = [grain for grain in wholes if burns(objective, grain)]
    return frozenset(grain.at for grain in sorted(burned, key=lambda grain: -grain.bad)[:_CLOSELY])


def burns(objective: Objective, grain: Grain) -> bool:
    """Whether more was bad than is allowed in the long run."""
    limit = allowed(objective.percent)
    return grain.bad * limit.denominator > grain.total * limit.numerator


def _whole(read: RowSlots, objective: Objective, hour: Slot, excluded: Exclusions) -> Grain | None:
    """The hour as one; None where nothing is known of it."""
    answers = read.answers(hour) if objective.limit_s is not None else None
    share = hour.total and (answers.count / hour.total if answers is not None else 1.0)
    measured = objective.measured(hour.total, hour.failed, answers)
    found = measured_hour(objective, hour, hour, measured, share, excluded)
    total, bad = found.slices if objective.slice_s else (found.total, found.bad)
    return Grain(hour.at, float(HOUR_S), total, bad) if found.is_known else None


def _minutes(read: RowSlots, objective: Objective, hour: Slot, excluded: Exclusions) -> list[Grain]:
    answers = objective.limit_s is not None
    found = []
    for minute in read.minutes(hour) if answers else read.counts(hour):
        measured = objective.measured(minute.total, minute.failed, read.answers(minute) if answers else None)
        if (measured[0] or not minute.total) and not excluded.covers(minute.at):
            found.append(Grain(minute.at, float(MINUTE_S), *measured))
    return list(_slices(objective, found)) if objective.slice_s else found


def _slices(objective: Objective, minutes: Sequence[Grain]) -> Iterator[Grain]:
    """One grain for each slice: known, and bad or not."""
    counts: dict[float, tuple[int, int]] = {}
    for grain in minutes:
        at = grain.at // objective.slice_s * objective.slice_s
        total, bad = counts.get(at, (0, 0))
        counts[at] = total + grain.total, bad + grain.bad
    for at, (total, bad) in counts.items():
        yield Grain(at, objective.slice_s, 1, int(is_bad_slice(objective, total, bad)))
