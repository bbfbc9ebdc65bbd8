"""Columns: a chart's buckets in 28 bytes each, unchangeable, so that every row can carry half an hour of them."""

import math
from collections.abc import Iterator, Sequence
from struct import Struct
from typing import overload

from ops.board import Bucket

_ONE = Struct("<d3f2I")


class Columns(Sequence[Bucket]):
    """Buckets, oldest first. Percentiles keep 7 digits."""

    __slots__ = ("_data",)

    def __init__(self, data: bytes = b"") -> None:
        self._data = data

    def with_last(self, bucket: Bucket, most: int) -> "Columns":
        """These and one more, of which the newest `most` are kept."""
        seconds = [math.nan if value is None else value for value in (bucket.p50_s, bucket.p95_s, bucket.p99_s)]
        return Columns(
            self._data[-_ONE.size * (most - 1) :] + _ONE.pack(bucket.at, *seconds, bucket.failed, bucket.count)
        )

    def __len__(self) -> int:
        return len(self._data) // _ONE.size

    @overload
    def __getitem__(self, place: int) -> Bucket: ...
    @overload
    def __getitem__(self, place: slice) -> "Sequence[Bucket]": ...
    def __getitem__(self, place: int | slice) -> "Bucket | Sequence[Bucket]":
        if isinstance(place, slice):
            return tuple(self)[place]
        count = len(self)
        if not -count <= place < count:
            raise IndexError(place)
        return _read(*_ONE.unpack_from(self._data, _ONE.size * (place % count)))

    def __iter__(self) -> Iterator[Bucket]:
        return (_read(*fields) for fields in _ONE.iter_unpack(self._data))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Columns) and self._data == other._data

    def __hash__(self) -> int:
        return hash(self._data)


def _read(at: float, p50_s: float, p95_s: float, p99_s: float, failed: int, count: int) -> Bucket:
    return Bucket(at=at, p50_s=_known(p50_s), p95_s=_known(p95_s), p99_s=_known(p99_s), failed=failed, count=count)


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
