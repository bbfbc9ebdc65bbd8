"""MemoryStore: the contract over plain dicts, kept by the minute: leaves no file, and is what others are judged by."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from ops.board import Row
from ops.store.contract import (
    HOUR_S,
    MINUTE_S,
    Figure,
    Info,
    Picture,
    Record,
    Retention,
    Slot,
    Step,
    Subject,
)
from ops.store.flat import is_number
from ops.store.memory_words import MemoryWords
from ops.store.rules import RECENT_S, TARGETS_NOTE, begins, hour_of, in_order, kind_of, minute_of, steps
from ops.store.tally import Tally

Floor = dict[str, tuple[int, Row]]
"""By row: its place among its target's, and the row without what is not kept."""
Key = tuple[str, int]


class MemoryStore(MemoryWords):
    """History that ends with the process. Nothing is folded: every question is answered from minutes."""

    def __init__(self, retention: Retention | None = None) -> None:
        super().__init__()
        self.retention = retention or Retention()
        self._tallies: dict[Key, Tally] = {}
        self._states: dict[Key, tuple[int, Row] | None] = {}
        self._floor: Floor = {}
        self._raw: list[tuple[float, Floor]] = []
        self._subjects: dict[str, Subject] = {}
        self._facts: defaultdict[str, set[str]] = defaultdict(set)

    def append(self, records: Sequence[Record]) -> None:
        """As `Store.append`."""
        with self._lock:
            for record in records:
                self._take(record)

    def _take(self, record: Record) -> None:
        minute = minute_of(record.at)
        floor = dict(self._floor)
        if begins(record):
            self._states |= {(row_id, minute): None for row_id in floor}
            floor.clear()
        for place, row in enumerate(record.rows):
            kept = msgspec.structs.replace(row, stats=(), trend=(), buckets=())
            floor[row.id] = self._states[row.id, minute] = (place, kept)
            self._see(row.id, record.at, row.kind)
            self._facts[row.id].update(name for name, value in row.facts.items() if is_number(value))
        for row_id in record.gone:
            if floor.pop(row_id, None):
                self._states[row_id, minute] = None
                self._see(row_id, record.at, "")
        for row_id, events in record.counted.items():
            tally = self._tallies.setdefault((row_id, minute), Tally())
            tally.add(events.total, events.failed, events.latencies)
            self._see(row_id, record.at, "")
        if record.rows or record.gone or begins(record):
            self._raw.append((record.at, floor))
        self._floor = floor
        self._events += record.happened

    def _see(self, row_id: str, at: float, kind: str) -> None:
        known = self._subjects.get(row_id) or Subject(row=row_id, kind=kind or kind_of(row_id), first=at, last=at)
        self._subjects[row_id] = Subject(
            row=row_id, kind=kind or known.kind, first=min(known.first, at), last=max(known.last, at)
        )

    def roll(self, now: float) -> bool:
        """As `Store.roll`, all at once."""
        with self._lock:
            edges = self._edges = self._edges.moved(self.retention, now)
            self._tallies = {key: value for key, value in self._tallies.items() if key[1] >= edges.hours * 60}
            self._states = {key: value for key, value in self._states.items() if key[1] >= edges.hours * 60}
            self._raw = [(at, floor) for at, floor in self._raw if hour_of(at) >= edges.raw]
            self._events = [event for event in self._events if event.at >= edges.hours * HOUR_S]
            self._subjects = {key: value for key, value in self._subjects.items() if value.last >= edges.hours * HOUR_S}
            return False

    def slots(self, row: str, start: float, end: float, step: Step) -> Sequence[Slot]:
        """As `Store.slots`."""
        found: defaultdict[int, Tally] = defaultdict(Tally)
        with self._lock:
            for minute, number in self._minutes(self._tallies, row, (start, end), step):
                tally = self._tallies[row, minute]
                found[number].total += tally.total
                found[number].failed += tally.failed
                found[number].sketch.merge(tally.sketch)
                if step != MINUTE_S:
                    found[number].spread([(minute - number * step // MINUTE_S, tally.total, tally.failed)])
        return [found[number].slot(float(number * step)) for number in sorted(found)]

    def slots_of(self, rows: Collection[str], start: float, end: float, step: Step) -> Mapping[str, Sequence[Slot]]:
        """As `Store.slots_of`."""
        return {row: self.slots(row, start, end, step) for row in rows}

    def latencies(self, rows: Collection[str], hour: float) -> Mapping[str, Mapping[int, bytes]]:
        """As `Store.latencies`."""
        known = {row: self.slots(row, hour, hour + HOUR_S, MINUTE_S) for row in rows}
        return {
            row: {int(slot.at - hour) // MINUTE_S: slot.latencies for slot in slots if slot.latencies}
            for row, slots in known.items()
            if slots
        }

    def _minutes(
        self, known: Mapping[Key, object], row: str, span: tuple[float, float], step: int
    ) -> Iterator[tuple[int, int]]:
        """Each minute of the row in the span, with the number of its step."""
        first, stop = steps(*span, step)
        oldest = self._edges.minutes if step == MINUTE_S else self._edges.hours
        for row_id, minute in sorted(known):
            number = minute * MINUTE_S // step
            if row_id == row and first <= number < stop and minute >= oldest * 60:
                yield minute, number

    def counted_rows(self) -> Sequence[str]:
        """As `Store.counted_rows`."""
        with self._lock:
            return sorted({row_id for row_id, minute in self._tallies if minute >= self._edges.hours * 60})

    def picture(self, at: float) -> Picture | None:
        """As `Store.picture`."""
        with self._lock:
            return self._raw_picture(at) or self._minute_picture(at) or self._hour_picture(at)

    def _raw_picture(self, at: float) -> Picture | None:
        before = [item for item in self._raw if item[0] <= at and hour_of(item[0]) >= self._edges.raw]
        if not before:
            return None
        moment = max(known for known, _ in before)
        floor = next(floor for known, floor in reversed(before) if known == moment)
        return self._made(moment, 0, floor) if moment > at - RECENT_S and floor else None

    def _minute_picture(self, at: float) -> Picture | None:
        minute = minute_of(at)
        floor, newest = _stood(self._states, self._edges.hours * 60, minute)
        if not floor or newest + 1 <= minute - RECENT_S / MINUTE_S or newest < self._edges.minutes * 60:
            return None
        return self._made(float((newest + 1) * MINUTE_S), MINUTE_S, floor)

    def _hour_picture(self, at: float) -> Picture | None:
        hour = hour_of(at)
        floor, newest = _stood(self._states, self._edges.hours * 60, hour * 60)
        if hour > self._edges.minutes or not floor or newest < max(hour - 1, self._edges.hours) * 60:
            return None
        return self._made(float(hour * HOUR_S), HOUR_S, floor)

    def _made(self, at: float, step_s: float, floor: Floor) -> Picture:
        seen = {row_id: rank for rank, row_id in enumerate(self._subjects)}
        return Picture(at=at, step_s=step_s, rows=in_order(floor.values(), seen, self._notes.get(TARGETS_NOTE, "")))

    def figures(self, row: str, fact: str, start: float, end: float, step: Step) -> Sequence[Figure]:
        """As `Store.figures`."""
        values: defaultdict[int, list[float]] = defaultdict(list)
        with self._lock:
            for minute, number in self._minutes(self._states, row, (start, end), step):
                state = self._states[row, minute]
                value = state[1].facts.get(fact) if state else None
                if is_number(value):
                    values[number].append(float(value))
        return [
            Figure(at=float(number * step), value=sum(seen) / len(seen), least=min(seen), most=max(seen))
            for number, seen in sorted(values.items())
        ]

    def facts(self, row: str) -> Sequence[str]:
        """As `Store.facts`."""
        with self._lock:
            return sorted(self._facts[row]) if row in self._facts else []

    def span(self) -> tuple[float, float] | None:
        """As `Store.span`."""
        with self._lock:
            seen = [moment for subject in self.subjects() for moment in (subject.first, subject.last)]
            seen += [event.at for event in self._events if event.at >= self._edges.hours * HOUR_S]
        return (min(seen), max(seen)) if seen else None

    def subjects(self) -> Sequence[Subject]:
        """As `Store.subjects`."""
        edge = float(self._edges.hours * HOUR_S)
        with self._lock:
            there = [subject for _, subject in sorted(self._subjects.items()) if subject.last >= edge]
        return [msgspec.structs.replace(subject, first=max(subject.first, edge)) for subject in there]

    def info(self) -> Info:
        """As `Store.info`; what it takes is not known."""
        with self._lock:
            first, last = self.span() or (None, None)
            return Info(
                path="",
                version=0,
                size_bytes=0,
                free_bytes=0,
                first=first,
                last=last,
                subjects=len(self.subjects()),
                raw=len(self._raw),
                minutes=len(self._tallies),
                hours=len({(row, minute // 60) for row, minute in self._tallies}),
                days=len({(row, minute // 1440) for row, minute in self._tallies}),
                events=len(self._events),
                generated="generated" in self._notes,
                retention=self.retention,
            )

    def vacuum(self) -> int:
        """As `Store.vacuum`: there is nothing to give back."""
        return 0

    def close(self) -> None:
        """As `Store.close`."""


def _stood(states: Mapping[Key, tuple[int, Row] | None], first: int, stop: int) -> tuple[Floor, int]:
    """The rows' last states in the minutes [first, stop), and the newest minute that one of them is of."""
    last: dict[str, int] = {}
    for row_id, minute in states:
        if first <= minute < stop:
            last[row_id] = max(minute, last.get(row_id, 0))
    there = {key: state for key in last.items() if (state := states[key]) is not None}
    return {row_id: state for (row_id, _), state in there.items()}, max((key[1] for key in there), default=0)
