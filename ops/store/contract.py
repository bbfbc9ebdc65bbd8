"""What every store can do. One suite of tests runs over all of them.

Readings are kept raw for a day, per minute for 35 days and per hour for 400 (`Retention`). Rolling up changes no count
and no sketch: what is merged from days and hours equals what is merged from raw readings. Times are UTC seconds.

    StoreError       it can't be opened or used: one sentence, and a remedy
    ├── StoreFull    no room left; asking again later may work
    ├── StoreHeld    another process records into it
    └── StoreNewer   written by a newer version of this program
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, Literal, Protocol

import msgspec

from collectors.base import Events
from ops.board import Row

MINUTE_S: Final = 60
HOUR_S: Final = 3600
DAY_S: Final = 86400
Step = Literal[60, 3600, 86400]


class StoreError(Exception):
    """It can't be opened or used. `message` is one sentence for the operator, `remedy` says what to do about it."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class StoreFull(StoreError):
    """There is no room for more; what was committed is safe."""


class StoreHeld(StoreError):
    """Another process records into it; reading is possible."""


class StoreNewer(StoreError):
    """It was written by a newer version of this program."""


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """For how long what is kept."""

    raw_s: float = DAY_S
    minutes_s: float = 35 * DAY_S
    hours_s: float = 400 * DAY_S


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened: a level that changed, a restart, a deploy. Kept as long as hours are."""

    at: float
    kind: str
    """level · restart · deploy · drift · gone · config · fix · start · stop (of the recording)."""
    row: str
    """The row's id; "" for the floor itself."""
    text: str
    before: str = ""
    after: str = ""
    """Levels, images or commits, by kind."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What one finished poll adds."""

    at: float
    rows: Sequence[Row] = ()
    """The target's rows as they stand now; what is new in them is kept, but not `stats`, `trend` and `buckets`."""
    gone: Sequence[str] = ()
    """Ids of rows that are not there any more."""
    counted: Mapping[str, Events] = {}
    """What the poll counted, by row id: probes or requests, failures, latencies; a total of 0 where nobody asked."""
    happened: Sequence[Event] = ()
    """A "start" of the floor itself takes all rows away that were there before: they come with their next polls."""


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted of one row in one step of time.

    One with a total of 0 was watched, and nobody asked. Steps that nobody watched have none: no data is no zero.
    """

    at: float
    """Start of the step: a multiple of its length."""
    total: int
    failed: int
    latencies: bytes = b""
    """A packed `collectors.sketch.Sketch`; empty where nothing answered."""
    minutes: bytes = b""
    """Of hours and, where still kept, days: total and failed by minute that was watched, see `ops.store.minutes`."""


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """The rows as they stood at a moment."""

    at: float
    """When the newest of them was recorded; at most the moment asked for."""
    step_s: float
    """How exact the moment is: 0 raw, 60 or 3600. Then `at` is the end of a minute or hour."""
    rows: tuple[Row, ...]
    """In the order of the floor, without `stats`, `trend` and `buckets`."""


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A fact of a row over one step."""

    at: float
    value: float
    """The last value of a minute; the mean over the minutes of an hour."""
    least: float
    most: float


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A row that something is known of."""

    row: str
    kind: str
    first: float
    last: float


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of time that a person took out of an SLO, with the reason. Undoing leaves it listed."""

    id: int = 0
    """Given by the store."""
    slo: str
    """Name of the SLO; "*" for all."""
    start: float
    end: float
    reason: str
    author: str
    entered_at: float
    undone_at: float | None = None
    undone_by: str = ""


class Info(msgspec.Struct, frozen=True, kw_only=True):
    """What a store holds and takes."""

    path: str
    version: int
    size_bytes: int
    free_bytes: int
    """What `vacuum` would give back."""
    first: float | None
    last: float | None
    subjects: int
    raw: int
    minutes: int
    hours: int
    days: int
    events: int
    generated: bool
    """Made by `demo --history`, not recorded."""
    retention: Retention


class Store(Protocol):
    """Everything that is asked of a store. Writing is for one thread at a time; reading is for any thread."""

    retention: Retention

    def append(self, records: Sequence[Record]) -> None:
        """Keep these; they are safe when this returns. Raises StoreFull, in which case nothing of them is kept."""

    def roll(self, now: float) -> bool:
        """Roll up what is closed and drop what is too old, a bounded piece of work; says whether more is to be done."""

    def slots(self, row: str, start: float, end: float, step: Step) -> Sequence[Slot]:
        """What was counted, by steps that begin in [start, end), oldest first, with what is not rolled up yet."""

    def slots_of(self, rows: Collection[str], start: float, end: float, step: Step) -> Mapping[str, Sequence[Slot]]:
        """The same of several rows, asked at once; rows that nothing is known of may be left out."""

    def latencies(self, rows: Collection[str], hour: float) -> Mapping[str, Mapping[int, bytes]]:
        """The packed latencies of the hour that begins at `hour`, by minute (0–59), of several rows.

        Minutes without any are left out; so are rows that have no minutes then, or none that are kept.
        """

    def counted_rows(self) -> Sequence[str]:
        """Ids of the rows that have slots."""

    def picture(self, at: float) -> Picture | None:
        """The rows as they stood at `at`; None where nothing was recorded in the ten minutes before.

        Where only hours are kept, as at the end of the hour before; None where that has nothing.
        """

    def figures(self, row: str, fact: str, start: float, end: float, step: Step) -> Sequence[Figure]:
        """A numeric fact over time, steps that begin in [start, end), oldest first."""

    def facts(self, row: str) -> Sequence[str]:
        """Names of the numeric facts that were recorded of a row."""

    def events(self, start: float, end: float, *, kinds: Sequence[str] = (), row: str = "") -> Sequence[Event]:
        """What happened in [start, end), oldest first; of those kinds and that row where given."""

    def span(self) -> tuple[float, float] | None:
        """From when to when something is known; None for an empty store."""

    def subjects(self) -> Sequence[Subject]:
        """All rows that something is known of, by id."""

    def correct(self, correction: Correction) -> Correction:
        """Keep a correction; gives it with its id."""

    def undo(self, number: int, by: str, at: float) -> Correction:
        """Undo a correction. Raises StoreError where there is none, or it is undone already."""

    def corrections(self) -> Sequence[Correction]:
        """All of them, with those that were undone, oldest first."""

    def note(self, key: str, value: str) -> None:
        """Keep a word about the store itself ("slos", "name", "generated"), replacing what was there.

        "targets" has the ids of the targets in the order of the floor, one a line: so pictures are ordered.
        """

    def notes(self) -> Mapping[str, str]:
        """All words about the store."""

    def info(self) -> Info:
        """What it holds."""

    def vacuum(self) -> int:
        """Give room back to the file system; gives the bytes."""

    def close(self) -> None:
        """Let go of the files."""
