"""Hours of the day in which policy may act: "22:00-06:00", by the wall clock of a time zone.

Where clocks change it is what they show that counts: an hour that comes twice is inside twice, a skipped one never is.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from ops.slo.calendar import zone

_SPAN = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})")
_DAY_MIN = 24 * 60


class Hours(NamedTuple):
    """From one minute of the day until another, which is not inside; over midnight where it ends before it begins."""

    begin_min: int
    end_min: int

    def hold(self, minute: int) -> bool:
        """Whether a minute of the day (0 to 1439) is inside."""
        if self.begin_min < self.end_min:
            return self.begin_min <= minute < self.end_min
        return minute >= self.begin_min or minute < self.end_min


def read_hours(text: str) -> tuple[Hours, ...]:
    """Read "22:00-06:00" or "12:00-13:00, 22:00-24:00"; () for "". Raises ValueError with a sentence."""
    return tuple(_read_span(part.strip()) for part in text.split(",")) if text.strip() else ()


def _read_span(text: str) -> Hours:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(f'"{text}" are no hours; write "22:00-06:00", several with commas')
    begin, end = _minute(found[1], found[2], _DAY_MIN - 1), _minute(found[3], found[4], _DAY_MIN)
    if begin == end or end - begin == _DAY_MIN:
        raise ValueError(f'"{text}" is no time or always; leave hours out for always')
    return Hours(begin, end)


def _minute(hour: str, minute: str, most: int) -> int:
    value = int(hour) * 60 + int(minute)
    if int(minute) > 59 or value > most:
        raise ValueError(f'there is no {hour}:{minute}; a day has "00:00" to "24:00"')
    return value


def are_now(hours: Sequence[Hours], time_zone: str, now: float) -> bool:
    """Whether `now` (UTC seconds) is inside; without any hours it always is. Raises ValueError for an unknown zone."""
    if not hours:
        return True
    local = datetime.fromtimestamp(now, zone(time_zone))
    minute = local.hour * 60 + local.minute
    return any(span.hold(minute) for span in hours)
