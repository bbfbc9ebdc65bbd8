"""Times as people type them: "03:10", "-2h", "yesterday 14:00", "2026-11-20 03:10Z", all of them in the past."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta, timezone
from itertools import chain
from zoneinfo import ZoneInfo

from collectors.text import clean
from ops.config.names import nearest
from ops.errors import UsageError
from ops.past.wall import Zone, moment, moment_of, wall_clock

FORMS = '"03:10", "-2h", "2h ago", "yesterday 14:00", "mon 14:00", "2026-11-20 03:10", "03:10Z", unix seconds or "now"'
EXAMPLES = "03:10  -2h  yesterday 14:00  mon 14:00  2026-11-20 03:10  03:10Z"
"""For a line with little room."""
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_UNIT = r"(?:s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)"
_PART = re.compile(rf"(\d{{1,9}}(?:\.\d{{1,9}})?) ?({_UNIT})(?![a-z])|(?:\b|(?<=\d))(\d{{1,9}})([smhdw])")
_LENGTH = rf"(?:\d{{1,9}}(?:\.\d{{1,9}})? ?{_UNIT}(?: |(?=\d)|$))+"
_BACK = re.compile(rf"-({_LENGTH})|({_LENGTH})ago")
_AHEAD = re.compile(rf"(?:\+|in )(?:{_LENGTH})|tomorrow.*")
_UNIX = re.compile(r"\d{9,11}(?:\.\d{1,9})?")
_ZONED = re.compile(r"(.+?)(?: |(?<=\d))(z|utc|gmt|[+-]\d\d:?\d\d|[a-z_]+/[a-z0-9_+/-]+)", re.IGNORECASE)
_CLOCK = r"(\d{1,2}):(\d{2})(?::(\d{2})(\.\d{1,6})?)?"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONG_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WORDS = ("now", "today", "yesterday", "ago", *_DAYS, *_LONG_DAYS, "minutes", "hours", "days", "weeks")
_MOMENT = re.compile(
    rf"(?:(today|yesterday|{'|'.join(_LONG_DAYS + _DAYS)}|\d{{4}}-\d{{1,2}}-\d{{1,2}})(?:[ t](?:at )?|$))?(?:{_CLOCK})?"
)
_EPOCH = "1970"


class _Unreadable(ValueError):
    """It has the form of no time."""


class _Ahead(ValueError):
    """It is a time to come."""


class _NoZone(ValueError):
    """No time zone is called that."""


def parse_time(text: str, now: float, zone: Zone = None) -> float:
    """Give the moment (UTC seconds) that a text means, at most `now`.

    A time of day alone is the last such moment before now; a weekday is the last such day. Without an offset or a zone
    of its own, it is in `zone` (None: that of this machine). Raises UsageError with a sentence for what is no time, no
    date of the calendar, or not in the past.
    """
    words = " ".join(text.split())
    told = clean(words)[:40]
    try:
        return _past(words, now, zone)
    except _Ahead as error:
        raise UsageError(f'"{told}" is in the future; now it is {moment(now, zone)}') from error
    except _Unreadable as error:
        meant = next(_meant(words, now, zone), "")
        question = f' did you mean "{meant}"?' if meant else ""
        raise UsageError(f'"{told}" is no time;{question} times are written {FORMS}') from error
    except _NoZone as error:
        raise UsageError(f'"{told}" names no time zone that this machine knows; write "Z" or "+01:00"') from error
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(f'"{told}" is in no calendar and on no clock; times are written {FORMS}') from error


def _past(text: str, now: float, zone: Zone) -> float:
    at = _read(text.lower(), now, zone, text)
    if at > now:
        raise _Ahead(text)
    if at < 0:
        raise ValueError(f"before {_EPOCH}")
    return at


def _read(text: str, now: float, zone: Zone, given: str) -> float:
    if text == "now":
        return now
    if _UNIX.fullmatch(text):
        return float(text)
    if _AHEAD.fullmatch(text):
        raise _Ahead(text)
    if back := _BACK.fullmatch(text):
        return now - _seconds(back[1] or back[2])
    if zoned := _ZONED.fullmatch(given):
        text, zone = zoned[1].lower().strip(), _zone(zoned[2])
    return _wall(text, now, zone)


def _seconds(length: str) -> float:
    return sum(float(part[1] or part[3]) * _UNITS[(part[2] or part[4])[0]] for part in _PART.finditer(length))


def _zone(name: str) -> Zone:
    if name.lower() in ("z", "utc", "gmt"):
        return UTC
    if name[0] in "+-":
        hours, minutes = int(name[1:3]), int(name[-2:])
        offset = timedelta(hours=hours, minutes=minutes)
        return timezone(-offset if name[0] == "-" else offset)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # a folder of zones, a name that is no file, a file that is none
        raise _NoZone(name) from error


def _wall(text: str, now: float, zone: Zone) -> float:
    found = _MOMENT.fullmatch(text)
    if not text or not found or not found[0].strip():
        raise _Unreadable(text)
    day, hour, minute, second, part = found.groups(default="")
    midnight = wall_clock(now, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    clock = time(int(hour or 0), int(minute or 0), int(second or 0), round(float(part or 0) * 1e6))
    moments = [moment_of(datetime.combine(date, clock), zone, now) for date in _dates(day, midnight)]
    return next((at for at in moments if at <= now), moments[0])


def _dates(day: str, today: datetime) -> Iterator[datetime]:
    """The days that a word can mean, nearest first."""
    if not day:
        yield from (today - timedelta(days=back) for back in (0, 1))
    elif day in ("today", "yesterday"):
        yield today - timedelta(days=int(day == "yesterday"))
    elif day[:3] in _DAYS:
        back = (today.weekday() - _DAYS.index(day[:3])) % 7
        yield from (today - timedelta(days=back + more) for more in (0, 7))
    else:
        year, month, number = day.split("-")
        yield datetime(int(year), int(month), int(number))  # noqa: DTZ001 — a wall clock has no zone of its own


def _meant(text: str, now: float, zone: Zone) -> Iterator[str]:
    """Texts like this one that are times in the past, likeliest first."""
    for other in chain(_slips(text.lower()), _respelled(text.lower())):
        try:
            _past(other, now, zone)
        except (ValueError, OverflowError, OSError):
            continue
        yield other


def _slips(text: str) -> Iterator[str]:
    """What people type who are used to another notation."""
    yield f"-{text}"
    yield re.sub(r"\b(\d{1,2})[.h](\d{2})\b", r"\1:\2", text)
    yield re.sub(r"^(.* )?(\d{2})(\d{2})$", r"\1\2:\3", text).strip()
    yield re.sub(r"^(.* )?(\d{1,2})(?: ?o'?clock| ?h)?$", r"\1\2:00", text).strip()
    yield re.sub(r"(\d{4})[./](\d{1,2})[./](\d{1,2})", r"\1-\2-\3", text)
    yield re.sub(r"(\d{1,2})[.](\d{1,2})[.](\d{4})", r"\3-\2-\1", text)
    yield re.sub(r"(\d{1,2})(?::(\d{2}))? ?([ap])\.?m\.?", _by_noon, text)
    yield re.sub(r"^(last|the|on|at) ", "", text)
    yield re.sub(rf"^({_CLOCK}) (.*)$", r"\6 \1", text)


def _by_noon(found: re.Match[str]) -> str:
    hour = int(found[1]) % 12 + (12 if found[3] == "p" else 0)
    return f"{hour:02}:{found[2] or '00'}"


def _respelled(text: str) -> Iterator[str]:
    """With each word replaced by the nearest known one."""
    words = text.split()
    if len(words) <= 6:
        yield " ".join(word if not word.isalpha() else nearest(word[:20], _WORDS) or word for word in words)
