"""Rolling up: closed hours are folded, and what is too old is dropped, in pieces of some milliseconds.

A piece is one transaction, and folding deletes in it what it added elsewhere: done twice or cut off anywhere, every
record counts once. What is to be done is found again from the tables, so that no piece is lost with its process.
"""

import sqlite3
from collections import deque
from collections.abc import Callable

from ops.store.contract import DAY_S, HOUR_S, Retention
from ops.store.flat import Flat
from ops.store.rules import CLOSED_AFTER_S, Edges, hour_of
from ops.store.sqlite.hours import keep_hours, packed
from ops.store.sqlite.meta import edges_of, key_of, meta_of, set_meta
from ops.store.sqlite.packing import decode_state

FOLDED_AT_ONCE = 3
"""Hours of a row in one piece; each takes one to three milliseconds."""
DROPPED_AT_ONCE = 200
SUBJECTS_AT_ONCE = 10

Piece = Callable[[sqlite3.Connection], bool]
"""Does some of it; says whether the same has more to do."""


class Roller:
    """The pieces that are left of one round."""

    def __init__(self) -> None:
        self._pieces: deque[Piece] = deque()
        self._done: tuple[int, Edges] | None = None

    def disturbed(self, at: float) -> None:
        """Something was appended: a round is needed again where its hour was folded already."""
        if self._done and hour_of(at) < self._done[0]:
            self._done = None

    def idle(self, retention: Retention, now: float) -> bool:
        """Whether nothing is to be done, as far as is known without looking."""
        return not self._pieces and self._done == (_closed(now), Edges().moved(retention, now))

    def work(self, connection: sqlite3.Connection, retention: Retention, now: float) -> bool:
        """Do one piece, inside a transaction; says whether more is to be done."""
        if self._pieces:
            piece = self._pieces[0]
            if not piece(connection):
                self._pieces.popleft()
        else:
            self._plan(connection, retention, now)
        return bool(self._pieces)

    def _plan(self, connection: sqlite3.Connection, retention: Retention, now: float) -> None:
        known, closed = edges_of(connection), _closed(now)
        edges = known.moved(retention, now)
        if edges != known:
            set_meta(connection, raw=edges.raw, minutes=edges.minutes, hours=edges.hours)
        todo = connection.execute(
            "SELECT subject, minute / 60 FROM minutes WHERE minute < ? UNION"
            " SELECT subject, minute / 60 FROM states WHERE minute < ?",
            (closed * 60, closed * 60),
        ).fetchall()
        for place in range(0, len(todo), FOLDED_AT_ONCE):
            self._pieces.append(_folding(todo[place : place + FOLDED_AT_ONCE]))
        if meta_of(connection, "swept") != edges.raw or meta_of(connection, "swept_hours") != edges.hours:
            self._sweep(connection, edges)
        self._done = (closed, Edges().moved(retention, now))

    def _sweep(self, connection: sqlite3.Connection, edges: Edges) -> None:
        self._pieces.extend((_dropping_frames(edges), _dropping_hours("sketches", edges)))
        self._pieces.append(_dropping_hours("pictures", edges))
        if meta_of(connection, "swept_hours") != edges.hours:
            subjects = [number for (number,) in connection.execute("SELECT id FROM subjects")]
            for place in range(0, len(subjects), SUBJECTS_AT_ONCE):
                self._pieces.append(_forgetting(subjects[place : place + SUBJECTS_AT_ONCE], edges))
            self._pieces.append(_dropping_events(edges))

        def finished(connection: sqlite3.Connection) -> bool:
            set_meta(connection, swept=edges.raw, swept_hours=edges.hours)
            return False

        self._pieces.append(finished)


def _closed(now: float) -> int:
    """The first hour that is not folded yet."""
    return hour_of(now - CLOSED_AFTER_S)


def _folding(hours: list[tuple[int, int]]) -> Piece:
    def fold(connection: sqlite3.Connection) -> bool:
        edges = edges_of(connection)
        for subject, hour in hours:
            _fold(connection, edges, subject, hour)
        return False

    return fold


def _fold(connection: sqlite3.Connection, edges: Edges, subject: int, hour: int) -> None:
    bounds = (subject, hour * 60, hour * 60 + 60)
    within = "WHERE subject = ? AND minute >= ? AND minute < ?"
    counts = f"SELECT minute, total, failed, sketch FROM minutes {within}"  # noqa: S608  # our own words
    counted = {
        minute - bounds[1]: (total, failed, sketch)
        for minute, total, failed, sketch in connection.execute(counts, bounds)
    }
    states: dict[int, Flat | None] = {
        minute - bounds[1]: decode_state(state)
        for minute, state in connection.execute(f"SELECT minute, state FROM states {within}", bounds)  # noqa: S608
    }
    if counted or states:
        keep_hours(connection, edges, [(subject, packed("", "", hour, counted, states))])
        connection.execute(f"DELETE FROM minutes {within}", bounds)  # noqa: S608
        connection.execute(f"DELETE FROM states {within}", bounds)  # noqa: S608


def _dropping_frames(edges: Edges) -> Piece:
    """Drops whole hours; the newest segment stays, because it tells how the floor stands."""

    def drop(connection: sqlite3.Connection) -> bool:
        newest = connection.execute("SELECT segment FROM frames ORDER BY seq DESC LIMIT 1").fetchone()
        dropped = connection.execute(
            "DELETE FROM frames WHERE seq IN (SELECT seq FROM frames WHERE first < ? AND segment < ? LIMIT ?)",
            (edges.raw * HOUR_S, newest[0] if newest else 0, DROPPED_AT_ONCE),
        )
        return dropped.rowcount == DROPPED_AT_ONCE

    return drop


def _dropping_hours(table: str, edges: Edges) -> Piece:
    def drop(connection: sqlite3.Connection) -> bool:
        dropped = connection.execute(
            f"DELETE FROM {table} WHERE key IN (SELECT key FROM {table} WHERE key < ? LIMIT ?)",  # noqa: S608
            (key_of(edges.minutes, 0), DROPPED_AT_ONCE),
        )
        return dropped.rowcount == DROPPED_AT_ONCE

    return drop


def _forgetting(subjects: list[int], edges: Edges) -> Piece:
    def drop(connection: sqlite3.Connection) -> bool:
        for number in subjects:
            connection.execute("DELETE FROM hours WHERE subject = ? AND hour < ?", (number, edges.hours))
            connection.execute("DELETE FROM hour_states WHERE subject = ? AND hour < ?", (number, edges.hours))
            connection.execute("DELETE FROM days WHERE subject = ? AND day < ?", (number, edges.hours // 24))
        marks = ",".join("?" * len(subjects))
        connection.execute(
            f"DELETE FROM subjects WHERE last < ? AND id IN ({marks})",  # noqa: S608  # only question marks
            (edges.hours * HOUR_S, *subjects),
        )
        return False

    return drop


def _dropping_events(edges: Edges) -> Piece:
    def drop(connection: sqlite3.Connection) -> bool:
        dropped = connection.execute(
            "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE at < ? LIMIT ?)",
            (edges.hours // 24 * DAY_S, DROPPED_AT_ONCE),
        )
        return dropped.rowcount == DROPPED_AT_ONCE

    return drop
