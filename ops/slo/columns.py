"""Columns: what a store counted of one row in steps side by side, read once and counted by each objective in one go."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from collectors.sketch import Packed
from ops.slo.objectives import Objective
from ops.slo.slots import DAY_MINUTES, first_minute, known_minutes
from ops.store.contract import DAY_S, HOUR_S, MINUTE_S, Slot
from ops.store.minutes import unpack_minutes

SEEN, BLIND = 1, 2
"""Of a minute: its source was read, whether anyone asked or not; all that happened in it tells nothing."""
_MINUTES = 60
_DAYS_KEPT, _ILL_DAYS_KEPT, _OF_ONE_ROW = 8192, 512, 64


class Counts(NamedTuple):
    """How an objective counts some steps, one after another; steps without data have zeros."""

    number: int
    """Of the first step, since the epoch."""
    totals: Sequence[int]
    bads: Sequence[int]
    known: Sequence[int]
    """Of hours the minutes that are known, of minutes `SEEN` or `BLIND`."""
    first: float | None
    """When what is known begins, UTC seconds; None where nothing is."""


class Hours:
    """Whole hours of a row, of which nothing is taken out."""

    def __init__(self, hours: Sequence[Slot], answers: Sequence[Packed]) -> None:
        """`hours` are one after another, and one at least; `answers` are their latencies, or none for plain counts."""
        self._number = int(hours[0].at // HOUR_S)
        self._hours, self._answers = hours, answers
        self._plain: Counts | None = None
        self._answered: Counts | None = None

    def counted(self, objective: Objective) -> Counts:
        """As an objective counts them that counts no slices of time."""
        if objective.limit_s is None:
            if self._plain is None:
                totals, failed = [hour.total for hour in self._hours], [hour.failed for hour in self._hours]
                self._plain = self._counts(totals, failed, ())
            return self._plain
        bads = [answer.above(objective.limit_s) for answer in self._answers]
        if self._answered is None:
            self._answered = self._counts([answer.count for answer in self._answers], bads, self._answers)
        return self._answered._replace(bads=bads)

    def _counts(self, totals: Sequence[int], bads: Sequence[int], answers: Sequence[Packed]) -> Counts:
        known = [
            known_minutes(hour, answers[place].count if answers else None) for place, hour in enumerate(self._hours)
        ]
        there = (hour for hour, minutes, total in zip(self._hours, known, totals, strict=True) if minutes or total)
        oldest = next(there, None)
        return Counts(self._number, totals, bads, known, None if oldest is None else first_minute(oldest))


class Minutes:
    """The minutes of one hour of a row, of which nothing is taken out."""

    def __init__(self, hour: Slot, latencies: Callable[[], Mapping[int, bytes] | None]) -> None:
        """`latencies` gives those by minute when they are asked for; None where they are not kept."""
        self._hour, self._latencies = hour, latencies
        self._number = int(hour.at // MINUTE_S)
        self._totals, self._failed, self._seen = [0] * _MINUTES, [0] * _MINUTES, bytearray(_MINUTES)
        for minute, total, failed in unpack_minutes(hour.minutes):
            self._totals[minute], self._failed[minute], self._seen[minute] = total, failed, SEEN
        self._answers: dict[int, Packed] = {}
        self._answered: Counts | None = None
        self._whole: Packed | None = None

    def counted(self, objective: Objective) -> Counts | None:
        """As an objective counts them; None where that is not kept."""
        if objective.limit_s is None:
            return Counts(self._number, self._totals, self._failed, self._seen, None) if any(self._seen) else None
        answered = self.read()
        if answered is None or self._whole is None or not self._whole.above(objective.limit_s):
            return answered
        bads = [0] * _MINUTES
        for minute, answer in self._answers.items():
            bads[minute] = answer.above(objective.limit_s)
        return answered._replace(bads=bads)

    def read(self) -> Counts | None:
        """How many answers there were, none of them bad; None where latencies are not kept."""
        if self._answered is None:
            latencies = self._latencies()
            self._answered = None if latencies is None else self._read(latencies)
        return self._answered

    def _read(self, latencies: Mapping[int, bytes]) -> Counts:
        self._whole = Packed(self._hour.latencies)
        self._answers = {minute: Packed(data) for minute, data in latencies.items()}
        totals = [0] * _MINUTES
        for minute, answer in self._answers.items():
            totals[minute] = answer.count
        known = bytes(
            seen and (SEEN if answered or not total else BLIND)
            for seen, answered, total in zip(self._seen, totals, self._totals, strict=True)
        )
        return Counts(self._number, totals, [0] * _MINUTES, known, None)


def unbroken(hours: Sequence[Slot]) -> Iterator[Sequence[Slot]]:
    """Hours, rising, in stretches that each have one after another."""
    start = 0
    for place, hour in enumerate(hours, 1):
        if place == len(hours) or hours[place].at > hour.at + HOUR_S:
            yield hours[start:place]
            start = place


def whole_days(days: Sequence[Slot], objective: Objective) -> Iterator[Counts]:
    """Days of which nothing is taken out, and in which no window begins: those side by side as if in one hour.

    For an objective that counts no slices of time.
    """
    counted = [_whole_day(day, objective.limit_s) for day in days]
    start = 0
    for place, day in enumerate(days):
        if place + 1 == len(days) or days[place + 1].at > day.at + DAY_S:
            total, bad, known = map(sum, zip(*counted[start : place + 1], strict=True))
            first = days[start].at if total or known else None
            yield Counts(int(days[start].at // HOUR_S), (total,), (bad,), (known,), first)
            start = place + 1


def _whole_day(day: Slot, limit_s: float | None) -> tuple[int, int, int]:
    """Total, bad and known minutes of a day."""
    if limit_s is None:
        return day.total, day.failed, known_minutes(day, None, DAY_MINUTES)
    answers, bad = _above(day.latencies, limit_s)
    told_apart = day.failed and day.total
    return answers, bad, (_known_of_ill if told_apart else known_minutes)(day, answers, DAY_MINUTES)


_known_of_ill = lru_cache(maxsize=_ILL_DAYS_KEPT)(known_minutes)
"""Of a day with failures, whose minutes must be looked at one by one."""


@lru_cache(maxsize=_DAYS_KEPT)
def _above(latencies: bytes, limit_s: float) -> tuple[int, int]:
    """How many answers, and how many above a limit; who looks from one moment to another counts the same days."""
    answers = _packed(latencies)
    return answers.count, answers.above(limit_s)


@lru_cache(maxsize=_OF_ONE_ROW)
def _packed(latencies: bytes) -> Packed:
    return Packed(latencies)
