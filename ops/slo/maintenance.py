"""Planned work: when a `[[maintenance]]` of the config takes time out of the SLOs that it is for.

Clocks that change: a length is always real time. A start that the clock skips (02:30 in the spring) is taken by the
clock as it was before, one hour later on the new one (03:30); one that comes twice is taken the first time. A day of
the month that a month has not (31) is left out there.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Literal, NamedTuple

from collectors.globs import matches
from ops.config.structs import Maintenance
from ops.slo.calendar import zone
from ops.slo.exclusions import Span

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EVERY = re.compile(r"(?P<day>day|[a-z]{3}|\d{1,2}) (?P<hour>\d{2}):(?P<minute>\d{2})")
_DAY_S = 86400.0


class Every(NamedTuple):
    """When something comes again: each day, on one day of the week (0 is Monday) or of the month, at a time of day."""

    unit: Literal["day", "week", "month"]
    day: int
    at: time

    @property
    def shortest_s(self) -> float:
        """The shortest that can lie between two of them."""
        return {"day": 23 / 24, "week": 7 - 1 / 24, "month": 28 - 1 / 24}[self.unit] * _DAY_S

    def falls_on(self, day: date) -> bool:
        """Whether it comes on that day."""
        return self.unit == "day" or self.day == (day.weekday() if self.unit == "week" else day.day)


def read_every(text: str) -> Every:
    """Read "day 02:00", "sun 03:00" or "1 04:00". Raises ValueError with a sentence for anything else."""
    found = _EVERY.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError(f'"{text}" is no time that comes again; write "day 02:00", "sun 03:00" or "1 04:00"')
    hour, minute, day = int(found["hour"]), int(found["minute"]), found["day"]
    if hour > 23 or minute > 59:
        raise ValueError(f'there is no {found["hour"]}:{found["minute"]}; a day has "00:00" to "23:59"')
    at = time(hour, minute)
    if day == "day":
        return Every("day", 0, at)
    if day in WEEKDAYS:
        return Every("week", WEEKDAYS.index(day), at)
    if not day.isdigit():
        raise ValueError(f'"{day}" is no day; write "day", {", ".join(WEEKDAYS)}, or a day of the month')
    if not 1 <= int(day) <= 31:
        raise ValueError(f"there is no day {day} in any month")
    return Every("month", int(day), at)


def spans(work: Maintenance, start: float, end: float) -> Iterator[Span]:
    """The stretches of one piece of work that touch [start, end), UTC seconds, rising."""
    if work.start is not None:
        begins = work.start.timestamp()
        if begins < end and begins + work.length > start:
            yield begins, begins + float(work.length)
        return
    every, here = read_every(work.every), zone(work.time_zone)
    day = datetime.fromtimestamp(start - work.length, here).date() - timedelta(days=1)
    last = datetime.fromtimestamp(end, here).date()
    while day <= last:
        if every.falls_on(day):
            begins = datetime.combine(day, every.at, here).timestamp()
            if begins < end and begins + work.length > start:
                yield begins, begins + float(work.length)
        day += timedelta(days=1)


def is_for(work: Maintenance, slo: str) -> bool:
    """Whether it is for the SLO of that name."""
    return matches(slo, work.slos)
