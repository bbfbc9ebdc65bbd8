"""The file of incidents as one process holds it: opened when it is first asked for, and anew after damage."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock, RLock

import msgspec

from ops.incidents.database import FILE_NAME, changes, told, writing
from ops.incidents.opening import is_damage, open_file
from ops.incidents.source import IncidentError

_ANOTHER = 1_000_000_000
"""A new connection counts from its own number: nobody may take the new one for the old."""


class HeldFile:
    """Connections to the file, one to read and write and one that waits for no writer of this process."""

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self._folder, self._clock = folder, clock
        self._lock, self._watch_lock = RLock(), Lock()
        self._connection: sqlite3.Connection | None = None
        self._watch: sqlite3.Connection | None = None
        self._suspect = False
        self._watched = 0
        self._place = (0, 0)
        self.opened = 0
        """How often the file was opened: more than once where it was closed, damaged, or another one took its place."""
        self.set_aside = ""
        """Where a damaged file was moved when this one was begun; "" mostly."""

    def close(self) -> None:
        """Let go of the file; the next call opens it again."""
        with self._lock:
            self._let_go()

    def version(self) -> int:
        """Another number whenever news were written, by any process."""
        if self._watch is None or not self._is_there():
            with self.reading():  # makes the file where it is not there yet, and sets a damaged one aside
                pass
        try:
            with self._watch_lock, told(self._folder / FILE_NAME):
                if self._watch is None:
                    self._watch, _ = open_file(self._folder, self._clock())
                    self._watched += 1
                return self._watched * _ANOTHER + changes(self._watch)
        except IncidentError as error:
            self._doubt(error)
            raise

    @contextmanager
    def transaction(self, *, news: bool = True) -> Iterator[sqlite3.Connection]:
        """All or nothing of what is written within; inside another one of the same thread a part of that.

        Raises IncidentError in place of what SQLite raises. What is no news changes no `version`.
        """
        with self.reading() as connection:
            if connection.in_transaction:
                yield connection
            else:
                with writing(connection, news=news):
                    yield connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for one thread at a time. Raises IncidentError in place of what SQLite raises."""
        path = self._folder / FILE_NAME
        with self._lock:
            try:
                with told(path):
                    yield self._open()
            except msgspec.MsgspecError as error:
                raise IncidentError(
                    f"something at {path} can't be read: {error}",
                    "it may be of a newer version of watchfloor: use that",
                ) from error
            except IncidentError as error:
                self._doubt(error)
                raise

    def _doubt(self, error: IncidentError) -> None:
        """Have a file that can't be read looked through by who opens it next."""
        if is_damage(error):
            with self._lock:
                self._suspect = True
                self._let_go()

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None and not self._connection.in_transaction and not self._is_there():
            self._let_go()
        if self._connection is None:
            self._connection, aside = open_file(self._folder, self._clock(), suspect=self._suspect)
            self._suspect, self.set_aside = False, aside or self.set_aside
            self._place = _place(self._folder / FILE_NAME)
            self.opened += 1
        return self._connection

    def _is_there(self) -> bool:
        """Whether the file is still the one that is open: another process may have set it aside."""
        with told(self._folder / FILE_NAME):
            return _place(self._folder / FILE_NAME) == self._place

    def _let_go(self) -> None:
        with self._watch_lock:
            for connection in (self._connection, self._watch):
                if connection is not None:
                    with suppress(sqlite3.Error):  # what is damaged may not even close in peace
                        connection.close()
            self._connection = self._watch = None


def _place(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except FileNotFoundError:
        return (0, 0)
    return found.st_dev, found.st_ino
