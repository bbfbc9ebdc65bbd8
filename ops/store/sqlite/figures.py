"""Reading numeric facts over time."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping

import msgspec

from ops.store.contract import DAY_S, HOUR_S, MINUTE_S, Figure, Step
from ops.store.flat import FACT, is_number
from ops.store.rules import Edges, steps
from ops.store.sqlite.columns import column_of
from ops.store.sqlite.hours import Summary, read_summaries, summed
from ops.store.sqlite.meta import SUBJECT_BITS, key_of, subject_of
from ops.store.sqlite.packing import decode_state

_FACTS = msgspec.msgpack.Decoder(list[str])


def figures(
    connection: sqlite3.Connection, edges: Edges, row: str, fact: str, span: tuple[float, float], step: Step
) -> list[Figure]:
    """As `Store.figures`."""
    subject = subject_of(connection, row)
    first, stop = steps(*span, step)
    if subject is None or first >= stop:
        return []
    if step == MINUTE_S:
        values = _by_minute(connection, subject, fact, max(first, edges.minutes * 60), stop)
        return [_figure(minute * MINUTE_S, (1, value, value, value)) for minute, value in sorted(values.items())]
    first = max(first, edges.hours * HOUR_S // step)
    hours = _by_hour(connection, edges, subject, fact, first * step // HOUR_S, stop * step // HOUR_S)
    if step == DAY_S:
        hours = _by_day(hours)
    return [_figure(number * step, hours[number]) for number in sorted(hours)]


def _figure(at: int, summary: Summary) -> Figure:
    return Figure(at=float(at), value=summary[1], least=summary[2], most=summary[3])


def _by_minute(connection: sqlite3.Connection, subject: int, fact: str, first: int, stop: int) -> dict[int, float]:
    hours = range(first // 60, -(-stop // 60))
    found: dict[int, float] = {}
    packed = connection.execute(
        "SELECT hour, (SELECT data FROM pictures WHERE key = (hour << ?) | subject) FROM hour_states"
        " WHERE subject = ? AND hour >= ? AND hour < ?",
        (SUBJECT_BITS, subject, hours.start, hours.stop),
    )
    for hour, data in packed:
        found |= {hour * 60 + minute: value for minute, value in _numbers(data, fact)} if data else {}
    fresh = _open(connection, subject, fact, first, stop)
    for minute, value in fresh.items():
        if value is None:
            found.pop(minute, None)
        else:
            found[minute] = value
    return {minute: value for minute, value in found.items() if first <= minute < stop}


def _numbers(data: bytes, fact: str) -> Iterator[tuple[int, float]]:
    return ((minute, float(value)) for minute, value in column_of(data, FACT + fact) if is_number(value))


def _open(connection: sqlite3.Connection, subject: int, fact: str, first: int, stop: int) -> dict[int, float | None]:
    """By minute that is not folded yet; None where the last state of the minute has no such number."""
    found: dict[int, float | None] = {}
    states = connection.execute(
        "SELECT minute, state FROM states WHERE subject = ? AND minute >= ? AND minute < ?", (subject, first, stop)
    )
    for minute, state in states:
        value = (decode_state(state) or {}).get(FACT + fact)
        found[minute] = float(value) if is_number(value) else None
    return found


def _by_hour(
    connection: sqlite3.Connection, edges: Edges, subject: int, fact: str, first: int, stop: int
) -> dict[int, Summary]:
    found: dict[int, Summary] = {}
    closed = connection.execute(
        "SELECT hour, figures FROM hour_states WHERE subject = ? AND hour >= ? AND hour < ?", (subject, first, stop)
    )
    for hour, data in closed:
        summary = read_summaries(data).get(fact)
        if summary:
            found[hour] = summary
    fresh: defaultdict[int, list[float]] = defaultdict(list)
    for minute, value in _open(connection, subject, fact, first * 60, stop * 60).items():
        fresh[minute // 60] += [] if value is None else [value]
    for hour, values in fresh.items():
        if connection.execute("SELECT 1 FROM pictures WHERE key = ?", (key_of(hour, subject),)).fetchone():
            values = [*_by_minute(connection, subject, fact, hour * 60, hour * 60 + 60).values()]  # noqa: PLW2901
            found.pop(hour, None)
        if values:
            summary = (len(values), sum(values) / len(values), min(values), max(values))
            found[hour] = summed(found[hour], summary) if hour in found else summary
    return found


def _by_day(hours: Mapping[int, Summary]) -> dict[int, Summary]:
    found: dict[int, Summary] = {}
    for hour, summary in sorted(hours.items()):
        day = hour // 24
        found[day] = summed(found[day], summary) if day in found else summary
    return found


def facts(connection: sqlite3.Connection, row: str) -> list[str]:
    """As `Store.facts`."""
    found = connection.execute("SELECT facts FROM subjects WHERE row = ?", (row,)).fetchone()
    return _FACTS.decode(found[0]) if found else []
