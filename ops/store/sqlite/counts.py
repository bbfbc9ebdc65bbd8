"""Reading what was counted: by minute, hour and day, with what is not folded yet."""

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from itertools import groupby
from operator import itemgetter

from collectors.sketch import Sketch, merged
from ops.store.contract import DAY_S, HOUR_S, MINUTE_S, Slot, Step
from ops.store.minutes import unpack_minutes
from ops.store.rules import Edges, steps
from ops.store.sqlite.meta import SUBJECT_BITS, marks, subjects_of
from ops.store.sqlite.packing import expand, unpack_sketches
from ops.store.tally import Tally

Stored = tuple[int, int, int, int, bytes, bytes]
"""Number of the row, of the step, total, failed, sketch, squeezed counts by minute."""


def slots(
    connection: sqlite3.Connection, edges: Edges, rows: Collection[str], span: tuple[float, float], step: Step
) -> dict[str, list[Slot]]:
    """As `Store.slots_of`."""
    first, stop = steps(*span, step)
    if first >= stop:
        return {}
    subjects = subjects_of(connection, rows)
    if step == MINUTE_S:
        first = max(first, edges.minutes * 60)
        return {row: _minutes(connection, subject, first, stop) for subject, row in subjects.items()}
    per_step = step // MINUTE_S
    first = max(first, edges.hours * HOUR_S // step)
    table = "hours" if step == HOUR_S else "days"
    stored = connection.execute(
        f"SELECT subject, {table[:-1]}, total, failed, sketch, minutes FROM {table}"  # noqa: S608  # our own names
        f" WHERE subject IN ({marks(subjects)}) AND {table[:-1]} >= ? AND {table[:-1]} < ?"
        f" ORDER BY subject, {table[:-1]}",
        (*subjects, first, stop),
    )
    known = {subject: list(slots) for subject, slots in groupby(stored, key=itemgetter(0))}
    fresh: defaultdict[int, defaultdict[int, Tally]] = defaultdict(lambda: defaultdict(Tally))
    for subject, minute, total, failed, sketch in _open(connection, subjects, first * per_step, stop * per_step):
        tally = fresh[subject][minute // per_step]
        tally.add(total, failed, sketch)
        tally.spread([(minute % per_step, total, failed)])
    return {row: _together(known.get(subject, ()), fresh.get(subject, {}), step) for subject, row in subjects.items()}


def _together(stored: Iterable[Stored], fresh: Mapping[int, Tally], step: int) -> list[Slot]:
    if not fresh:
        return [_slot(each, step) for each in stored]
    found: dict[int, Slot] = {}
    left = dict(fresh)
    for each in stored:
        _, number, total, failed, sketch, minutes = each
        tally = left.pop(number, None)
        if tally is None:
            found[number] = _slot(each, step)
            continue
        tally.add(total, failed, sketch)
        tally.spread(unpack_minutes(expand(minutes)))
        found[number] = tally.slot(float(number * step))
    found |= {number: tally.slot(float(number * step)) for number, tally in left.items()}
    return [found[number] for number in sorted(found)]


def _slot(stored: Stored, step: int) -> Slot:
    _, number, total, failed, sketch, minutes = stored
    return Slot(at=float(number * step), total=total, failed=failed, latencies=sketch, minutes=expand(minutes))


def _minutes(connection: sqlite3.Connection, subject: int, first: int, stop: int) -> list[Slot]:
    found: dict[int, Slot] = {}
    hours = connection.execute(
        "SELECT hour, minutes, (SELECT data FROM sketches WHERE key = (hour << ?) | subject) FROM hours"
        " WHERE subject = ? AND hour >= ? AND hour < ?",
        (SUBJECT_BITS, subject, first // 60, -(-stop // 60)),
    )
    for hour, minutes, sketches in hours:
        latencies = unpack_sketches(sketches or b"")
        for offset, total, failed in unpack_minutes(expand(minutes)):
            minute = hour * 60 + offset
            if first <= minute < stop:
                sketch = latencies.get(offset, b"")
                found[minute] = Slot(at=float(minute * MINUTE_S), total=total, failed=failed, latencies=sketch)
    for _, minute, total, failed, sketch in _open(connection, (subject,), first, stop):
        tally, known = Tally(), found.get(minute)
        tally.add(total, failed, sketch)
        if known:
            tally.add(known.total, known.failed, known.latencies)
        found[minute] = tally.slot(float(minute * MINUTE_S))
    return [found[minute] for minute in sorted(found)]


def latencies(
    connection: sqlite3.Connection, edges: Edges, rows: Collection[str], hour: int
) -> dict[str, dict[int, bytes]]:
    """As `Store.latencies`."""
    if hour < edges.minutes:
        return {}
    subjects = subjects_of(connection, rows)
    folded = connection.execute(
        "SELECT subject, (SELECT data FROM sketches WHERE key = (hour << ?) | subject) FROM hours"  # noqa: S608
        f" WHERE subject IN ({marks(subjects)}) AND hour = ?",
        (SUBJECT_BITS, *subjects, hour),
    )
    found = {subject: unpack_sketches(data or b"") for subject, data in folded}
    for subject, minute, _, _, sketch in _open(connection, subjects, hour * 60, hour * 60 + 60):
        known = found.setdefault(subject, {})
        offset = minute - hour * 60
        if sketch:
            known[offset] = merged(map(Sketch.unpack, (known[offset], sketch))).pack() if offset in known else sketch
    return {subjects[subject]: by_minute for subject, by_minute in found.items()}


def _open(connection: sqlite3.Connection, subjects: Collection[int], first: int, stop: int) -> sqlite3.Cursor:
    return connection.execute(
        "SELECT subject, minute, total, failed, sketch FROM minutes"  # noqa: S608  # only question marks
        f" WHERE subject IN ({marks(subjects)}) AND minute >= ? AND minute < ?",
        (*subjects, first, stop),
    )


def counted_rows(connection: sqlite3.Connection, edges: Edges) -> list[str]:
    """As `Store.counted_rows`."""
    found = connection.execute(
        "SELECT row FROM subjects WHERE EXISTS (SELECT 1 FROM days WHERE subject = id AND day >= ?)"
        " OR EXISTS (SELECT 1 FROM minutes WHERE subject = id AND minute >= ?) ORDER BY row",
        (edges.hours * HOUR_S // DAY_S, edges.hours * 60),
    )
    return [row for (row,) in found]
