"""Figures in human units: "640 ms", "3m12s", "412 MiB", "5,214", "92.4 %". Verdicts, panes and commands share them."""

import math
import time

from collectors.base import Value

_SIZES = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_TIMES_FROM = 1e8
"""UTC seconds of a moment; what is smaller is no time of day, whatever its name ends in."""
NOT_KNOWN = "-"
"""What stands for a figure that is None or not a number."""


def _decimals(value: float) -> str:
    """One decimal under 10, none from 10 on, and no trailing ".0"."""
    text = f"{value:.1f}" if abs(value) < 9.95 else f"{value:,.0f}"
    return text.removesuffix(".0")


def duration(seconds: float | None) -> str:
    """Seconds as "4.1 ms", "640 ms", "1.2 s", "42 s", "3m12s", "9h40m" or "3d4h"."""
    if seconds is None or not math.isfinite(seconds):
        return NOT_KNOWN
    if seconds < 0:
        return f"-{duration(-seconds)}"
    if seconds < 0.9995:
        return f"{_decimals(seconds * 1000)} ms"
    if seconds < 59.5:
        return f"{_decimals(seconds)} s"
    whole = round(seconds)
    if whole < 3600:
        return _pair(whole, 60, "m", 1, "s")
    return _pair(whole, 3600, "h", 60, "m") if whole < 86400 else _pair(whole, 86400, "d", 3600, "h")


def _pair(whole: int, large: int, large_unit: str, small: int, small_unit: str) -> str:
    rest = whole % large // small
    return f"{whole // large}{large_unit}" + (f"{rest}{small_unit}" if rest else "")


def clock(at: float, now: float) -> str:
    """A moment in a sentence: "03:10 UTC"; with its day where that is another one than that of `now`."""
    return time.strftime(f"{'' if _same_day(at, now) else '%Y-%m-%d '}%H:%M UTC", time.gmtime(at))


def stamp(at: float, beside: float, form: str = "%H:%M:%S") -> str:
    """A moment in UTC: "03:10:11"; with its day, "11-20 03:10:11", where that is not the one of `beside`."""
    return time.strftime(form if _same_day(at, beside) else f"%m-%d {form}", time.gmtime(at))


def _same_day(at: float, other: float) -> bool:
    """Whether two moments are of one day in UTC."""
    return at // 86400 == other // 86400


def size(amount: float | None) -> str:
    """Bytes as "412 B", "1.2 GiB" or "412 MiB"."""
    if amount is None or not math.isfinite(amount):
        return NOT_KNOWN
    value, unit = _scaled(amount)
    return f"{_decimals(value)} {unit}"


def short_size(amount: float | None) -> str:
    """Bytes for narrow columns: "412M", "1.2G", "0"."""
    if amount is None or not math.isfinite(amount):
        return NOT_KNOWN
    value, unit = _scaled(amount)
    return _decimals(value) + ("" if unit == "B" else unit[0])


def _scaled(amount: float) -> tuple[float, str]:
    value = float(amount)
    for unit in _SIZES:
        if abs(value) < 999.5 or unit == _SIZES[-1]:
            return value, unit
        value /= 1024
    raise AssertionError("the last unit takes every value")


def several(number: int, thing: str) -> str:
    """So many of a thing: "1 target", "5,214 targets"."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def count(number: float | None) -> str:
    """A count as "5,214"; a fraction keeps one decimal under 10."""
    if number is None or not math.isfinite(number):
        return NOT_KNOWN
    return f"{number:,}" if isinstance(number, int) else _decimals(number)


def percent(value: float | None) -> str:
    """Percent as "92.4 %", with at most one decimal."""
    if value is None or not math.isfinite(value):
        return NOT_KNOWN
    return f"{value:.1f}".removesuffix(".0") + " %"


def figure(fact: str, value: Value) -> str:
    """A fact's value in the unit that the end of its name tells ("total_s", "memory_bytes", "percent", "ops_per_s")."""
    if value is None:
        return NOT_KNOWN
    if isinstance(value, str):
        return value
    return ("yes" if value else "no") if isinstance(value, bool) else _with_unit(fact, value)


def _with_unit(fact: str, value: float) -> str:
    if fact.endswith("_per_s"):
        return (size(value) if "bytes" in fact else count(value)) + "/s"
    if fact.endswith("_per_min"):
        return f"{count(value)}/min"
    for ending, form in (("_s", duration), ("bytes", size), ("percent", percent)):
        if fact.endswith(ending):
            return form(value)
    if fact.endswith("_ratio"):
        return percent(value * 100)
    if fact.endswith("_at") and value > _TIMES_FROM:
        return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(value))
    return _days(value) if fact.endswith("_days") else count(value)


def _days(value: float) -> str:
    """Days that are left are never rounded up: 2.98 days are under 3."""
    return f"{_decimals(math.trunc(value) if abs(value) >= 10 else math.trunc(value * 10) / 10)} days"
