"""Small things that the store knows about itself and its rows."""

import sqlite3
from collections.abc import Collection

from ops.store.rules import Edges

SUBJECT_BITS = 24
"""The lower bits of the keys of `sketches` and `pictures`; the upper ones are the hour."""


def subject_of(connection: sqlite3.Connection, row: str) -> int | None:
    """The number of a row; None where nothing is known of it."""
    found = connection.execute("SELECT id FROM subjects WHERE row = ?", (row,)).fetchone()
    return int(found[0]) if found else None


def subjects_of(connection: sqlite3.Connection, rows: Collection[str]) -> dict[int, str]:
    """The rows of which something is known, by their numbers."""
    where = f"WHERE row IN ({marks(rows)})"
    return dict(connection.execute(f"SELECT id, row FROM subjects {where}", tuple(rows)))  # noqa: S608  # only marks


def marks(values: Collection[object]) -> str:
    """A question mark for each value."""
    return ",".join("?" * len(values))


def key_of(hour: int, subject: int) -> int:
    """The key in `sketches` and `pictures`."""
    return hour << SUBJECT_BITS | subject


def edges_of(connection: sqlite3.Connection) -> Edges:
    """From which hours on things are kept."""
    known = dict(connection.execute("SELECT name, value FROM meta"))
    return Edges(**{name: known[name] for name in ("raw", "minutes", "hours") if name in known})


def set_meta(connection: sqlite3.Connection, **values: int) -> None:
    """Keep numbers by name."""
    connection.executemany("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", values.items())


def meta_of(connection: sqlite3.Connection, name: str) -> int:
    """A number by name; 0 where it was never set."""
    found = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return int(found[0]) if found else 0
