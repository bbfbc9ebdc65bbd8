"""Connections for reading: as many as threads read at once, kept for the next ones."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.store.contract import StoreError
from ops.store.sqlite.connect import reading
from ops.store.sqlite.faults import translated


class Pool:
    """Gives connections to any thread. What is read within one `borrowed` is of one moment."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._closed = False

    @contextmanager
    def borrowed(self) -> Iterator[sqlite3.Connection]:
        """A connection inside a transaction. Raises StoreError in place of what SQLite and damaged contents raise."""
        with translated(self._path):
            connection = self._taken()
            try:
                connection.execute("BEGIN")
                yield connection
            finally:
                if connection.in_transaction:
                    connection.execute("COMMIT")
                self._given_back(connection)

    def _taken(self) -> sqlite3.Connection:
        with self._lock:
            if self._closed:
                raise StoreError(f"the history at {self._path} is closed already")
            if self._idle:
                return self._idle.pop()
        return reading(self._path)

    def _given_back(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Close what is idle now, and the rest when it comes back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
