"""Together: answers for one row after another, of a store that is asked for all of them at once."""

from collections.abc import Collection, Mapping, Sequence

from ops.store.contract import MINUTE_S, Slot, Step, Store


class Together:
    """What a store counted of some rows, each stretch of time read for all of them when the first is asked for.

    Nothing that comes later is seen, so it is made anew for each moment. Minutes are read row by row.
    """

    def __init__(self, store: Store, rows: Collection[str]) -> None:
        self._store, self._rows = store, tuple(dict.fromkeys(rows))
        self._slots: dict[tuple[float, float, Step], Mapping[str, Sequence[Slot]]] = {}
        self._latencies: dict[float, Mapping[str, Mapping[int, bytes]]] = {}

    def slots(self, row: str, start: float, end: float, step: Step) -> Sequence[Slot]:
        """As `Store.slots`."""
        if step == MINUTE_S or row not in self._rows:
            return self._store.slots(row, start, end, step)
        key = start, end, step
        if key not in self._slots:
            self._slots[key] = self._store.slots_of(self._rows, *key)
        return self._slots[key].get(row, ())

    def latencies(self, rows: Collection[str], hour: float) -> Mapping[str, Mapping[int, bytes]]:
        """As `Store.latencies`."""
        if hour not in self._latencies:
            self._latencies[hour] = self._store.latencies(self._rows, hour)
        known = self._latencies[hour]
        return {row: known[row] for row in rows if row in known}
