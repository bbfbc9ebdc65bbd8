"""RowSlots: what a store counted of one row, read once for all who ask: by days, hours and minutes."""

from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Protocol

from collectors.sketch import Packed, Sketch, merged
from ops.slo.columns import Hours, Minutes, unbroken
from ops.slo.exclusions import Exclusions
from ops.slo.kept import begins
from ops.store.contract import DAY_S, HOUR_S, MINUTE_S, Slot, Step
from ops.store.minutes import unpack_minutes

_DAYS_KEPT = 2048


class Counted(Protocol):
    """As much of a store as is asked here."""

    def slots(self, row: str, start: float, end: float, step: Step) -> Sequence[Slot]:
        """As `Store.slots`."""

    def latencies(self, rows: Collection[str], hour: float) -> Mapping[str, Mapping[int, bytes]]:
        """As `Store.latencies`."""


class RowSlots:
    """What a store counted of a row in [start, until), each slot and sketch read once for all who ask."""

    def __init__(self, store: Counted, row: str, start: float, until: float) -> None:
        self._store, self._row, self.until = store, row, until
        self._start = start // HOUR_S * HOUR_S
        self._hours: Sequence[Slot] | None = None
        self.days: Sequence[Slot] = ()
        """Days that are not among `hours`."""
        self.whole_days: Sequence[Slot] = ()
        """All days that are over, and of which nothing is taken out."""
        self._sketches: dict[tuple[float, bytes], Packed] = {}
        self._minutes: dict[float, Sequence[Slot]] = {}
        self._columns: dict[tuple[bool, tuple[float, ...]], Sequence[Hours]] = {}
        self._all_minutes: dict[float, Minutes] = {}

    @property
    def hours(self) -> Sequence[Slot]:
        """By hours, oldest first; the last one may have more than until then."""
        if self._hours is None:
            self._hours = self._store.slots(self._row, self._start, self.until, HOUR_S)
        return self._hours

    def days_in(self, divided: Container[int], excluded: Exclusions) -> None:
        """Take whole days, but for those of these numbers, and those of which something is taken out.

        The oldest that is known comes by hours: they say when it began.
        """
        start, end = -(-self._start // DAY_S) * DAY_S, self.until // DAY_S * DAY_S
        if start >= end:
            return
        before = self._slots(self._start, start)
        known = self._store.slots(self._row, start, end, DAY_S)[0 if before else 1 :]
        self.whole_days = [day for day in known if not excluded.touches(day.at, day.at + DAY_S)]
        self.days = [day for day in self.whole_days if day.at // DAY_S not in divided]
        hours, at = list(before), start
        for day in self.days:
            hours += self._slots(at, day.at)
            at = day.at + DAY_S
        self._hours = [*hours, *self._slots(at, self.until)]

    def _slots(self, start: float, end: float) -> Sequence[Slot]:
        return self._store.slots(self._row, start, end, HOUR_S) if start < end else ()

    def merged(self, start: float, until: float, excluded: Exclusions) -> Sketch:
        """All latencies of [start, until) as far as a series counts, without what is taken out; whole days as such."""
        first, last = begins(start, until), min(until, self.until)
        days = {day.at: day.latencies for day in self.whole_days if first <= day.at and day.at + DAY_S <= until}
        whole = merged(map(_unpacked, days.values()))
        for hour in self.hours:
            if not first - HOUR_S < hour.at < until or hour.at // DAY_S * DAY_S in days:
                continue
            if hour.at < first or hour.at + HOUR_S > last or in_part(excluded, hour):
                for minute in self.minutes(hour) or ((hour,) if hour.at >= first else ()):
                    if first <= minute.at < until and not excluded.covers(minute.at):
                        whole.merge(Sketch.unpack(minute.latencies))
            elif not touched(excluded, hour):
                whole.merge(Sketch.unpack(hour.latencies))
        return whole

    def answers(self, slot: Slot) -> Packed:
        """A slot's latencies, to be asked."""
        key = slot.at, slot.latencies
        if key not in self._sketches:
            self._sketches[key] = Packed(slot.latencies)
        return self._sketches[key]

    def minutes(self, hour: Slot) -> Sequence[Slot]:
        """The minutes of an hour with their latencies; empty where they are not kept any more."""
        if hour.at not in self._minutes:
            end = min(hour.at + HOUR_S, self.until)
            self._minutes[hour.at] = self._store.slots(self._row, hour.at, end, MINUTE_S)
        return self._minutes[hour.at]

    def is_cut(self, hour: Slot) -> bool:
        """Whether only a part of it was before `until`."""
        return hour.at + HOUR_S > self.until

    def columns(self, hours: Sequence[Slot], *, answers: bool) -> Sequence[Hours]:
        """Whole hours as columns, with their latencies where `answers` are asked for."""
        key = answers, tuple([hour.at for hour in hours])
        if key not in self._columns:
            self._columns[key] = [
                Hours(some, [self.answers(hour) for hour in some] if answers else ()) for some in unbroken(hours)
            ]
        return self._columns[key]

    def all_minutes(self, hour: Slot) -> Minutes:
        """The minutes of a whole hour as columns."""
        if hour.at not in self._all_minutes:
            self._all_minutes[hour.at] = Minutes(
                hour, lambda: self._store.latencies((self._row,), hour.at).get(self._row)
            )
        return self._all_minutes[hour.at]

    def plain(self, excluded: Exclusions) -> tuple[Slot, ...]:
        """The hours that are whole, and of which nothing is taken out."""
        if len(excluded):
            return tuple([hour for hour in self.hours if not (self.is_cut(hour) or touched(excluded, hour))])
        return tuple(self.hours[:-1] if self.hours and self.is_cut(self.hours[-1]) else self.hours)

    def counts(self, hour: Slot) -> Iterator[Slot]:
        """The minutes of an hour until `until`, without latencies; for as long as hours are kept."""
        for minute, total, failed in unpack_minutes(hour.minutes):
            at = hour.at + MINUTE_S * minute
            if at < self.until:
                yield Slot(at=at, total=total, failed=failed)


def touched(excluded: Exclusions, hour: Slot) -> bool:
    """Whether anything of an hour is taken out."""
    return excluded.touches(hour.at, hour.at + HOUR_S)


def in_part(excluded: Exclusions, hour: Slot) -> bool:
    """Whether some of an hour is taken out, but not all: latencies are then told apart by minute."""
    return 0 < excluded.seconds(hour.at, hour.at + HOUR_S) < HOUR_S


@lru_cache(maxsize=_DAYS_KEPT)
def _unpacked(latencies: bytes) -> Sketch:
    """The latencies of a day, which nobody changes; who looks from one moment to another merges the same days."""
    return Sketch.unpack(latencies)
