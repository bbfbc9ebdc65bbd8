"""Opening the file: private to its user, checked, of our version, and with the settings that every connection needs."""

import sqlite3
from pathlib import Path
from urllib.parse import quote

from ops.durable import begin_file
from ops.store.contract import StoreError, StoreNewer
from ops.store.sqlite.schema import APPLICATION_ID, TABLES, VERSION, migrate, version_of

BUSY_S = 5.0
CHECKED_WHOLE_BYTES = 4_000_000
"""Up to this size a file is checked page by page when it is opened; a check of 250 MB would take seconds."""
_PAGE_BYTES = 8192
_WAL_BYTES = 4_000_000
"""So large the log may become before it is worked into the file."""
_CACHE_KIB = 512
"""Of the one that writes. A thousand readings a second take no longer than with SQLite's own 2 MiB, which the floor
would fill over hours, once for each connection."""
_READER_KIB = 128
_SMALL = ("meta", "notes", "subjects", "corrections")


def writing(path: Path) -> sqlite3.Connection:
    """Open for writing; makes the folder (0700), the file (0600) and the tables where they are not there yet.

    Raises sqlite3.Error and OSError as they come, StoreError for a file that is none of ours.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    begin_file(path)
    path.chmod(0o600)
    connection = _connected(path, "rw")
    try:
        if not connection.execute("PRAGMA page_count").fetchone()[0]:
            connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        _known(connection, path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_WAL_BYTES // _PAGE_BYTES}")
        connection.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES}")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        migrate(connection)
        checked(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def reading(path: Path) -> sqlite3.Connection:
    """Open for reading; a file in a folder that can't be written is read as it is, unless a log lies beside it."""
    connection = _connected(path, "ro")
    try:
        version_of(connection)
    except sqlite3.OperationalError:
        connection.close()
        log = path.with_name(path.name + "-wal")
        if log.exists() and log.stat().st_size:
            raise
        connection = _connected(path, "ro&immutable=1")
    try:
        _known(connection, path)
        connection.execute(f"PRAGMA cache_size = -{_READER_KIB}")
        if version_of(connection) == 0:
            raise StoreError(
                f"the history at {path} is empty: nothing was recorded into it",
                "a floor that records into it will begin it anew: `watchfloor`",
            )
        if version_of(connection) < VERSION:
            raise StoreError(
                f"the history at {path} was written by an older version of watchfloor",
                "a floor that records into it brings it up to date: `watchfloor`",
            )
    except BaseException:
        connection.close()
        raise
    return connection


def checked(connection: sqlite3.Connection, path: Path) -> None:
    """Look whether the file is sound: whole where it is small, else its size, its small tables and all roots.

    Raises sqlite3.DatabaseError for what is not.
    """
    pages, page_bytes = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    size = path.stat().st_size
    log = path.with_name(path.name + "-wal")
    if size < pages * page_bytes and not (log.exists() and log.stat().st_size):
        raise _damaged(f"{size} bytes of {pages * page_bytes}")
    if size <= CHECKED_WHOLE_BYTES:
        _sound(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        return
    for table in _SMALL:
        _sound(connection.execute(f"PRAGMA quick_check({table})").fetchone()[0])
    for table in TABLES:
        connection.execute(f"SELECT * FROM {table} LIMIT 1").fetchone()  # noqa: S608  # our own names


def _sound(verdict: str) -> None:
    if verdict != "ok":
        raise _damaged(verdict)


def _damaged(why: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(why)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def _known(connection: sqlite3.Connection, path: Path) -> None:
    """Raises StoreNewer and StoreError for a file that is not ours to touch."""
    version = version_of(connection)
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    used = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if application != APPLICATION_ID and (application or used):
        raise StoreError(f"{path} is a database of another program", "name another folder with [store] path")
    if version > VERSION:
        raise StoreNewer(
            f"the history at {path} was written by a newer version of watchfloor (form {version}, this one knows "
            f"{VERSION})",
            "use that version, or name another folder with [store] path",
        )


def _connected(path: Path, mode: str) -> sqlite3.Connection:
    address = f"file:{quote(str(path))}?mode={mode}"
    return sqlite3.connect(address, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
