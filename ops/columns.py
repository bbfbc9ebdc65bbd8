"""Columns: a chart's buckets in 28 bytes each, unchangeable, so that every row can carry half an hour of them."""

import math
from collections.abc import Iterator, Sequence
from struct import Struct
from typing import overload

from ops.board import Bucket

_ONE = Struct("<d3f2I")


class Columns(Sequence[Bucket]):
    """Buckets, oldest first. Percentiles keep 7 digits.

    With the first one they take the room of all: a chart that fills up takes no more memory than a full one.
    """

    __slots__ = ("_count", "_data")

    def __init__(self, data: bytes = b"", count: int = 0) -> None:
        """Take the last `count` buckets of packed ones."""
        self._data, self._count = data, count

    def with_last(self, bucket: Bucket, most: int) -> "Columns":
        """These and one more, of which the newest `most` are kept."""
        seconds = [math.nan if value is None else value for value in (bucket.p50_s, bucket.p95_s, bucket.p99_s)]
        room = _ONE.size * most
        kept = self._data if len(self._data) == room else self._data.rjust(room, b"\0")[-room:]
        last = _ONE.pack(bucket.at, *seconds, bucket.failed, bucket.count)
        return Columns(kept[_ONE.size :] + last, min(self._count + 1, most))

    @property
    def packed(self) -> tuple[bytes, int]:
        """What makes the same ones elsewhere: their bytes, without room to grow, and how many they are."""
        return self._data[len(self._data) - _ONE.size * self._count :], self._count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> Bucket: ...
    @overload
    def __getitem__(self, place: slice) -> "Sequence[Bucket]": ...
    def __getitem__(self, place: int | slice) -> "Bucket | Sequence[Bucket]":
        if isinstance(place, slice):
            return tuple(self)[place]
        if not -self._count <= place < self._count:
            raise IndexError(place)
        from_end = self._count - place % self._count
        return _read(*_ONE.unpack_from(self._data, len(self._data) - _ONE.size * from_end))

    def __iter__(self) -> Iterator[Bucket]:
        begins = len(self._data) - _ONE.size * self._count
        return (_read(*fields) for fields in _ONE.iter_unpack(memoryview(self._data)[begins:]))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Columns) and (self._count, self._data) == (other._count, other._data)

    def __hash__(self) -> int:
        return hash(self._data)


def _read(at: float, p50_s: float, p95_s: float, p99_s: float, failed: int, count: int) -> Bucket:
    return Bucket(at=at, p50_s=_known(p50_s), p95_s=_known(p95_s), p99_s=_known(p99_s), failed=failed, count=count)


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
