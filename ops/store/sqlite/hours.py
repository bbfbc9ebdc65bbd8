"""A closed hour of one row, packed; and how it becomes part of what is kept already."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from collectors.sketch import Sketch
from ops.board import Row
from ops.store.flat import FACT, Flat, Scalar, flatten, is_number
from ops.store.minutes import pack_minutes, unpack_minutes
from ops.store.rules import Edges
from ops.store.sqlite.columns import States, keys_of, pack_states, unpack_states
from ops.store.sqlite.meta import key_of
from ops.store.sqlite.packing import encode_state, expand, pack_sketches, squeeze, unpack_sketches
from ops.store.tally import Tally

Counted = Mapping[int, tuple[int, int, bytes]]
"""By minute of the hour (0–59): total, failed, packed sketch."""
Summary = tuple[int, float, float, float]
"""Of a numeric fact over some minutes: how many, mean, least, most."""
_SUMMARIES = msgspec.msgpack.Decoder(dict[str, Summary])


class PackedHour(msgspec.Struct, frozen=True, kw_only=True):
    """One row's hour, ready to be written."""

    row: str
    kind: str
    hour: int
    """Hours since the epoch."""
    total: int = 0
    failed: int = 0
    sketch: bytes = b""
    minutes: bytes = b""
    """Counts by minute, squeezed; empty where nothing was counted."""
    sketches: bytes = b""
    picture: bytes = b""
    """The states by columns; empty where none were recorded."""
    last: int = 0
    """The last minute with a state."""
    state: bytes = b""
    """That state, squeezed; empty: the row went."""
    figures: bytes = b""


def pack_hour(
    row: str, kind: str, hour: int, counted: Counted, states: Mapping[int, Row | None], *, place: int = 0
) -> PackedHour:
    """Pack what is known of a row in an hour: counts and states by minute of the hour. Pure, for any process.

    `place` is where the row stands among its target's.
    """
    flat = {minute: None if state is None else flatten(state, place) for minute, state in states.items()}
    return packed(row, kind, hour, counted, flat)


def packed(row: str, kind: str, hour: int, counted: Counted, states: Mapping[int, Flat | None]) -> PackedHour:
    """As `pack_hour`, of flat states."""
    whole = Sketch()
    for _, _, sketch in counted.values():
        whole.merge(Sketch.unpack(sketch))
    by_minute = [(minute, total, failed) for minute, (total, failed, _) in sorted(counted.items())]
    last = max(states, default=0)
    end = states.get(last)
    return PackedHour(
        row=row,
        kind=kind,
        hour=hour,
        total=sum(total for _, total, _ in by_minute),
        failed=sum(failed for _, _, failed in by_minute),
        sketch=whole.pack(),
        minutes=squeeze(pack_minutes(by_minute)),
        sketches=pack_sketches({minute: sketch for minute, (_, _, sketch) in counted.items()}),
        picture=pack_states(states) if states else b"",
        last=last,
        state=squeeze(encode_state(end)),
        figures=squeeze(msgspec.msgpack.encode(summaries(states))),
    )


def summaries(states: Mapping[int, Flat | None]) -> dict[str, Summary]:
    """Mean, least and most of each numeric fact."""
    there = [state for state in states.values() if state]
    found: dict[str, Summary] = {}
    for key in keys_of(there):
        if key.startswith(FACT) and (seen := _numbers([state.get(key) for state in there])):
            found[key[len(FACT) :]] = len(seen), sum(seen) / len(seen), min(seen), max(seen)
    return found


def _numbers(values: Sequence[Scalar]) -> Sequence[float]:
    """Those that are finite numbers; what has no number at all, as words have not, is seen at once."""
    kinds = set(map(type, values))
    return [float(value) for value in values if is_number(value)] if kinds & {int, float} else ()


def summed(first: Summary, second: Summary) -> Summary:
    """Of both stretches together."""
    count = first[0] + second[0]
    mean = first[1] * (first[0] / count) + second[1] * (second[0] / count)
    return count, mean, min(first[2], second[2]), max(first[3], second[3])


def read_summaries(data: bytes) -> dict[str, Summary]:
    """The summaries of a packed hour."""
    return _SUMMARIES.decode(expand(data)) if data else {}


def keep_hours(connection: sqlite3.Connection, edges: Edges, hours: Iterable[tuple[int, PackedHour]]) -> None:
    """Add hours, each with its subject's number; what is there already is added to, never written over."""
    days: defaultdict[tuple[int, int], Tally] = defaultdict(Tally)
    for subject, hour in hours:
        if hour.hour < edges.hours:
            continue
        if hour.minutes:
            day, within = divmod(hour.hour, 24)
            tally = days[subject, day]
            tally.add(hour.total, hour.failed, hour.sketch)
            tally.spread(unpack_minutes(expand(hour.minutes)), within * 60)
            _keep_counts(connection, edges, subject, hour)
        if hour.picture:
            _keep_states(connection, edges, subject, hour)
    for (subject, day), tally in days.items():
        _keep_day(connection, subject, day, tally)


def _keep_counts(connection: sqlite3.Connection, edges: Edges, subject: int, hour: PackedHour) -> None:
    key, total, failed, sketch, minutes = key_of(hour.hour, subject), hour.total, hour.failed, hour.sketch, hour.minutes
    sketches = hour.sketches
    known = connection.execute(
        "SELECT total, failed, sketch, minutes FROM hours WHERE subject = ? AND hour = ?", (subject, hour.hour)
    ).fetchone()
    if known:
        tally = Tally()
        for values in (known, (total, failed, sketch, minutes)):
            tally.add(*values[:3])
            tally.spread(unpack_minutes(expand(values[3])))
        total, failed, sketch, minutes = tally.total, tally.failed, tally.sketch.pack(), squeeze(tally.packed_minutes())
        before = connection.execute("SELECT data FROM sketches WHERE key = ?", (key,)).fetchone()
        if before:
            sketches = _merged(unpack_sketches(before[0]), unpack_sketches(sketches))
    connection.execute(
        "INSERT OR REPLACE INTO hours (subject, hour, total, failed, sketch, minutes) VALUES (?, ?, ?, ?, ?, ?)",
        (subject, hour.hour, total, failed, sketch, minutes),
    )
    if sketches and hour.hour >= edges.minutes:
        connection.execute("INSERT OR REPLACE INTO sketches (key, data) VALUES (?, ?)", (key, sketches))


def _merged(first: dict[int, bytes], second: dict[int, bytes]) -> bytes:
    for minute, data in second.items():
        whole = Sketch.unpack(data)
        whole.merge(Sketch.unpack(first.get(minute, b"")))
        first[minute] = whole.pack()
    return pack_sketches(first)


def _keep_states(connection: sqlite3.Connection, edges: Edges, subject: int, hour: PackedHour) -> None:
    key, picture, last, state, figures = key_of(hour.hour, subject), hour.picture, hour.last, hour.state, hour.figures
    known = connection.execute(
        "SELECT minute, state, figures FROM hour_states WHERE subject = ? AND hour = ?", (subject, hour.hour)
    ).fetchone()
    if known:
        before = connection.execute("SELECT data FROM pictures WHERE key = ?", (key,)).fetchone()
        if before:
            states: States = unpack_states(before[0]) | unpack_states(picture)
            picture, together = pack_states(states), summaries(states)
        else:
            together = _both(read_summaries(known[2]), read_summaries(figures))
        figures = squeeze(msgspec.msgpack.encode(together))
        if known[0] > last:
            last, state = known[:2]
    connection.execute(
        "INSERT OR REPLACE INTO hour_states (subject, hour, minute, state, figures) VALUES (?, ?, ?, ?, ?)",
        (subject, hour.hour, last, state, figures),
    )
    if hour.hour >= edges.minutes:
        connection.execute("INSERT OR REPLACE INTO pictures (key, data) VALUES (?, ?)", (key, picture))


def _both(first: dict[str, Summary], second: dict[str, Summary]) -> dict[str, Summary]:
    return first | {name: summed(first[name], values) if name in first else values for name, values in second.items()}


def _keep_day(connection: sqlite3.Connection, subject: int, day: int, tally: Tally) -> None:
    known = connection.execute(
        "SELECT total, failed, sketch, minutes FROM days WHERE subject = ? AND day = ?", (subject, day)
    ).fetchone()
    if known:
        tally.add(*known[:3])
        tally.spread(unpack_minutes(expand(known[3])))
    connection.execute(
        "INSERT OR REPLACE INTO days (subject, day, total, failed, sketch, minutes) VALUES (?, ?, ?, ?, ?, ?)",
        (subject, day, tally.total, tally.failed, tally.sketch.pack(), squeeze(tally.packed_minutes())),
    )
