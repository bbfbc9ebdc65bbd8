"""Reading how the rows stood at a moment: from raw frames, else by minute, else by hour."""

import sqlite3
from collections.abc import Iterator, Mapping

from ops.store.contract import HOUR_S, MINUTE_S, Picture
from ops.store.flat import PLACE, Flat, unflatten
from ops.store.rules import RECENT_S, TARGETS_NOTE, Edges, in_order
from ops.store.sqlite.columns import state_before
from ops.store.sqlite.frames import replay, times
from ops.store.sqlite.meta import key_of
from ops.store.sqlite.packing import decode_state, expand
from ops.store.sqlite.write import FRAME_S

Version = tuple[int, Flat | None]
"""The minute since the epoch, and the state; None: gone."""


def picture(connection: sqlite3.Connection, edges: Edges, at: float) -> Picture | None:
    """As `Store.picture`."""
    return _raw(connection, edges, at) or _by_minute(connection, edges, at) or _by_hour(connection, edges, at)


def _raw(connection: sqlite3.Connection, edges: Edges, at: float) -> Picture | None:
    found = _frame_at(connection, edges, at)
    if found is None or found[0] <= at - RECENT_S:
        return None
    moment, segment, seq = found
    frames = connection.execute("SELECT data FROM frames WHERE seq BETWEEN ? AND ? ORDER BY seq", (segment, seq))
    floor = replay([data for (data,) in frames], moment)
    return _made(connection, moment, 0, floor)


def _frame_at(connection: sqlite3.Connection, edges: Edges, at: float) -> tuple[float, int, int] | None:
    """When the newest record up to `at` was made, the key frame to begin with, and its own frame.

    A clock that was set back leaves frames that overlap: the latest time counts, then what was appended last.
    """
    nearest = connection.execute(
        "SELECT first FROM frames WHERE first <= ? AND hour >= ? ORDER BY first DESC LIMIT 1", (at, edges.raw)
    ).fetchone()
    if nearest is None:
        return None
    candidates = connection.execute(
        "SELECT seq, segment, last, iif(last > ?, data, NULL) FROM frames WHERE first BETWEEN ? AND ? AND hour >= ?",
        (at, nearest[0] - FRAME_S, at, edges.raw),
    )
    found = [
        (last if data is None else max(moment for moment in times(data) if moment <= at), seq, segment)
        for seq, segment, last, data in candidates
    ]
    moment, seq, segment = max(found)
    return moment, segment, seq


def _by_minute(connection: sqlite3.Connection, edges: Edges, at: float) -> Picture | None:
    minute = int(at // MINUTE_S)
    floor = dict(_versions(connection, edges, minute, int(at // HOUR_S) if minute % 60 else minute // 60 - 1))
    newest = max((known for known, _ in floor.values()), default=0)
    if (newest + 1) * MINUTE_S <= minute * MINUTE_S - RECENT_S or newest < edges.minutes * 60:
        return None
    return _made(
        connection, float((newest + 1) * MINUTE_S), MINUTE_S, {row: state for row, (_, state) in floor.items()}
    )


def _by_hour(connection: sqlite3.Connection, edges: Edges, at: float) -> Picture | None:
    hour = int(at // HOUR_S)
    if hour > edges.minutes:
        return None
    floor = dict(_versions(connection, edges, hour * 60, None))
    newest = max((known for known, _ in floor.values()), default=0)
    if newest < (hour - 1) * 60 or newest < edges.hours * 60:
        return None
    return _made(connection, float(hour * HOUR_S), HOUR_S, {row: state for row, (_, state) in floor.items()})


def _versions(
    connection: sqlite3.Connection, edges: Edges, minute: int, hour: int | None
) -> Iterator[tuple[str, tuple[int, Flat]]]:
    """Each row that was there before `minute`, with its last state; `hour` is the one whose columns may have it."""
    columns: Mapping[int, bytes] = {}
    if hour is not None and hour >= edges.minutes:
        keys = (key_of(hour, 0), key_of(hour + 1, 0))
        columns = dict(connection.execute("SELECT key, data FROM pictures WHERE key >= ? AND key < ?", keys))
    there = connection.execute(
        "SELECT id, row FROM subjects WHERE first < ? AND NOT coalesce(gone_at >= last AND gone_at < ?, 0)",
        (minute * MINUTE_S, minute * MINUTE_S),
    )
    for subject, row in there.fetchall():
        packed = columns.get(key_of(hour, subject)) if hour is not None else None
        found = _latest(connection, subject, minute, (hour or 0, packed) if packed else None)
        if found and found[1] is not None and found[0] >= edges.hours * 60:
            yield row, (found[0], found[1])


def _latest(
    connection: sqlite3.Connection, subject: int, minute: int, packed: tuple[int, bytes] | None
) -> Version | None:
    found: Version | None = None
    inside = state_before(packed[1], minute - packed[0] * 60) if packed else None
    if packed and inside:
        found = (packed[0] * 60 + inside[0], inside[1])
    else:
        closed = connection.execute(
            "SELECT hour, minute, state FROM hour_states WHERE subject = ? AND hour < ? ORDER BY hour DESC LIMIT 1",
            (subject, minute // 60),
        ).fetchone()
        if closed:
            found = (closed[0] * 60 + closed[1], decode_state(expand(closed[2])))
    fresh = connection.execute(
        "SELECT minute, state FROM states WHERE subject = ? AND minute < ? ORDER BY minute DESC LIMIT 1",
        (subject, minute),
    ).fetchone()
    if fresh and (found is None or fresh[0] >= found[0]):
        return fresh[0], decode_state(fresh[1])
    return found


def _made(connection: sqlite3.Connection, at: float, step_s: float, floor: Mapping[str, Flat | None]) -> Picture | None:
    rows = [(_place(state), unflatten(state)) for state in floor.values() if state is not None]
    if not rows:
        return None
    wanted = {row.target for _, row in rows}
    seen = dict(connection.execute("SELECT row, id FROM subjects").fetchall()) if len(wanted) > 1 else {}
    targets = connection.execute("SELECT value FROM notes WHERE name = ?", (TARGETS_NOTE,)).fetchone()
    return Picture(at=at, step_s=step_s, rows=in_order(rows, seen, targets[0] if targets else ""))


def _place(state: Flat) -> int:
    place = state.get(PLACE)
    return place if isinstance(place, int) else 0
