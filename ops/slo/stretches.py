"""Stretches that spent a budget: the worst ten minutes, and unbroken outages."""

from collections.abc import Sequence
from typing import NamedTuple

from ops.slo.grains import Grain, burns
from ops.slo.objectives import Objective
from ops.store.contract import HOUR_S, MINUTE_S

TEN_MINUTES_S = 600.0


class Stretch(NamedTuple):
    """A stretch of time and what was counted in it."""

    start: float
    end: float
    total: int
    bad: int


def worst_of(grains: Sequence[Grain], most: int) -> list[Stretch]:
    """The ten minutes with the most bad events, and those after them, without overlaps; each begins with a bad minute.

    Hours that were not looked at by the minute have no part in it.
    """
    fine = [grain for grain in grains if grain.length_s < HOUR_S]
    found: list[Stretch] = []
    for stretch in sorted(_tens(fine), key=lambda stretch: (-stretch.bad, stretch.start)):
        if all(stretch.end <= other.start or stretch.start >= other.end for other in found):
            found.append(stretch)
            if len(found) == most:
                break
    return found


def _tens(fine: Sequence[Grain]) -> list[Stretch]:
    """The ten minutes from each piece in which something was bad."""
    found = []
    last = total = bad = 0
    for grain in fine:
        end = grain.at + TEN_MINUTES_S
        while last < len(fine) and fine[last].at < end:
            total, bad = total + fine[last].total, bad + fine[last].bad
            last += 1
        if grain.bad:
            found.append(Stretch(grain.at, end, total, bad))
        total, bad = total - grain.total, bad - grain.bad
    return found


def spells_of(objective: Objective, grains: Sequence[Grain]) -> list[Stretch]:
    """Each unbroken stretch that burned faster than allowed, oldest first: one good piece, or a gap, ends it.

    Pieces in which nobody asked are a gap: they are no sign that it was over.
    """
    gap_s = max(objective.step_s, objective.slice_s, MINUTE_S)
    found: list[Stretch] = []
    broken = True
    for grain in grains:
        if not grain.total:
            continue
        if grain.length_s >= HOUR_S > objective.slice_s or not burns(objective, grain):
            broken = True
            continue
        end = grain.at + grain.length_s
        if broken or grain.at - found[-1].end > gap_s:
            found.append(Stretch(grain.at, end, grain.total, grain.bad))
        else:
            before = found[-1]
            found[-1] = Stretch(before.start, end, before.total + grain.total, before.bad + grain.bad)
        broken = False
    return found
