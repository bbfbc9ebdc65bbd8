"""Appending: what records add to frames, minutes, states, subjects and events, in one transaction."""

import sqlite3
from collections import defaultdict
from collections.abc import Sequence

from ops.store.contract import Record
from ops.store.flat import Flat
from ops.store.rules import begins, hour_of, minute_of
from ops.store.sqlite.frames import Coder, replay
from ops.store.sqlite.packing import encode_state
from ops.store.sqlite.subjects import News, Subjects
from ops.store.tally import Tally

FRAME_S = 1.0
"""The longest time that one frame covers."""
KEY_EVERY_S = 300.0
KEY_EVERY = 300
"""So many frames, or so long, after a key frame comes the next."""


class Batch:
    """What some records add up to."""

    def __init__(self) -> None:
        self.tallies: defaultdict[tuple[str, int], Tally] = defaultdict(Tally)
        """By row and minute."""
        self.states: dict[tuple[str, int], Flat | None] = {}
        """By row and minute: the last state, None where the row went."""
        self.news: defaultdict[str, News] = defaultdict(News)

    def count(self, record: Record) -> None:
        """Take what was counted."""
        for row_id, events in record.counted.items():
            self.tallies[row_id, minute_of(record.at)].add(events.total, events.failed, events.latencies)
            self.news[row_id].seen(record.at)

    def stood(self, row_id: str, at: float, flat: Flat, changed: Flat) -> None:
        """Take a row's state."""
        self.states[row_id, minute_of(at)] = flat
        self.news[row_id].seen(at)
        self.news[row_id].stood(str(flat["kind"]), changed)

    def went(self, row_id: str, at: float) -> None:
        """Take that a row went."""
        self.states[row_id, minute_of(at)] = None
        self.news[row_id].went(at)


class Writer:
    """Keeps between appends what else had to be read again: the floor as it stands, and the numbers of its rows."""

    def __init__(self) -> None:
        self._loaded = False
        self._floor: dict[str, Flat] = {}
        self._subjects = Subjects()
        self._next = self._segment = 0
        self._since = 0.0
        self._hour = 0
        self._coder: Coder | None = None
        self._frame: list[float] = []
        """When the records of the open frame were made."""

    def append(self, connection: sqlite3.Connection, records: Sequence[Record]) -> None:
        """Add the records, inside a transaction. A writer whose transaction failed must not be used again."""
        if not self._loaded:
            self._load(connection)
        batch = Batch()
        for record in records:
            if record.rows or record.gone or begins(record):
                self._take(connection, record, batch)
            batch.count(record)
        self._end_frame(connection)
        self._subjects.keep(connection, batch.news)
        self._add_minutes(connection, batch)
        connection.executemany(
            "INSERT INTO states (subject, minute, state) VALUES (?, ?, ?)"
            " ON CONFLICT (subject, minute) DO UPDATE SET state = excluded.state",
            [(self._subjects[row_id], minute, encode_state(flat)) for (row_id, minute), flat in batch.states.items()],
        )
        connection.executemany(
            "INSERT INTO events (at, kind, row, text, before, after) VALUES (?, ?, ?, ?, ?, ?)",
            [
                (event.at, event.kind, event.row, event.text, event.before, event.after)
                for record in records
                for event in record.happened
            ],
        )
        self._subjects.forget_gone(batch.news)

    def _load(self, connection: sqlite3.Connection) -> None:
        newest = connection.execute("SELECT seq, segment FROM frames ORDER BY seq DESC LIMIT 1").fetchone()
        if newest:
            frames = connection.execute("SELECT data FROM frames WHERE seq >= ? ORDER BY seq", newest[1:])
            self._floor = replay([data for (data,) in frames])
        self._next = newest[0] + 1 if newest else 1
        self._loaded = True

    def _take(self, connection: sqlite3.Connection, record: Record, batch: Batch) -> None:
        if self._frame and not _fits(self._frame, record.at):
            self._end_frame(connection)
        floor = self._floor
        if self._coder is None or (not self._frame and self._key_is_due(record.at)):
            self._coder = Coder(floor)
            self._segment, self._since, self._hour = self._next, record.at, hour_of(record.at)
        left = {*floor} if begins(record) else set()
        there = ({*floor} if record.gone and not left else set()) | {row.id for row in record.rows}
        gone = [row_id for row_id in record.gone if row_id in there]
        fresh = self._coder.add(record, floor)
        self._frame.append(record.at)
        for row_id in left:
            batch.went(row_id, record.at)
        for row_id, (flat, changed) in fresh.items():
            batch.stood(row_id, record.at, flat, changed)
        for row_id in gone:
            batch.news[row_id].seen(record.at)
            batch.went(row_id, record.at)

    def _end_frame(self, connection: sqlite3.Connection) -> None:
        if self._frame and self._coder:
            connection.execute(
                "INSERT INTO frames (seq, segment, hour, first, last, data) VALUES (?, ?, ?, ?, ?, ?)",
                (self._next, self._segment, self._hour, self._frame[0], self._frame[-1], self._coder.frame()),
            )
            self._next += 1
            self._frame = []

    def _key_is_due(self, at: float) -> bool:
        return (
            hour_of(at) != self._hour or abs(at - self._since) >= KEY_EVERY_S or self._next - self._segment >= KEY_EVERY
        )

    def _add_minutes(self, connection: sqlite3.Connection, batch: Batch) -> None:
        for (row_id, minute), tally in batch.tallies.items():
            key = (self._subjects[row_id], minute)
            known = connection.execute(
                "SELECT total, failed, sketch FROM minutes WHERE subject = ? AND minute = ?", key
            ).fetchone()
            if known:
                tally.add(*known)
            connection.execute(
                "INSERT OR REPLACE INTO minutes (subject, minute, total, failed, sketch) VALUES (?, ?, ?, ?, ?)",
                (*key, tally.total, tally.failed, tally.sketch.pack()),
            )


def _fits(frame: Sequence[float], at: float) -> bool:
    """Whether a record of that time can join a frame: times rise within one, and it is short and of one hour."""
    return frame[-1] <= at <= frame[0] + FRAME_S and hour_of(at) == hour_of(frame[0])
