"""Raw frames: what each batch of records changed, so that a picture of any moment needs only a few of them.

A segment begins with a key frame, which has all rows as they stood before it, and goes on with frames that say what
changed. Strings are told once in a segment and are numbers from then on. A frame is compressed msgpack:

    (new strings, base or None, records)
    base     [(row, state)]                                    all rows before the first record of the segment
    record   (at, begins, [(row, changed, removed)], [gone])   `begins`: all rows before it are gone
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from ops.store.contract import Record
from ops.store.flat import Flat, changes, flatten
from ops.store.rules import begins
from ops.store.sqlite.packing import expand, squeeze

_AT, _SAME = "at", True
"""A row's `at` is mostly the record's own: then it is kept as `True`."""

Coded = dict[int, Any]
Names = list[str]
Change = tuple[int, Coded, list[int]]
Entry = tuple[float, bool, list[Change], list[int]]
Frame = tuple[list[str], list[tuple[int, Coded]] | None, list[Entry]]
_FRAME = msgspec.msgpack.Decoder(Frame)


class Coder:
    """Makes the frames of one segment, which begins with all rows as they stand."""

    def __init__(self, floor: Mapping[str, Flat]) -> None:
        self._numbers: dict[str, int] = {}
        self._new: list[str] = []
        self._entries: list[Entry] = []
        self._base: list[tuple[int, Coded]] | None = [
            (self._number(row_id), self._coded(flat, None)) for row_id, flat in floor.items()
        ]

    def add(self, record: Record, floor: dict[str, Flat]) -> dict[str, tuple[Flat, Flat]]:
        """Take a record: changes the floor, and gives each of its rows with what is new in it."""
        fresh: dict[str, tuple[Flat, Flat]] = {}
        first = begins(record)
        if first:
            floor.clear()
        told: list[Change] = []
        for place, row in enumerate(record.rows):
            flat = flatten(row, place)
            changed, removed = changes(floor.get(row.id, {}), flat)
            floor[row.id] = flat
            fresh[row.id] = (flat, changed)
            told.append((self._number(row.id), self._coded(changed, record.at), [self._number(key) for key in removed]))
        gone = [self._number(row_id) for row_id in record.gone if floor.pop(row_id, None) is not None]
        self._entries.append((record.at, first, told, gone))
        return fresh

    def frame(self) -> bytes:
        """All that was taken since the last frame."""
        made: Frame = (self._new, self._base, self._entries)
        self._new, self._base, self._entries = [], None, []
        return squeeze(msgspec.msgpack.encode(made))

    def _coded(self, flat: Flat, at: float | None) -> Coded:
        coded: Coded = {self._number(key): value for key, value in flat.items()}
        if at is not None and flat.get(_AT) == at:
            coded[self._number(_AT)] = _SAME
        return coded

    def _number(self, name: str) -> int:
        number = self._numbers.get(name)
        if number is None:
            number = self._numbers[name] = len(self._numbers)
            self._new.append(name)
        return number


def times(data: bytes) -> list[float]:
    """When the records of a frame were made, as they come."""
    return [entry[0] for entry in _FRAME.decode(expand(data))[2]]


def replay(frames: Sequence[bytes], until: float | None = None) -> dict[str, Flat]:
    """The floor after the frames of a segment (from its key frame on), of the last one only records up to `until`.

    Raises ValueError and the like for what are no such frames.
    """
    try:
        return _replayed(frames, until)
    except IndexError as error:
        raise ValueError("a frame without its segment") from error


def _replayed(frames: Sequence[bytes], until: float | None) -> dict[str, Flat]:
    names: Names = []
    floor: dict[str, Flat] = {}
    for number, data in enumerate(frames):
        new, base, entries = _FRAME.decode(expand(data))
        names += new
        if base is not None:
            floor = {names[row]: dict(_plain(state, names, None)) for row, state in base}
        last = number == len(frames) - 1
        for entry in entries:
            if last and until is not None and entry[0] > until:
                break
            _apply(floor, entry, names)
    return floor


def _apply(floor: dict[str, Flat], entry: Entry, names: Names) -> None:
    at, first, rows, gone = entry
    if first:
        floor.clear()
    for row, changed, removed in rows:
        state = floor.setdefault(names[row], {})
        state.update(_plain(changed, names, at))
        for key in removed:
            state.pop(names[key], None)
    for row in gone:
        floor.pop(names[row], None)


def _plain(coded: Coded, names: Names, at: float | None) -> Iterator[tuple[str, Any]]:
    for number, value in coded.items():
        key = names[number]
        if isinstance(value, list):
            yield key, tuple(value)
        else:
            yield key, at if key == _AT and value is _SAME else value
