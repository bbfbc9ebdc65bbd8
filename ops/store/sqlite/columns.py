"""The states of one row over one hour, by columns: what stays the same costs nothing, numbers a byte or two a minute.

Ints, words and times are exact (a row's `at` to the millisecond); facts that are floats and change often are rounded to
14 bits of their mantissa, which is 3e-5 of the value, more than four significant digits.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import msgspec

from collectors.varint import numbers, pack
from ops.store.flat import FACT, Flat
from ops.store.sqlite.packing import expand, squeeze

States = dict[int, Flat | None]
"""By minute of the hour (0–59) in which the row was recorded: its last state then; None: it was gone."""
Column = tuple[int, bytes, list[Any], bytes]
"""How it is written (`_CHANGES` …), bytes, values, and where it was absent."""
_PACKED = msgspec.msgpack.Decoder(tuple[bytes, bytes, dict[str, Column]])
_CHANGES, _INTS, _FLOATS, _TIMES = range(4)
_DROPPED = 52 - 14
_HALF, _MASK = 1 << (_DROPPED - 1), ~((1 << _DROPPED) - 1)
_INFINITE = 0x7FF << 52
_MISSING = object()


def pack_states(states: Mapping[int, Flat | None]) -> bytes:
    """Write the states of an hour."""
    minutes = sorted(states)
    gone = bytes(minute for minute in minutes if states[minute] is None)
    there = [(minute, state) for minute in minutes if (state := states[minute]) is not None]
    where = [minute for minute, _ in there]
    whole = [state for _, state in there]
    columns = {key: _column(key, where, [state.get(key, _MISSING) for state in whole]) for key in keys_of(whole)}
    return squeeze(msgspec.msgpack.encode((bytes(where), gone, columns)))


def keys_of(states: Iterable[Flat]) -> Iterable[str]:
    """All keys that any of them has, in the order in which they come; nearly always those of the first."""
    keys: dict[str, None] = {}
    for state in states:
        if state.keys() != keys.keys():
            keys |= dict.fromkeys(state)
    return keys


def unpack_states(data: bytes) -> States:
    """Read what `pack_states` wrote. Raises ValueError and the like for anything else."""
    where, gone, columns = _PACKED.decode(expand(data))
    found: States = dict.fromkeys(gone)
    states: list[Flat] = [{} for _ in where]
    for key, column in columns.items():
        for state, value in zip(states, _values(column, where), strict=True):
            if value is not _MISSING:
                state[key] = value
    return found | dict(zip(where, states, strict=True))


def state_before(data: bytes, minute: int) -> tuple[int, Flat | None] | None:
    """The last state in a minute before `minute` of the hour, with that minute; None where there is none."""
    where, gone, columns = _PACKED.decode(expand(data))
    index = sum(1 for known in where if known < minute) - 1
    last_gone = max((known for known in gone if known < minute), default=-1)
    if index < 0 and last_gone < 0:
        return None
    if index < 0 or last_gone > where[index]:
        return last_gone, None
    found = {key: _at_index(column, where, index) for key, column in columns.items()}
    return where[index], {key: value for key, value in found.items() if value is not _MISSING}


def column_of(data: bytes, key: str) -> Iterator[tuple[int, Any]]:
    """One key's values over the hour, as (minute, value), without minutes where it was absent."""
    where, _, columns = _PACKED.decode(expand(data))
    if key in columns:
        for minute, value in zip(where, _values(columns[key], where), strict=True):
            if value is not _MISSING:
                yield minute, value


def rounded(values: Sequence[float]) -> list[int]:
    """Doubles as their bits, with 14 bits of mantissa; what would become infinite is cut instead."""
    bits = struct.unpack(f">{len(values)}Q", struct.pack(f">{len(values)}d", *values))
    return [
        up if (up := (number + _HALF) & _MASK) & _INFINITE != _INFINITE else number & _MASK | _nan(number)
        for number in bits
    ]


def _nan(bits: int) -> int:
    """Keeps what is no number from becoming infinite."""
    return 1 << 51 if bits & _INFINITE == _INFINITE and bits & ((1 << 52) - 1) else 0


def _column(key: str, where: Sequence[int], values: Sequence[Any]) -> Column:
    first = values[0]
    if values.count(first) == len(values) and len(set(map(type, values))) == 1:
        return (_CHANGES, b"", [], b"\x00") if first is _MISSING else (_CHANGES, b"\x00", [first], b"")
    places = [0]
    for place, (before, after) in enumerate(pairwise(values), 1):
        if before is not after and (before != after or type(before) is not type(after)):
            places.append(place)
    if len(places) * 4 > len(values) + 4:
        kinds = {type(value) for value in values}
        if key == "at" and kinds == {float}:
            return _TIMES, _deltas([round(at * 1000) - 60000 * m for m, at in zip(where, values, strict=True)]), [], b""
        if kinds == {int}:
            return _INTS, _deltas(values), [], b""
        if kinds == {float} and key.startswith(FACT):
            return _FLOATS, _shuffled(values), [], b""
    absent = bytes(place for place in places if values[place] is _MISSING)
    present = [place for place in places if values[place] is not _MISSING]
    return _CHANGES, bytes(present), [values[place] for place in present], absent


def _values(column: Column, where: Sequence[int]) -> list[Any]:
    kind, data, values, absent = column
    if kind == _INTS:
        return _summed(data)
    if kind == _TIMES:
        return [(offset + 60000 * minute) / 1000 for minute, offset in zip(where, _summed(data), strict=True)]
    if kind == _FLOATS:
        return _unshuffled(data)
    changed = dict(zip(data, values, strict=True)) | dict.fromkeys(absent, _MISSING)
    found: list[Any] = []
    value: Any = _MISSING
    for place in range(len(where)):
        value = changed.get(place, value)
        found.append(tuple(value) if isinstance(value, list) else value)
    return found


def _at_index(column: Column, where: Sequence[int], index: int) -> Any:
    kind, data, values, absent = column
    if kind == _FLOATS:
        return _unshuffled(data[index :: len(where)])[0]
    if kind != _CHANGES:
        return _values(column, where)[index]
    last = max((place for place in data if place <= index), default=-1)
    if any(last < place <= index for place in absent) or last < 0:
        return _MISSING
    value = values[data.index(last)]
    return tuple(value) if isinstance(value, list) else value


def _deltas(values: Sequence[int]) -> bytes:
    before, folded = 0, []
    for value in values:
        step = value - before
        folded.append(2 * step if step >= 0 else -2 * step - 1)
        before = value
    return pack(folded)


def _summed(data: bytes) -> list[int]:
    value, found = 0, []
    for folded in numbers(data):
        value += folded >> 1 if not folded & 1 else -(folded + 1 >> 1)
        found.append(value)
    return found


def _shuffled(values: Sequence[float]) -> bytes:
    """The upper four bytes of each, all first bytes together: the rest of the mantissa is zero."""
    data = struct.pack(f">{len(values)}I", *[bits >> 32 for bits in rounded(values)])
    return data[0::4] + data[1::4] + data[2::4] + data[3::4]


def _unshuffled(data: bytes) -> list[float]:
    count = len(data) // 4
    joined = bytearray(count * 8)
    for place in range(4):
        joined[place::8] = data[count * place : count * (place + 1)]
    return list(struct.unpack(f">{count}d", joined))
