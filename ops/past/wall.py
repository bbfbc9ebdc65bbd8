"""Clocks on walls: what a moment is called in a time zone, and which moment a wall clock means."""

import time
from datetime import UTC, datetime, tzinfo

Zone = tzinfo | None
"""A time zone; None is that of this machine."""


def wall_clock(at: float, zone: Zone) -> datetime:
    """What a clock in that zone shows at a moment (UTC seconds), without its zone."""
    return datetime.fromtimestamp(at, zone).replace(tzinfo=None)


def moment_of(wall: datetime, zone: Zone, now: float) -> float:
    """UTC seconds when a clock in that zone shows this.

    Of an hour that happens twice, when clocks are set back, it is the later one that is not after `now`. A time that
    clocks skip, when they are set forward, counts on from where they skipped: 02:30 is then 03:30. Raises ValueError,
    OverflowError or OSError for what no clock of this machine knows.
    """
    first, second = (wall.replace(tzinfo=zone, fold=fold).timestamp() for fold in (0, 1))
    return second if first < second <= now else first


def zone_name(at: float, zone: Zone) -> str:
    """What the zone is called at that moment: "UTC", "CET"."""
    return datetime.fromtimestamp(at, zone).tzname() or "" if zone else time.strftime("%Z", time.localtime(at))


def moment(at: float, zone: Zone = UTC) -> str:
    """A moment for people: "Fri 2026-11-20 03:10:00 UTC"."""
    return f"{wall_clock(at, zone):%a %Y-%m-%d %H:%M:%S} {zone_name(at, zone)}"
