"""Writes what waits into the store, one turn after another, and outlives all that disks and people do to it."""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from ops.config.structs import Config
from ops.figures import count, duration
from ops.store.about import about
from ops.store.backlog import Backlog
from ops.store.contract import Event, Record, Retention, Store, StoreError, StoreFull, StoreHeld, StoreNewer
from ops.store.flood import Flood
from ops.store.happenings import Known, complete, not_watched
from ops.store.hold import Hold, KeptStore, OpenStore, StoreReadOnly
from ops.store.steady import Steady

AGAIN_S = 2.0
"""How long after a failure it is tried again."""
ROLL_EVERY_S = 10.0
ROLL_FOR_S = 0.2
"""For how long a turn rolls up at most; the rest waits for the next."""
_NEVER = float("inf")


class Trouble(msgspec.Struct, frozen=True):
    """Why nothing is recorded: a few words for the header, a sentence, and since when (UTC seconds)."""

    words: str
    sentence: str
    since: float
    elsewhere: bool
    """True where nothing is lost by it that this process could keep: another one records, or nobody ever can."""
    lost: int = 0
    """What had been lost before it."""


class Writer:
    """Owns the store of one folder. `words`, `notes`, `store` and `lost` are for any thread, the rest is for one."""

    def __init__(
        self,
        folder: Path,
        config: Config,
        backlog: Backlog,
        open_store: OpenStore,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        kept = config.store
        retention = Retention(raw_s=float(kept.raw), minutes_s=float(kept.minutes), hours_s=float(kept.hours))
        self._config, self._backlog, self._clock, self._monotonic = config, backlog, clock, monotonic
        self._hold = Hold(folder, retention, open_store)
        self._pending = Backlog()
        self._known, self._flood, self._steady = Known(), Flood(), Steady()
        self._trouble: Trouble | None = None
        self._try_at = self._roll_at = 0.0
        self._found: tuple[str, ...] = ()
        self.hurry = False
        """True when the program ends: only what waits is written then."""

    @property
    def words(self) -> str:
        """Why nothing is recorded now; "" while all is well."""
        return self._trouble.words if self._trouble else ""

    @property
    def store(self) -> Store | None:
        """What can be read of the history."""
        return self._hold.store

    @property
    def leads(self) -> bool:
        """Whether this process is the one that records here, also while the disk does not let it."""
        return self._hold.leads

    @property
    def lost(self) -> int:
        """Readings that were never written."""
        return self._backlog.lost + self._pending.lost

    @property
    def notes(self) -> tuple[str, ...]:
        """What the operator should know about the history, one sentence each."""
        why = (self._trouble.sentence,) if self._trouble and self._trouble.sentence else ()
        lost = (f"{count(self.lost)} readings are not in the history: the disk did not take them",) if self.lost else ()
        return (*self._found, *why, *lost)

    def turn(self) -> None:
        """Write all that waits and roll up a little; or, every few seconds, try to become able to."""
        if self._monotonic() < self._try_at:
            self._skip()
            return
        try:
            store = self._hold.own or self._begin()
            self._write(store)
            self._roll(store)
        except StoreError as error:
            self._fail(error)
            self._skip()

    def finish(self) -> None:
        """Write what waits and that the recording ends, and let go of all."""
        now = self._clock()
        try:
            if self._hold.own is not None:
                self._pending.put(self._gathered())
                last = (*self._flood.ended(None), _event(now, "stop", "the recording ended"))
                self._pending.put([Record(at=now, happened=last)])
                self._write(self._hold.own)
        except StoreError as error:
            self._fail(error)
        finally:
            self._hold.close()

    def _begin(self) -> KeptStore:
        store = self._hold.take()
        try:
            self._pending.put(self._beginning(store, self._clock()))
        except StoreError:
            self._hold.let_go()
            raise
        return store

    def _beginning(self, store: KeptStore, now: float) -> Sequence[Record]:
        """What the store is told first: whose it is, and what became of what it knew."""
        if store.set_aside:
            self._found = (*self._found, f"the history was damaged: it is set aside as {store.set_aside}")
        for key, value in about(self._config).items():
            store.note(key, value)
        span = store.span()
        if not self._known.targets and span:
            picture = store.picture(span[1])
            self._known = Known.of(picture.rows if picture else ())
        farewell, self._known = not_watched(self._known, [spec.id for spec in self._config.targets], now)
        gap = f", {duration(now - span[1])} after the last reading" if span and now > span[1] else ""
        # The polls before the store was open belong to this recording.
        begun = min(now, self._backlog.oldest or now)
        start = Record(at=begun, happened=(_event(begun, "start", f"the recording began{gap}"),))
        return [record for record in (farewell, start) if record]

    def _gathered(self) -> Sequence[Record]:
        """What waits, completed by what happened since the reading before."""
        records, self._known = complete(self._backlog.take(), self._known)
        return [
            msgspec.structs.replace(record, happened=self._flood.admit(record.happened)) if record.happened else record
            for record in records
        ]

    def _write(self, store: Store) -> None:
        now = self._clock()
        self._pending.put(self._gathered())
        over = self._flood.ended(now)
        if over:
            self._pending.put([Record(at=now, happened=over)])
        records = self._pending.take()
        if not records:
            return
        try:
            store.append([*self._resumed(records[0].at), *records])
        except StoreError:
            self._pending.put(records)
            raise
        self._trouble = None

    def _resumed(self, first: float) -> Sequence[Record]:
        """What is told once it can be written again: since when it could not, and what was lost by it.

        Only where something was lost the recording begins anew, with the first reading that waited.
        """
        trouble = self._trouble
        if trouble is None or trouble.elsewhere:
            return ()
        lost, lasted = self.lost - trouble.lost, duration(max(self._clock() - trouble.since, 0.0))
        told: tuple[Event, ...]
        if not lost:
            told = (_event(trouble.since, "stop", f"{trouble.words}, for {lasted}; nothing was lost"),)
        else:
            again = f"recorded again after {lasted}; {count(lost)} readings were lost"
            told = (_event(trouble.since, "stop", trouble.words), _event(first, "start", again))
        return (Record(at=first, happened=told),)

    def _roll(self, store: Store) -> None:
        now, monotonic = self._clock(), self._monotonic()
        if not self._steady.look(now, monotonic) or monotonic < self._roll_at:
            return
        more = True
        while more and not self.hurry and self._monotonic() < monotonic + ROLL_FOR_S:
            more = store.roll(now)
        self._roll_at = 0.0 if more else monotonic + ROLL_EVERY_S

    def _fail(self, error: StoreError) -> None:
        before = self._trouble
        since, lost = (before.since, before.lost) if before else (self._clock(), self.lost)
        self._trouble = msgspec.structs.replace(_trouble(error, since), lost=lost)
        self._try_at = _NEVER if isinstance(error, StoreNewer) else self._monotonic() + AGAIN_S
        if not isinstance(error, StoreFull) or self._hold.own is None:
            self._hold.let_go()
        if isinstance(error, StoreHeld | StoreReadOnly):
            self._hold.read()

    def _skip(self) -> None:
        if self._trouble and self._trouble.elsewhere:
            self._backlog.clear()


def _trouble(error: StoreError, since: float) -> Trouble:
    sentence = f"{error.message}; {error.remedy}" if error.remedy else error.message
    if isinstance(error, StoreHeld):
        return Trouble(error.message, "", since, elsewhere=True)
    if isinstance(error, StoreFull):
        return Trouble("disk full, not recording", sentence, since, elsewhere=False)
    if isinstance(error, StoreNewer | StoreReadOnly):
        words = "newer history" if isinstance(error, StoreNewer) else "read-only"
        return Trouble(f"{words}, not recording", sentence, since, elsewhere=True)
    return Trouble("not recording", sentence, since, elsewhere=False)


def _event(at: float, kind: str, text: str) -> Event:
    return Event(at=at, kind=kind, row="", text=text, after=f"pid {os.getpid()}" if kind == "start" else "")
