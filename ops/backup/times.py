"""When backups are due: times of day in a time zone, jitter, missed ones caught up once, and what to read again. Pure.

A time that a clock change skips comes as much later as the clocks went forward; one that comes twice counts the first
time. Records of the book that lie in the future, because a clock was wrong, count up to an hour ahead and no further.
"""

import calendar
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from hashlib import sha256
from typing import Literal, NamedTuple

from collectors.backup import Schedule
from ops.backup.structs import Event
from ops.slo.calendar import zone

DAY_S = 86400.0
TOLERANCE_S = 3600.0
"""How far a record may lie in the future and still count: a clock that was put right."""
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_LONGEST_BACK = 370
"""Days that are looked through for a time; each month has one."""

Period = Literal["daily", "weekly", "monthly"]


class Clock(NamedTuple):
    """A time that comes again: each day, each week on `day` (0 is Monday), each month on `day` (1 to 31)."""

    period: Period
    at: time
    day: int = 0

    def falls_on(self, day: date) -> bool:
        """Whether it comes on that day; in a short month the last day stands for those that it has not."""
        if self.period == "weekly":
            return day.weekday() == self.day
        if self.period == "monthly":
            return day.day == min(self.day, calendar.monthrange(day.year, day.month)[1])
        return True


class Due(NamedTuple):
    """When a run is to begin, and what for: "every", "daily", "weekly", "monthly"."""

    at: float
    names: tuple[str, ...]


def read_clock(period: str, text: str) -> Clock:
    """Read "02:00" of "daily", "sun 03:00" of "weekly", "1 04:00" of "monthly". Raises ValueError with a sentence."""
    words = text.split()
    found = _TIME.fullmatch(words[-1]) if words else None
    if found is None:
        raise ValueError(f'{period}: "{text}" has no time of day such as 02:00')
    at = time(int(found[1]), int(found[2]))
    match period, words[:-1]:
        case "daily", []:
            return Clock("daily", at)
        case "weekly", [day] if day[:3].lower() in _WEEKDAYS:
            return Clock("weekly", at, _WEEKDAYS.index(day[:3].lower()))
        case "monthly", [day] if day.isascii() and day.isdecimal() and 1 <= int(day) <= 31:
            return Clock("monthly", at, int(day))
    raise ValueError(f'{period}: "{text}" is not such as "{_EXAMPLES.get(period, "daily 02:00")}"')


_EXAMPLES = {"daily": "02:00", "weekly": "sun 03:00", "monthly": "1 04:00"}


def read_proof_clock(text: str) -> Clock | None:
    """Read what `verify` and `drill` say: "daily 05:00", "weekly sun 06:00"; None for "". Raises ValueError."""
    period, _, rest = text.strip().partition(" ")
    if period and period not in _EXAMPLES:
        raise ValueError(f'"{text}" is no "daily 05:00", "weekly sun 06:00" or "monthly 1 04:00"')
    return read_clock(period, rest) if period else None


def clocks(schedule: Schedule) -> dict[str, Clock]:
    """The times of day of a schedule, by their names. Raises ValueError with a sentence."""
    texts = {"daily": schedule.daily, "weekly": schedule.weekly, "monthly": schedule.monthly}
    return {name: read_clock(name, text) for name, text in texts.items() if text}


def faults(schedule: Schedule) -> dict[str, str]:
    """What can't be read of its times: a sentence for each, by the name of the setting."""
    found = {}
    for name in (*_EXAMPLES, "verify", "drill"):
        text = getattr(schedule, name)
        try:
            if name not in _EXAMPLES:
                read_proof_clock(text)
            elif text:
                read_clock(name, text)
        except ValueError as error:
            found[name] = str(error)
    return found


def _moments(clock: Clock, days: Iterable[date], here: tzinfo) -> Iterator[float]:
    for day in days:
        if clock.falls_on(day):
            # fold=0: the first of two, and what is skipped as much later as the clocks go forward.
            yield datetime.combine(day, clock.at, here).timestamp()


def next_at(clock: Clock, after: float, here: tzinfo) -> float:
    """The first time that is later than `after`, UTC seconds."""
    first = datetime.fromtimestamp(after, here).date() - timedelta(days=1)
    days = (first + timedelta(days=ahead) for ahead in range(_LONGEST_BACK))
    return next(moment for moment in _moments(clock, days, here) if moment > after)


def last_at(clock: Clock, now: float, here: tzinfo) -> float:
    """The last time that is not later than `now`, UTC seconds."""
    first = datetime.fromtimestamp(now, here).date() + timedelta(days=1)
    days = (first - timedelta(days=back) for back in range(_LONGEST_BACK))
    return next(moment for moment in _moments(clock, days, here) if moment <= now)


def jitter_s(name: str, moment: float, span: float) -> float:
    """How much later than `moment` the set of that name begins: 0 up to `span` seconds, always the same for both."""
    drawn = int.from_bytes(sha256(f"{name}/{moment:.0f}".encode()).digest()[:8], "big")
    return drawn / 2**64 * span


def began(events: Iterable[Event], what: str, now: float, due: str = "") -> float:
    """When what went well last began, for `due` where that is said; -inf where it never did."""
    moments = (
        event.at - event.took_s
        for event in events
        if event.what == what and event.ok and event.at <= now + TOLERANCE_S and (not due or due in event.due)
    )
    return max(moments, default=-math.inf)


def next_due(name: str, schedule: Schedule, events: Sequence[Event], now: float) -> Due | None:
    """When set `name` is to be taken next, and what for; in the past where it was missed. None without a schedule.

    Times that were missed, however many, make one run now; a set that was never taken is due at once. Of times that
    are still to come those that fall together make one. `events` are those of the set, in any order.
    """
    found = [
        (_clock_due(name, schedule, clock, began(events, "run", now, period), now), period)
        for period, clock in clocks(schedule).items()
    ]
    if schedule.every is not None:
        last = began(events, "run", now)
        found.append((_every_due(name, schedule.every, schedule.jitter, last, now), "every"))
    if not found:
        return None
    first = min(moment for moment, _ in found)
    together = max(first, now)
    return Due(first, tuple(period for moment, period in found if moment <= together))


def due(name: str, schedule: Schedule, events: Sequence[Event], now: float) -> tuple[str, ...]:
    """What set `name` is to be taken for now; () for nothing."""
    found = next_due(name, schedule, events, now)
    return found.names if found and found.at <= now else ()


def _clock_due(name: str, schedule: Schedule, clock: Clock, last: float, now: float) -> float:
    here = zone(schedule.time_zone)
    moment = last_at(clock, now, here)
    if last >= moment:
        moment = next_at(clock, max(now, last), here)
    return moment + jitter_s(name, moment, schedule.jitter)


def _every_due(name: str, every_s: float, jitter: float, last: float, now: float) -> float:
    if last == -math.inf:
        return now
    return last + every_s + jitter_s(name, last, jitter)


def proof_due(what: Literal["verify", "drill"], schedule: Schedule, events: Iterable[Event], now: float) -> bool:
    """Whether a verification or drill is due by its own time; never where none is said. Missed ones are one."""
    clock = read_proof_clock(schedule.verify if what == "verify" else schedule.drill)
    return clock is not None and began(events, what, now) < last_at(clock, now, zone(schedule.time_zone))


def longest_gap_s(schedule: Schedule) -> float | None:
    """Seconds between two backups at most, with jitter; None without a schedule."""
    gaps = {"daily": DAY_S, "weekly": 7 * DAY_S, "monthly": 31 * DAY_S}
    found = [gaps[name] for name in clocks(schedule)] + ([float(schedule.every)] if schedule.every is not None else [])
    return min(found) + schedule.jitter if found else None


def wholly_read_at(events: Iterable[Event], digest: str) -> float | None:
    """Since when all of a backup was read through and well, in one go or in slices; None where some never was."""
    found = -math.inf
    slices: dict[int, dict[int, float]] = {}
    for event in events:
        if event.what != "verify" or not event.ok or event.digest != digest:
            continue
        nth, of = event.fraction
        if of == 1:
            found = max(found, event.at)
        else:
            slices.setdefault(of, {})[nth] = max(event.at, slices.get(of, {}).get(nth, -math.inf))
    whole = (min(read.values()) for of, read in slices.items() if len(read) == of)
    return None if (best := max(found, max(whole, default=-math.inf))) == -math.inf else best


def to_read_again(read: Sequence[tuple[str, float | None, int]], now: float, *, days: int = 7) -> tuple[str, ...]:
    """Which of the backups that are kept to read through today, so that each was within the last `days`.

    `read` has id, when it was read through last, and stored bytes of each. Given are those read longest ago, about a
    `days`-th of all bytes, and at least one; none that was read within `days` but for half a day.
    """
    old = sorted((-math.inf if at is None or at > now + TOLERANCE_S else at, name, size) for name, at, size in read)
    share = sum(size for _, _, size in read) / days
    found: list[str] = []
    for at, name, size in old:
        if at > now - (days - 0.5) * DAY_S or (found and share <= 0):
            break
        found.append(name)
        share -= size
    return tuple(found)
