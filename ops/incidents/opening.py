"""Opening the file of incidents; one that is damaged is set aside, never deleted, and a new one begun."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ops.incidents.database import FILE_NAME, connect, told
from ops.incidents.source import IncidentError
from ops.store.sqlite.faults import is_corrupt
from ops.store.sqlite.opened import set_aside

LOCK_NAME = "incidents.lock"


def open_file(folder: Path, now: float, *, suspect: bool = False) -> tuple[sqlite3.Connection, str]:
    """A connection as `connect` gives it, and where a damaged file was moved to ("" mostly).

    `suspect`: something in it could not be read before, so it is looked through first. Of several processes that find
    it damaged one moves it away. Raises IncidentError for anything that moving it does not help.
    """
    try:
        connection = _checked(folder, suspect=suspect)
    except IncidentError as error:
        if not is_damage(error):
            raise
    else:
        return connection, ""
    with told(folder / FILE_NAME), _alone(folder):
        try:
            # Another process may have moved it meanwhile: then this is the new one.
            return _checked(folder, suspect=True), ""
        except IncidentError as error:
            if not is_damage(error):
                raise
            aside = set_aside(folder / FILE_NAME, datetime.fromtimestamp(now, UTC))
        return connect(folder), str(aside)


def is_damage(error: IncidentError) -> bool:
    """Whether the file itself is no sound database."""
    return isinstance(error.__cause__, sqlite3.Error) and is_corrupt(error.__cause__)


def _checked(folder: Path, *, suspect: bool) -> sqlite3.Connection:
    connection = connect(folder)
    try:
        with told(folder / FILE_NAME):
            if suspect and (found := connection.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
                raise _damaged(str(found))
    except IncidentError:
        connection.close()
        raise
    return connection


def _damaged(why: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(why)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time; the kernel lets go of it however the holder ends."""
    descriptor = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
