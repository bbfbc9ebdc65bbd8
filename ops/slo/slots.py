"""Slots of a store as an objective counts them: what of an hour is known, what is bad, what was taken out."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ops.slo.exclusions import Exclusions
from ops.slo.objectives import Objective
from ops.store.contract import HOUR_S, MINUTE_S, Slot
from ops.store.minutes import pack_minutes, unpack_minutes

_NOT_LAST = bytes(range(128, 256))
"""Bytes that a packed number goes on after: what remains without them is one byte a number."""
DAY_MINUTES = 24 * 60
_Minute = tuple[int, int, int]
"""Minute within the step, total, failed."""


class Hour(NamedTuple):
    """An hour as an objective counts it."""

    total: int
    bad: int
    known: int
    """Minutes that are known: the source was read in them, and what it told tells something."""
    slices: tuple[int, int]
    """Known slices, and bad ones."""
    first: float
    """Start of the first minute in which it was read, UTC seconds."""

    @property
    def is_known(self) -> bool:
        """Whether anything is known of it."""
        return self.known > 0 or self.total > 0


def measured_hour(
    objective: Objective,
    hour: Slot,
    whole: Slot,
    measured: tuple[int, int],
    share: float,
    excluded: Exclusions,
) -> Hour:
    """Count an hour of a slot (the slot itself, or one of a day's) of which `measured` are total and bad.

    Minutes are unpacked only where something must be told apart. Of latencies it is not known in which minute they
    were: where a part of the hour is taken out, the rest has its share of them by what was counted.
    """
    out = excluded.touches(hour.at, hour.at + HOUR_S)
    answers = objective.limit_s is not None
    plain = hour is whole and not out and not (hour.failed and objective.slice_s) and _all_told(objective, hour, share)
    if plain and objective.slice_s in (0.0, MINUTE_S):
        known = _known(hour)
        return Hour(*measured, known, (known, 0), first_minute(hour))
    minutes = [one for one in _minutes(hour) if not (out and excluded.covers(hour.at + MINUTE_S * one[0]))]
    total, failed = sum(one[1] for one in minutes), sum(one[2] for one in minutes)
    first = hour.at + MINUTE_S * (minutes[0][0] if minutes else 0)
    if not answers:
        return Hour(total, failed, len(minutes), _slices(objective, minutes), first)
    known = _answered(minutes, whole, share)
    if not (out or hour is not whole):
        return Hour(*measured, known, (0, 0), first)
    answered = (total - failed, whole.total - whole.failed) if share < 1 else (total, whole.total)
    return Hour(_part(measured[0], *answered), _part(measured[1], *answered), known, (0, 0), first)


def measured_day(objective: Objective, day: Slot, measured: tuple[int, int], share: float) -> Hour:
    """Count a whole day, of which nothing is taken out; its first minute is told to the hour."""
    plain = not (day.failed and objective.slice_s) and _all_told(objective, day, share)
    if plain and objective.slice_s in (0.0, MINUTE_S):
        known = _known(day, DAY_MINUTES)
        return Hour(*measured, known, (known, 0), day.at)
    minutes = _minutes(day, DAY_MINUTES)
    if objective.limit_s is None:
        return Hour(*measured, len(minutes), _slices(objective, minutes), day.at)
    return Hour(*measured, _answered(minutes, day, share), (0, 0), day.at)


def _all_told(objective: Objective, slot: Slot, share: float) -> bool:
    """Whether each of its minutes is known. Of latencies those without any answer are not, unless nobody asked."""
    return objective.limit_s is None or not slot.total or (share > 0 and not slot.failed)


def _answered(minutes: Sequence[_Minute], whole: Slot, share: float) -> int:
    """How many minutes are known of latencies, where a share of all events of the whole slot has one.

    Quiet ones are, and those in which not all failed. Of failures some may be answers (a wrong status): so many of the
    minutes that had nothing else.
    """
    if share >= 1:
        return len(minutes)
    of_failed = max(0.0, 1 - (1 - share) * whole.total / whole.failed) if whole.failed else 0.0
    known = sum(1 for _, total, failed in minutes if not total or (share > 0 and total > failed))
    return known + round(of_failed * sum(1 for _, total, failed in minutes if total == failed > 0))


def known_minutes(slot: Slot, answers: int | None = None, length: int = 60) -> int:
    """How many minutes of an hour or a day are known; of its latencies where it is told how many `answers` it has.

    Nothing of it is taken out. `length` is that of the step, in minutes.
    """
    if answers is None or not slot.total or (answers and not slot.failed):
        return _known(slot, length)
    return _answered(_minutes(slot, length), slot, answers / slot.total)


def _part(count: int, part: int, whole: int) -> int:
    return round(count * part / whole) if whole else 0


def hours_of_day(day: Slot) -> Iterator[Slot]:
    """A day's slot as hours; without its minutes evenly, which is right for the day as a whole."""
    by_hour: dict[int, list[_Minute]] = {}
    for minute, total, failed in _minutes(day, DAY_MINUTES) if day.minutes else ():
        by_hour.setdefault(minute // 60, []).append((minute % 60, total, failed))
    for hour in range(24) if not day.minutes else sorted(by_hour):
        minutes = by_hour.get(hour, [])
        if minutes:
            total, failed = sum(one[1] for one in minutes), sum(one[2] for one in minutes)
        else:
            total, failed = (count * (hour + 1) // 24 - count * hour // 24 for count in (day.total, day.failed))
        if total or minutes:
            yield Slot(at=day.at + HOUR_S * hour, total=total, failed=failed, minutes=pack_minutes(minutes))


def _known(slot: Slot, length: int = 60) -> int:
    """In how many of its minutes the source was read."""
    return len(slot.minutes.translate(None, _NOT_LAST)) // 3 if slot.minutes else min(length, slot.total)


def first_minute(hour: Slot) -> float:
    """Where its first minute begins: minutes of an hour are packed in one byte."""
    return hour.at + MINUTE_S * (hour.minutes[0] if hour.minutes else 0)


def _minutes(hour: Slot, length: int = 60) -> list[_Minute]:
    """Its minutes; where they are not kept, as if all was counted evenly, in as many minutes as there can be."""
    if hour.minutes:
        return list(unpack_minutes(hour.minutes))
    count = min(length, hour.total)
    return [
        (
            minute,
            hour.total * (minute + 1) // count - hour.total * minute // count,
            hour.failed * (minute + 1) // count - hour.failed * minute // count,
        )
        for minute in range(count)
    ]


def _slices(objective: Objective, minutes: Iterable[_Minute]) -> tuple[int, int]:
    """Known slices and bad ones; an hour holds whole slices."""
    if not objective.slice_s:
        return 0, 0
    per = max(1, round(objective.slice_s / MINUTE_S))
    counts: dict[int, tuple[int, int]] = {}
    for minute, total, failed in minutes:
        before = counts.get(minute // per, (0, 0))
        counts[minute // per] = before[0] + total, before[1] + failed
    return len(counts), sum(failed * 100 > objective.slice_bad * total for total, failed in counts.values())
