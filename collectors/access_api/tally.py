"""Sums up the requests of a block: statuses, times, bytes, the slowest, and those that failed. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from math import isfinite

from collectors.access_api.parse import Rows
from collectors.access_api.words import request_words
from collectors.log_api.level import decoded

UNITS: Mapping[str, float] = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
EXACT_TIMES = 5_000
"""Different times that are kept as they are; more are rounded to three digits, so that they stay few."""
SLOWEST = 10
FAILED = frozenset(range(500, 600))
"""Statuses of requests that failed, where the config names no others."""
_FAILED = 2_000
"""Failed requests of one block that are told apart; the others are only counted."""


class Tally:
    """Sums that can be added to each other."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        """By class: 2 for 2xx."""
        self.failed = 0
        self.times: Counter[float] = Counter()
        """How many requests took so many seconds."""
        self.bytes = 0
        self.requests = 0
        self.unparsed = 0
        self.slowest: list[tuple[float, str]] = []
        """Seconds and "GET /path 200", the slowest first."""

    def add(self, other: "Tally") -> None:
        """Take another's sums in."""
        self.statuses.update(other.statuses)
        self.failed += other.failed
        self.times.update(other.times)
        if len(self.times) > EXACT_TIMES:
            self.times = rounded(self.times)
        self.bytes += other.bytes
        self.requests += other.requests
        self.unparsed += other.unparsed
        self.slowest = sorted((*self.slowest, *other.slowest), reverse=True)[:SLOWEST]


def rounded(times: Mapping[float, int]) -> Counter[float]:
    """The same times to three digits."""
    found: Counter[float] = Counter()
    for seconds, count in times.items():
        found[float(f"{seconds:.3g}")] += count
    return found


def tally(rows: Rows, lines: int, unit: str, failing: frozenset[int] = FAILED) -> tuple[Tally, list[tuple[int, str]]]:
    """Sum up a block of so many lines; beside it status and request of those that failed."""
    found = Tally()
    found.requests, found.unparsed = rows.requests, max(0, lines - rows.requests)
    statuses = _counted(rows, "status")
    classes = {text: _status(text) for text in statuses}
    for text, count in statuses.items():
        found.statuses[classes[text] // 100] += count
        found.failed += count if classes[text] in failing else 0
    found.bytes = int(sum(_number(text) * count for text, count in _counted(rows, "bytes").items()))
    took = _counted(rows, "request_time")
    times = {text: _seconds(text) for text in took}
    for text, count in took.items():
        seconds = times[text]
        if seconds is not None:
            found.times[round(seconds * UNITS[unit], 9)] += count
    if len(found.times) > EXACT_TIMES:
        found.times = rounded(found.times)
    found.slowest = _slowest(rows, times, unit)
    return found, _failed(rows, {text for text, status in classes.items() if status in failing})


def _counted(rows: Rows, role: str) -> Counter[object]:
    return Counter(value for value in rows.columns.get(role, ()) if isinstance(value, bytes | str | int | float))


def _status(value: object) -> int:
    number = _number(value)
    return int(number) if 100 <= number < 1000 else 0


def _number(value: object) -> float:
    """A figure as it was written, 0 for "-" and for what is none."""
    if not isinstance(value, bytes | str | int | float):
        return 0.0
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return 0.0
    return number if isfinite(number) and 0 <= number < 1e15 else 0.0


def _seconds(value: object) -> float | None:
    """A time, in the log's own unit; of several tries upstream ("0.1, 0.2 : 0.3") their sum; None for none."""
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else value
    try:
        if not isinstance(text, str):
            parts = [_number(text)]
        else:
            parts = [float(part) for part in text.replace(",", " ").replace(":", " ").split() if part != "-"]
    except ValueError:
        return None
    total = sum(parts)
    return total if parts and isfinite(total) and total >= 0 else None


def _slowest(rows: Rows, times: Mapping[object, float | None], unit: str) -> list[tuple[float, str]]:
    known = sorted((seconds for seconds in times.values() if seconds is not None), reverse=True)
    if not known:
        return []
    least = known[:SLOWEST][-1]
    hot = {text for text, seconds in times.items() if seconds is not None and seconds >= least}
    found = [
        (round((times[text] or 0.0) * UNITS[unit], 9), index)
        for index, text in enumerate(rows.columns["request_time"])
        if isinstance(text, bytes | str | int | float) and text in hot
    ]
    return [(seconds, f"{request(rows, index)} {_plain(rows, 'status', index)}") for seconds, index in _top(found)]


def _top(found: Iterable[tuple[float, int]]) -> list[tuple[float, int]]:
    return sorted(found, reverse=True)[:SLOWEST]


def _failed(rows: Rows, bad: set[object]) -> list[tuple[int, str]]:
    if not bad:
        return []
    indices = [index for index, text in enumerate(rows.columns["status"]) if text in bad]
    return [(_status(rows.columns["status"][index]), request(rows, index)) for index in indices[-_FAILED:]]


def request(rows: Rows, index: int) -> str:
    """Method and path of a request, as far as they are logged, without its query, which may hold secrets."""
    method, path = request_words(_plain(rows, "path", index))
    return " ".join(part for part in (_plain(rows, "method", index) or method, path) if part) or "a request"


def _plain(rows: Rows, role: str, index: int) -> str:
    column = rows.columns.get(role, ())
    value = column[index] if index < len(column) else None
    if isinstance(value, bytes):
        return decoded(value)
    return str(value)[:2_000] if isinstance(value, str | int | float) else ""
