"""Copies a database of SQLite at one moment, counts what is in it, and says what is wrong with a copy. Blocks."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from collectors.text import clean
from ops.backup.errors import BackupError

_WAITS_S = 30.0
_TABLES = 500
_TOLD = 3


def copied(database: Path, to: Path) -> None:
    """A copy of it as it is now, whoever writes to it meanwhile: in one step, by SQLite's own backup.

    Raises BackupError.
    """
    try:
        with closing(_opened(database)) as source, closing(sqlite3.connect(to)) as copy:
            source.backup(copy, pages=-1)
            # A copy of a database with a log beside it would ask for one too.
            copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise BackupError(
            f"{clean(database)} can't be copied: {clean(error)}",
            "look whether it is damaged, and whether there is room",
        ) from error


def rows(database: Path) -> Mapping[str, int]:
    """How many rows each of its tables has. Raises BackupError."""
    try:
        with closing(_opened(database)) as opened:
            listed = opened.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name"
            ).fetchmany(_TABLES)
            return {name: opened.execute(_count(name)).fetchone()[0] for (name,) in listed}
    except sqlite3.Error as error:
        raise _unread(database, error) from error


def faults(database: Path) -> str:
    """What SQLite itself finds wrong with it, all of it read; "" for nothing."""
    try:
        with closing(_opened(database)) as opened:
            told = [row[0] for row in opened.execute(f"PRAGMA integrity_check({_TOLD})")]
            broken = opened.execute("PRAGMA foreign_key_check").fetchmany(1)
    except sqlite3.Error as error:
        return _unread(database, error).message
    if told != ["ok"]:
        return f"{clean(database.name)} is damaged: {clean('; '.join(map(str, told)))}"
    return f"{clean(database.name)} has a row whose partner is gone: {clean(broken[0])}" if broken else ""


def unmet(database: Path, checks: Sequence[str]) -> list[str]:
    """Which of the user's own checks do not give true in their first column. Nothing that they do is kept."""
    found = []
    for check in checks:
        try:
            with closing(_opened(database)) as opened:
                row = opened.execute(check).fetchone()
        except sqlite3.Error as error:
            found.append(f"the check {clean(check)} fails: {clean(error)}")
            continue
        if not row or not row[0]:
            found.append(f"the check {clean(check)} does not give true")
    return found


def _opened(database: Path) -> sqlite3.Connection:
    """For reading alone."""
    return sqlite3.connect(f"file:{quote(str(database))}?mode=ro", uri=True, timeout=_WAITS_S)


def _count(table: str) -> str:
    quoted = '"' + table.replace('"', '""') + '"'
    return f"SELECT count(*) FROM {quoted}"  # noqa: S608 - an identifier can't be a parameter; it is quoted


def _unread(database: Path, error: sqlite3.Error) -> BackupError:
    return BackupError(f"{clean(database.name)} can't be read: {clean(error)}", "use another backup", reason="damaged")
