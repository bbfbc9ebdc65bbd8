"""What is kept in words: events, corrections, notes, and what the store says of itself."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ops.store.contract import HOUR_S, Correction, Event, Info, Retention, StoreError, Subject
from ops.store.rules import Edges
from ops.store.sqlite.schema import version_of

_CORRECTION = 'SELECT id, slo, start, "end", reason, author, entered_at, undone_at, undone_by FROM corrections'

_PAGES_AT_ONCE = 1000


def events(
    connection: sqlite3.Connection, edges: Edges, span: tuple[float, float], kinds: Sequence[str], row: str
) -> list[Event]:
    """As `Store.events`."""
    start, end = max(span[0], edges.hours * HOUR_S), span[1]
    where, values = "at >= ? AND at < ?", [start, end]
    marks = ",".join("?" * len(kinds))
    where += f" AND kind IN ({marks})" if kinds else ""
    where += " AND row = ?" if row else ""
    found = connection.execute(
        f"SELECT at, kind, row, text, before, after FROM events WHERE {where} ORDER BY at, id",  # noqa: S608
        (*values, *kinds, *([row] if row else [])),
    )
    return [
        Event(at=at, kind=kind, row=of, text=text, before=before, after=after)
        for at, kind, of, text, before, after in found
    ]


def span(connection: sqlite3.Connection, edges: Edges) -> tuple[float, float] | None:
    """As `Store.span`."""
    edge = float(edges.hours * HOUR_S)
    first, last = connection.execute(
        "SELECT min(first), max(last) FROM (SELECT min(first) AS first, max(last) AS last FROM subjects WHERE last >= ?"
        " UNION ALL SELECT min(at), max(at) FROM events WHERE at >= ?)",
        (edge, edge),
    ).fetchone()
    return None if first is None else (max(first, edge), last)


def subjects(connection: sqlite3.Connection, edges: Edges) -> list[Subject]:
    """As `Store.subjects`."""
    edge = float(edges.hours * HOUR_S)
    found = connection.execute("SELECT row, kind, first, last FROM subjects WHERE last >= ? ORDER BY row", (edge,))
    return [Subject(row=row, kind=kind, first=max(first, edge), last=last) for row, kind, first, last in found]


def correct(connection: sqlite3.Connection, correction: Correction) -> int:
    """Keep a correction; gives its id."""
    values = (
        correction.slo, correction.start, correction.end, correction.reason, correction.author, correction.entered_at,
        correction.undone_at, correction.undone_by,
    )  # fmt: skip
    added = connection.execute(
        'INSERT INTO corrections (slo, start, "end", reason, author, entered_at, undone_at, undone_by)'
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        values,
    )
    return int(added.lastrowid or 0)


def undo(connection: sqlite3.Connection, number: int, by: str, at: float) -> Correction:
    """Undo a correction. Raises StoreError where there is none, or it is undone already."""
    known = [correction for correction in corrections(connection) if correction.id == number]
    if not known:
        raise StoreError(f"there is no correction {number}", "see `watchfloor slo corrections`")
    if known[0].undone_at is not None:
        raise StoreError(f"correction {number} is undone already", "see `watchfloor slo corrections`")
    connection.execute("UPDATE corrections SET undone_at = ?, undone_by = ? WHERE id = ?", (at, by, number))
    return msgspec.structs.replace(known[0], undone_at=at, undone_by=by)


def corrections(connection: sqlite3.Connection) -> list[Correction]:
    """As `Store.corrections`."""
    names = ("id", "slo", "start", "end", "reason", "author", "entered_at", "undone_at", "undone_by")
    found = connection.execute(f"{_CORRECTION} ORDER BY id")
    return [Correction(**dict(zip(names, values, strict=True))) for values in found]


def notes(connection: sqlite3.Connection) -> dict[str, str]:
    """As `Store.notes`."""
    return dict(connection.execute("SELECT name, value FROM notes ORDER BY name"))


def size_of(path: Path) -> int:
    """Bytes of the file and its log."""
    files = (path, path.with_name(path.name + "-wal"))
    return sum(file.stat().st_size for file in files if file.exists())


def vacuum(connection: sqlite3.Connection, path: Path) -> int:
    """As `Store.vacuum`: free pages leave the end of the file, some at a time, so that it needs little room itself."""
    before = size_of(path)
    while connection.execute("PRAGMA freelist_count").fetchone()[0]:
        # execute() would end after the first page.
        connection.executescript(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return max(0, before - size_of(path))


def info(connection: sqlite3.Connection, edges: Edges, path: Path, retention: Retention) -> Info:
    """As `Store.info`."""
    free, page = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("freelist_count", "page_size"))
    first, last = span(connection, edges) or (None, None)

    def number(table: str) -> int:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608  # our own names

    return Info(
        path=str(path),
        version=version_of(connection),
        size_bytes=size_of(path),
        free_bytes=free * page,
        first=first,
        last=last,
        subjects=number("subjects"),
        raw=number("frames"),
        minutes=number("minutes") + number("sketches"),
        hours=number("hours"),
        days=number("days"),
        events=number("events"),
        generated="generated" in notes(connection),
        retention=retention,
    )
