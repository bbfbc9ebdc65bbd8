"""Objectives and series for tests: one promise, and what was counted of it."""

from typing import Any

from collectors.units import Duration
from ops.config.structs import Slo
from ops.slo.objectives import Objective, objectives
from ops.slo.series import Series
from ops.store.contract import Slot
from ops.store.minutes import pack_minutes

START = 1_800_000_000.0
"""A Friday, 08:00 UTC: a whole hour."""
DAY = 86400.0


def objective(percent: float = 99.9, days: float = 30, kind: str = "availability", **settings: Any) -> Objective:
    """The objective of that kind of an SLO of the service api, over a rolling window of that many days."""
    window = Duration(days * DAY)
    made = objectives(Slo(service="api", objective=percent, window=window, **settings))
    return next(one for one in made if one.kind == kind)


def hour_slot(at: float, total: int, bad: int, minutes: int = 60) -> Slot:
    """An hour's slot, what it counted spread evenly over its first minutes."""
    parts = [
        (
            minute,
            total * (minute + 1) // minutes - total * minute // minutes,
            bad * (minute + 1) // minutes - bad * minute // minutes,
        )
        for minute in range(minutes)
    ]
    packed = pack_minutes(part for part in parts if part[0] < minutes)
    return Slot(at=at, total=total, failed=bad, minutes=packed)


def whole_window(one: Objective, total: int, bad: int, end: float = START) -> Series:
    """A series that knows the whole window until `end`: the counts spread evenly over its hours."""
    series = Series(one)
    hours = round(one.period.longest_s / 3600)
    for hour in range(hours):
        here = total * (hour + 1) // hours - total * hour // hours
        worse = bad * (hour + 1) // hours - bad * hour // hours
        series.load(hour_slot(end - 3600.0 * (hours - hour), here, worse), 3600)
    return series
