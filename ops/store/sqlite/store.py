"""SqliteStore: what `Store` asks, over one file."""

import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection

from msgspec import structs

from ops.store.contract import (
    Correction,
    Event,
    Figure,
    Info,
    Picture,
    Record,
    Retention,
    Slot,
    Step,
    StoreError,
    Subject,
)
from ops.store.rules import hour_of
from ops.store.sqlite import bulk, counts, figures, pictures, words
from ops.store.sqlite.connect import writing
from ops.store.sqlite.faults import translated
from ops.store.sqlite.hours import PackedHour
from ops.store.sqlite.meta import edges_of
from ops.store.sqlite.pool import Pool
from ops.store.sqlite.roll import Roller
from ops.store.sqlite.write import Writer


class SqliteStore:
    """History in one file. Any thread may ask; what writes waits for its turn."""

    def __init__(self, path: Path, retention: Retention, *, read_only: bool = False, set_aside: str = "") -> None:
        self.path = path
        self.retention = retention
        self.set_aside = set_aside
        """Where a damaged file was moved when this one was begun; "" mostly."""
        self._turn = threading.Lock()
        self._writer = Writer()
        self._roller = Roller()
        self._others = 0
        with translated(path):
            self._connection = None if read_only else writing(path)
        self._pool = Pool(path)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A transaction that is kept as a whole or not at all. Raises StoreError and its kinds."""
        with self._turn, translated(self.path):
            connection = self._writable()
            try:
                connection.execute("BEGIN IMMEDIATE")
                self._notice_others(connection)
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                self._writer = Writer()
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _writable(self) -> Connection:
        if self._connection is None:
            raise StoreError(f"the history at {self.path} is open for reading only", "open it where it may be written")
        return self._connection

    def _notice_others(self, connection: Connection) -> None:
        """What is remembered between appends holds only while nobody else writes."""
        version = connection.execute("PRAGMA data_version").fetchone()[0]
        if version != self._others:
            self._others, self._writer = version, Writer()

    def append(self, records: Sequence[Record]) -> None:
        """As `Store.append`."""
        if records:
            with self._writing() as connection:
                self._writer.append(connection, records)
            self._roller.disturbed(min(record.at for record in records))

    def roll(self, now: float) -> bool:
        """As `Store.roll`: one piece of some milliseconds."""
        if self._roller.idle(self.retention, now):
            return False
        with self._writing() as connection:
            return self._roller.work(connection, self.retention, now)

    def bulk(self, hours: Iterable[PackedHour]) -> None:
        """Add closed hours at once, in one transaction: what `hours.pack_hour` made, maybe in other processes.

        Best row by row with rising hours, some hundred in a call. Raises StoreFull, in which case nothing is kept.
        """
        with self._writing() as connection:
            bulk.keep(connection, hours)

    def slots(self, row: str, start: float, end: float, step: Step) -> Sequence[Slot]:
        """As `Store.slots`."""
        with self._pool.borrowed() as connection:
            return counts.slots(connection, edges_of(connection), (row,), (start, end), step).get(row, [])

    def slots_of(self, rows: Collection[str], start: float, end: float, step: Step) -> Mapping[str, Sequence[Slot]]:
        """As `Store.slots_of`."""
        with self._pool.borrowed() as connection:
            return counts.slots(connection, edges_of(connection), rows, (start, end), step)

    def latencies(self, rows: Collection[str], hour: float) -> Mapping[str, Mapping[int, bytes]]:
        """As `Store.latencies`."""
        with self._pool.borrowed() as connection:
            return counts.latencies(connection, edges_of(connection), rows, hour_of(hour))

    def counted_rows(self) -> Sequence[str]:
        """As `Store.counted_rows`."""
        with self._pool.borrowed() as connection:
            return counts.counted_rows(connection, edges_of(connection))

    def picture(self, at: float) -> Picture | None:
        """As `Store.picture`."""
        with self._pool.borrowed() as connection:
            return pictures.picture(connection, edges_of(connection), at)

    def figures(self, row: str, fact: str, start: float, end: float, step: Step) -> Sequence[Figure]:
        """As `Store.figures`."""
        with self._pool.borrowed() as connection:
            return figures.figures(connection, edges_of(connection), row, fact, (start, end), step)

    def facts(self, row: str) -> Sequence[str]:
        """As `Store.facts`."""
        with self._pool.borrowed() as connection:
            return figures.facts(connection, row)

    def events(self, start: float, end: float, *, kinds: Sequence[str] = (), row: str = "") -> Sequence[Event]:
        """As `Store.events`."""
        with self._pool.borrowed() as connection:
            return words.events(connection, edges_of(connection), (start, end), kinds, row)

    def span(self) -> tuple[float, float] | None:
        """As `Store.span`."""
        with self._pool.borrowed() as connection:
            return words.span(connection, edges_of(connection))

    def subjects(self) -> Sequence[Subject]:
        """As `Store.subjects`."""
        with self._pool.borrowed() as connection:
            return words.subjects(connection, edges_of(connection))

    def correct(self, correction: Correction) -> Correction:
        """As `Store.correct`."""
        with self._writing() as connection:
            number = words.correct(connection, correction)
        return structs.replace(correction, id=number)

    def undo(self, number: int, by: str, at: float) -> Correction:
        """As `Store.undo`."""
        with self._writing() as connection:
            return words.undo(connection, number, by, at)

    def corrections(self) -> Sequence[Correction]:
        """As `Store.corrections`."""
        with self._pool.borrowed() as connection:
            return words.corrections(connection)

    def note(self, key: str, value: str) -> None:
        """As `Store.note`."""
        with self._writing() as connection:
            connection.execute("INSERT OR REPLACE INTO notes (name, value) VALUES (?, ?)", (key, value))

    def notes(self) -> Mapping[str, str]:
        """As `Store.notes`."""
        with self._pool.borrowed() as connection:
            return words.notes(connection)

    def info(self) -> Info:
        """As `Store.info`."""
        with self._pool.borrowed() as connection:
            return words.info(connection, edges_of(connection), self.path, self.retention)

    def vacuum(self) -> int:
        """As `Store.vacuum`; works on a file system that is full, and in place."""
        with self._turn, translated(self.path):
            return words.vacuum(self._writable(), self.path)

    def close(self) -> None:
        """As `Store.close`."""
        self._pool.close()
        with self._turn, translated(self.path):
            if self._connection is not None:
                self._connection.close()
                self._connection = None
