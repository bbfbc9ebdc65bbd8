"""Periods that budgets are for, and days: rolling ones, and the calendar's in a time zone."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import msgspec

_UNITS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
LONGEST_MONTH_S = 31 * 86400.0


class Stretch(NamedTuple):
    """A stretch of time, UTC seconds, with its name: "30 d", "November 2026", "2026-11-21"."""

    start: float
    end: float
    name: str

    @property
    def length_s(self) -> float:
        """How long it is; months and days of a time zone differ by an hour when its clocks change."""
        return self.end - self.start


class Rolling(msgspec.Struct, frozen=True):
    """Always the last so many seconds."""

    length_s: float

    @property
    def longest_s(self) -> float:
        """The longest that it can be."""
        return self.length_s

    def at(self, now: float) -> Stretch:
        """The stretch that ends at `now`."""
        return Stretch(now - self.length_s, now, span_text(self.length_s, " "))


class Month(msgspec.Struct, frozen=True):
    """The calendar month of a time zone, from its first midnight to the next month's."""

    time_zone: str = "UTC"

    @property
    def longest_s(self) -> float:
        """The longest that it can be, but for an hour of clock change."""
        return LONGEST_MONTH_S

    def at(self, now: float) -> Stretch:
        """The whole month that `now` is in."""
        local = datetime.fromtimestamp(now, zone(self.time_zone))
        return _month(self.time_zone, local.year, local.month)


Period = Rolling | Month


@lru_cache(maxsize=256)
def _month(time_zone: str, year: int, month: int) -> Stretch:
    here = zone(time_zone)
    after = (year + 1, 1) if month == 12 else (year, month + 1)
    start, end = datetime(year, month, 1, tzinfo=here), datetime(*after, 1, tzinfo=here)
    return Stretch(start.timestamp(), end.timestamp(), f"{_MONTHS[month - 1]} {year}")


def zone(name: str) -> tzinfo:
    """The time zone of that name. Raises ValueError with a sentence when there is none."""
    if name.upper() in ("UTC", "Z"):
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f'there is no time zone "{name}"') from error


@cache
def zone_names() -> tuple[str, ...]:
    """The names of all time zones that this machine knows."""
    return tuple(sorted({"UTC", *available_timezones()}))


def days(time_zone: str, start: float, end: float) -> Iterator[Stretch]:
    """The days of a time zone that touch [start, end), each whole, from midnight to midnight: 23, 24 or 25 hours."""
    here = zone(time_zone)
    day = datetime.fromtimestamp(start, here).date()
    while (begins := midnight(day, here)) < end:
        after = day + timedelta(days=1)
        yield Stretch(begins, midnight(after, here), day.isoformat())
        day = after


def midnight(day: date, here: tzinfo) -> float:
    """When a day begins; where clocks skip midnight, the moment that they do, where it comes twice, the first."""
    return datetime(day.year, day.month, day.day, tzinfo=here).timestamp()


def span_text(seconds: float, between: str = "") -> str:
    """A length in its largest whole unit: "5m", "1h", "3d"; "90m" is not whole hours."""
    for size, unit in _UNITS:
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:.0f}{between}{unit}"
    return f"{seconds:g}{between}s"
