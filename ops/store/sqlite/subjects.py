"""The rows that are known: their numbers in the file, when they were seen, and which numeric facts they have."""

import sqlite3
from collections.abc import Iterator, Mapping

import msgspec

from ops.store.flat import Flat, numeric
from ops.store.rules import kind_of

_FACTS = msgspec.msgpack.Decoder(list[str])


class News:
    """What some records say of one row."""

    __slots__ = ("facts", "first", "gone_at", "kind", "last", "stands")

    def __init__(self) -> None:
        self.first, self.last = float("inf"), float("-inf")
        self.kind = ""
        self.stands = False
        """Whether it is there in the end; else see `gone_at`."""
        self.gone_at: float | None = None
        self.facts: set[str] = set()

    def seen(self, at: float) -> None:
        """It was named at that time."""
        self.first, self.last = min(self.first, at), max(self.last, at)

    def stood(self, kind: str, changed: Flat) -> None:
        """It is there, and this of it is new."""
        self.kind, self.stands, self.gone_at = kind, True, None
        self.facts.update(name for name, _ in numeric(changed))

    def went(self, at: float) -> None:
        """It is not there any more."""
        self.stands, self.gone_at = False, at


class Subjects:
    """Numbers of rows, kept between appends as long as they stand: what comes and goes has ever new names."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._facts: dict[str, set[str]] = {}

    def __getitem__(self, row: str) -> int:
        return self._numbers[row]

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def keep(self, connection: sqlite3.Connection, news: Mapping[str, News]) -> None:
        """Write what is new of those rows; all of them have numbers then."""
        for row, new in news.items():
            if row not in self._numbers:
                self._find(connection, row, new)
            if not new.facts <= self._facts[row]:
                self._facts[row] |= new.facts
                facts = msgspec.msgpack.encode(sorted(self._facts[row]))
                connection.execute("UPDATE subjects SET facts = ? WHERE id = ?", (facts, self._numbers[row]))
        connection.executemany(
            "UPDATE subjects SET first = min(first, ?), last = max(last, ?), kind = iif(? = '', kind, ?),"
            " gone_at = iif(?, NULL, coalesce(?, gone_at)) WHERE id = ?",
            [
                (new.first, new.last, new.kind, new.kind, new.stands, new.gone_at, self._numbers[row])
                for row, new in news.items()
            ],
        )

    def forget_gone(self, news: Mapping[str, News]) -> None:
        """Let go of those that are not there any more; who comes back is looked up."""
        for row, new in news.items():
            if new.gone_at is not None:
                self._numbers.pop(row, None)
                self._facts.pop(row, None)

    def _find(self, connection: sqlite3.Connection, row: str, new: News) -> None:
        connection.execute(
            "INSERT INTO subjects (row, kind, first, last) VALUES (?, ?, ?, ?) ON CONFLICT (row) DO NOTHING",
            (row, new.kind or kind_of(row), new.first, new.last),
        )
        number, facts = connection.execute("SELECT id, facts FROM subjects WHERE row = ?", (row,)).fetchone()
        self._numbers[row], self._facts[row] = number, set(_FACTS.decode(facts))
