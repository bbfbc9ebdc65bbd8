"""Records that wait to be written, bounded: the oldest give way and are counted, what happened in them is kept."""

import threading
from collections import deque
from collections.abc import Iterable

from ops.store.contract import Event, Record

ROWS = 4_000
"""Rows that wait at most; about four seconds of a thousand readings a second."""
_HAPPENED = 500


class Backlog:
    """A line of records between two threads. Its lock is never held while anything is written."""

    def __init__(self, rows: int = ROWS) -> None:
        self._limit = rows
        self._lock = threading.Lock()
        self._records: deque[Record] = deque()
        self._rows = 0
        self._happened: deque[Event] = deque(maxlen=_HAPPENED)
        self._gone: dict[str, None] = {}
        self.lost = 0
        """Records that gave way so far."""

    def put(self, records: Iterable[Record]) -> None:
        """Let records wait, by reference; the newest always stays."""
        with self._lock:
            for record in records:
                self._records.append(record)
                self._rows += len(record.rows) or 1
            while self._rows > self._limit and len(self._records) > 1:
                self._drop(self._records.popleft())

    def _drop(self, record: Record) -> None:
        self._rows -= len(record.rows) or 1
        self.lost += 1
        self._happened.extend(record.happened)
        if len(self._gone) < self._limit:
            self._gone |= dict.fromkeys(record.gone)

    def take(self) -> list[Record]:
        """Give all that waits, oldest first; of those that gave way, what happened and which rows went."""
        with self._lock:
            records, self._records, self._rows = list(self._records), deque(), 0
            happened, gone = tuple(self._happened), tuple(self._gone)
            self._happened.clear()
            self._gone.clear()
        if records and (happened or gone):
            at = min(records[0].at, *(event.at for event in happened), records[0].at)
            records.insert(0, Record(at=at, gone=gone, happened=happened))
        return records

    @property
    def oldest(self) -> float | None:
        """From when the oldest is that waits."""
        with self._lock:
            return self._records[0].at if self._records else None

    def clear(self) -> None:
        """Forget all that waits, without counting it as lost: it is recorded by somebody else, or can't ever be."""
        with self._lock:
            self._records.clear()
            self._happened.clear()
            self._gone.clear()
            self._rows = 0
