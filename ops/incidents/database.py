"""The file of incidents, alerts, silences and promises: one, so that what belongs together is written at once.

Every write is on disk when its transaction ends (synchronous = FULL): a killed process loses nothing that it has told.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from ops.durable import begin_file
from ops.incidents.source import IncidentError

FILE_NAME = "incidents.sqlite"
APPLICATION_ID = 0x77664963
"""wfIc"""
VERSION = 1
BUSY_S = 5.0
_CACHE_KIB = 128
"""Of each connection, of which a floor has seven. SQLite's own 2 MiB would fill over hours, once for each."""
_AGAIN_S = 0.01
_TRIES = 5
_CHANGES = "changes"
_ONE_MORE = "INSERT INTO notes (name, value) VALUES (?, '1') ON CONFLICT (name) DO UPDATE SET value = value + 1"
TABLES = (
    # An incident is what its moments say; `incidents` is what they come to, so that thousands are listed at once.
    "CREATE TABLE moments (id INTEGER PRIMARY KEY AUTOINCREMENT, incident INTEGER NOT NULL, at REAL NOT NULL,"
    " kind TEXT NOT NULL, by TEXT NOT NULL, text TEXT NOT NULL, data BLOB NOT NULL)",
    "CREATE INDEX moments_of ON moments (incident, id)",
    "CREATE TABLE incidents (number INTEGER PRIMARY KEY AUTOINCREMENT, open INTEGER NOT NULL, priority TEXT NOT NULL,"
    " title TEXT NOT NULL, opened_at REAL NOT NULL, resolved_at REAL, whole BLOB NOT NULL)",
    "CREATE INDEX incidents_open ON incidents (open) WHERE open",
    "CREATE INDEX incidents_opened ON incidents (opened_at)",
    "CREATE INDEX incidents_resolved ON incidents (resolved_at)",
    "CREATE TABLE alerts (key TEXT PRIMARY KEY, whole BLOB NOT NULL, why BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE silences (id INTEGER PRIMARY KEY AUTOINCREMENT, ends REAL NOT NULL, whole BLOB NOT NULL)",
    "CREATE TABLE groups (key TEXT PRIMARY KEY, whole BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE records (group_key TEXT NOT NULL, receiver TEXT NOT NULL, whole BLOB NOT NULL,"
    " PRIMARY KEY (group_key, receiver)) WITHOUT ROWID",
    "CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, group_key TEXT NOT NULL, receiver TEXT NOT NULL,"
    " incident INTEGER, state TEXT NOT NULL, due_at REAL NOT NULL, made_at REAL NOT NULL, whole BLOB NOT NULL)",
    "CREATE INDEX messages_waiting ON messages (receiver, id) WHERE state IN ('queued', 'sending')",
    "CREATE INDEX messages_of ON messages (incident, id)",
    "CREATE INDEX messages_in ON messages (group_key, receiver, id)",
    "CREATE INDEX messages_dead ON messages (due_at) WHERE state = 'dead'",
    "CREATE TABLE presence (who TEXT PRIMARY KEY, at REAL NOT NULL, whole BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
)


def connect(folder: Path) -> sqlite3.Connection:
    """Open the file in a history's folder; makes folder (0700), file (0600) and tables where they are not there yet.

    May be used from any thread, by one at a time. Raises IncidentError for a file that is damaged, not ours or of a
    newer version.
    """
    path = folder / FILE_NAME
    with told(path):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        begin_file(path)
        if path.is_symlink():
            raise IncidentError(f"{path} is a link to elsewhere", "put the file itself there, or remove the link")
        connection = _opened(path)
        try:
            _make(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def _opened(path: Path) -> sqlite3.Connection:
    address, tries = f"file:{quote(str(path))}?mode=rw", 0
    while True:
        try:
            return sqlite3.connect(address, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        except sqlite3.OperationalError as error:
            tries += 1
            # Another process may have put a damaged one aside just now.
            if error.sqlite_errorcode != sqlite3.SQLITE_CANTOPEN or tries >= _TRIES:
                raise
            begin_file(path)


def _make(connection: sqlite3.Connection, path: Path) -> None:
    _write_ahead(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    with writing(connection):
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        if version > VERSION:
            raise IncidentError(f"{path} was written by a newer version of watchfloor", "use that version")
        if application not in (0, APPLICATION_ID):
            raise IncidentError(f"{path} is a database of another program", "name another folder with [store] path")
        if not version:
            for table in TABLES:
                connection.execute(table)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Keep a log beside the file. SQLite itself does not wait for another connection that begins that just now."""
    until = time.monotonic() + BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_AGAIN_S)
        else:
            return


@contextmanager
def writing(connection: sqlite3.Connection, *, news: bool = True) -> Iterator[None]:
    """All or nothing of what is written within; waits for others who write.

    `news`: whoever looks at `changes` sees that something was written.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        before = connection.total_changes
        yield
        if news and connection.total_changes != before:
            connection.execute(_ONE_MORE, (_CHANGES,))
        connection.execute("COMMIT")
    except BaseException:
        # A full disk has ended it already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def changes(connection: sqlite3.Connection) -> int:
    """How many transactions have written news, by any process."""
    row = connection.execute("SELECT value FROM notes WHERE name = ?", (_CHANGES,)).fetchone()
    return int(row[0]) if row else 0


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Raise IncidentError in place of what SQLite and the file system raise."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise IncidentError(f"incidents at {path} can't be kept: {error}", _remedy(error)) from error


def _remedy(error: Exception) -> str:
    kind = int(getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF
    if kind == sqlite3.SQLITE_FULL or getattr(error, "errno", 0) in (28, 122):
        return "free some space; it goes on by itself"
    if kind in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return "end what uses it and move the file away: the next start begins a new one"
    if kind in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return "another process holds it for long: try it again, and end that one if it stays so"
    return "see that this user can write into that folder"
