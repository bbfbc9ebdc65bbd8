"""What a store in memory keeps in words: events, corrections and notes."""

import threading
from collections.abc import Mapping, Sequence

import msgspec

from ops.store.contract import HOUR_S, Correction, Event, StoreError
from ops.store.rules import Edges


class MemoryWords:
    """Events, corrections and notes, as `Store` has them."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._edges = Edges()
        self._events: list[Event] = []
        self._corrections: list[Correction] = []
        self._notes: dict[str, str] = {}

    def events(self, start: float, end: float, *, kinds: Sequence[str] = (), row: str = "") -> Sequence[Event]:
        """As `Store.events`."""
        with self._lock:
            found = [
                event
                for event in self._events
                if max(start, self._edges.hours * HOUR_S) <= event.at < end
                and (not kinds or event.kind in kinds)
                and row in ("", event.row)
            ]
        return sorted(found, key=lambda event: event.at)

    def correct(self, correction: Correction) -> Correction:
        """As `Store.correct`."""
        with self._lock:
            kept = msgspec.structs.replace(correction, id=len(self._corrections) + 1)
            self._corrections.append(kept)
        return kept

    def undo(self, number: int, by: str, at: float) -> Correction:
        """As `Store.undo`."""
        with self._lock:
            if not 0 < number <= len(self._corrections):
                raise StoreError(f"there is no correction {number}", "see `watchfloor slo corrections`")
            known = self._corrections[number - 1]
            if known.undone_at is not None:
                raise StoreError(f"correction {number} is undone already", "see `watchfloor slo corrections`")
            undone = self._corrections[number - 1] = msgspec.structs.replace(known, undone_at=at, undone_by=by)
        return undone

    def corrections(self) -> Sequence[Correction]:
        """As `Store.corrections`."""
        with self._lock:
            return list(self._corrections)

    def note(self, key: str, value: str) -> None:
        """As `Store.note`."""
        with self._lock:
            self._notes[key] = value

    def notes(self) -> Mapping[str, str]:
        """As `Store.notes`."""
        with self._lock:
            return dict(sorted(self._notes.items()))
