"""Sketch: how many values lie in each of ever wider bins, so that any percentile is right to 1 % and sketches add up.

The way of DDSketch (Masson, Rim, Lee, VLDB 2019): bin k holds (γ^(k−1), γ^k] with γ = (1+α) ÷ (1−α), and is told as
2γ^k ÷ (1+γ), which is at most α × value away. Bins are kept sparsely: a quiet minute takes tens of bytes.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate

from collectors.varint import numbers, pack

ALPHA = 0.01
"""The largest relative error of a percentile."""
GAMMA = (1 + ALPHA) / (1 - ALPHA)
LEAST = 1e-9
"""What is not above this counts as zero: a nanosecond, where values are seconds."""
_LOG_GAMMA = math.log(GAMMA)
_HEAD, _LONG = 3, 0x80
"""Of a packed sketch that has a first bin of two bytes; what a byte has at least that is not the last of a number."""


class Sketch:
    """Counts of values by bin. Adding and merging are exact in the counts, in any order."""

    __slots__ = ("bins", "zeros")

    def __init__(self) -> None:
        self.bins: dict[int, int] = {}
        self.zeros = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sketch) and (self.zeros, self.bins) == (other.zeros, other.bins)

    __hash__ = None  # type: ignore[assignment]  # it changes

    @property
    def count(self) -> int:
        """How many values it has."""
        return self.zeros + sum(self.bins.values())

    def add(self, value: float, count: int = 1) -> None:
        """Take a value, `count` times. Negative values and zero count as zero. Raises ValueError for nan and inf."""
        if value <= LEAST:
            self.zeros += count
            return
        if not math.isfinite(value):
            raise ValueError(f"not a value: {value}")
        key = bin_of(value)
        self.bins[key] = self.bins.get(key, 0) + count

    def merge(self, other: "Sketch") -> None:
        """Take all that the other has."""
        self.zeros += other.zeros
        bins = self.bins
        if not bins:
            self.bins = dict(other.bins)
            return
        for key, count in other.bins.items():
            bins[key] = bins.get(key, 0) + count

    def remove(self, other: "Sketch") -> None:
        """Take out what was merged before."""
        self.zeros -= other.zeros
        bins = self.bins
        for key, count in other.bins.items():
            left = bins[key] - count
            if left:
                bins[key] = left
            else:
                del bins[key]

    def ranks(self, *percents: float) -> tuple[float | None, ...]:
        """The nearest-rank percentiles: the ⌈p × n ÷ 100⌉th smallest value, to 1 %. None without values."""
        total = self.count
        if not total:
            return (None,) * len(percents)
        keys = sorted(self.bins)
        seen = list(accumulate(map(self.bins.__getitem__, keys), initial=self.zeros))
        places = [bisect_left(seen, max(1, math.ceil(percent * total / 100))) for percent in percents]
        return tuple([value_of(keys[place - 1]) if place else 0.0 for place in places])

    def above(self, limit: float) -> int:
        """How many values are above `limit`; those of the limit's own bin count as within."""
        if limit <= LEAST:
            return self.count - self.zeros
        edge = bin_of(limit)
        return sum(count for key, count in self.bins.items() if key > edge)

    def pack(self) -> bytes:
        """As bytes: the zeros, then each bin as the step from the one before and its count; b"" when it is empty."""
        keys = sorted(self.bins)
        if not keys:
            return pack([self.zeros]) if self.zeros else b""
        flat = [self.zeros, _folded(keys[0]), self.bins[keys[0]]]
        before = keys[0]
        for key in keys[1:]:
            flat += (key - before, self.bins[key])
            before = key
        return pack(flat)

    @classmethod
    def unpack(cls, data: bytes) -> "Sketch":
        """Read what `pack` gave. Raises ValueError for anything else."""
        made = cls()
        if not data:
            return made
        flat = numbers(data)
        if len(flat) % 2 != 1:
            raise ValueError("a sketch that is cut off")
        made.zeros = flat[0]
        if len(flat) > 1:
            keys = list(accumulate(flat[3::2], initial=_unfolded(flat[1])))
            made.bins = dict(zip(keys, flat[2::2], strict=True))
            if len(made.bins) < len(keys):
                raise ValueError("a sketch that has a bin twice")
        return made


class Packed:
    """A packed sketch, only to be asked: much quicker than unpacking it where it is not merged into another."""

    __slots__ = ("_counts", "_first", "_gaps", "_keys", "_zeros", "count")

    def __init__(self, data: bytes) -> None:
        """Take what `Sketch.pack` gave. Raises ValueError for bytes that are cut off."""
        rest = data[_HEAD:]
        if len(rest) % 2 and rest.isascii() and data[0] < _LONG <= data[1] and data[2] < _LONG:
            # As most minutes are: only the first bin is a number of two bytes.
            self._zeros, self._first = data[0], data[1] - _LONG | data[2] << 7
            self._counts: Sequence[int] = rest[::2]
            self._gaps: Sequence[int] = rest[1::2]
        else:
            flat = numbers(data) or [0]
            if len(flat) % 2 != 1:
                raise ValueError("a sketch that is cut off")
            self._zeros, self._first = flat[0], flat[1] if len(flat) > 1 else 0
            self._counts, self._gaps = flat[2::2], flat[3::2]
        self._keys: list[int] | None = None
        self.count = self._zeros + sum(self._counts)
        """How many values it has."""

    def above(self, limit: float) -> int:
        """As `Sketch.above`."""
        if limit <= LEAST:
            return self.count - self._zeros
        if self._keys is None:
            self._keys = list(accumulate(self._gaps, initial=_unfolded(self._first)))
        return sum(self._counts[bisect_right(self._keys, _edge(limit)) :])


Answers = Sketch | Packed
"""Latencies that are asked how many there are, and how many above a limit."""


def merged(sketches: Iterable[Sketch]) -> Sketch:
    """One with all that these have."""
    whole = Sketch()
    for sketch in sketches:
        whole.merge(sketch)
    return whole


@lru_cache(maxsize=256)
def _edge(limit: float) -> int:
    """The bin of a limit, of which there are few."""
    return bin_of(limit)


def bin_of(value: float) -> int:
    """The bin of a value above `LEAST`: ⌈log_γ value⌉."""
    return math.ceil(math.log(value) / _LOG_GAMMA)


def value_of(key: int) -> float:
    """What stands for every value of a bin."""
    return 2.0 * math.exp(key * _LOG_GAMMA) / (1 + GAMMA)


def _folded(number: int) -> int:
    """A signed number as a natural one: 0, −1, 1, −2 … become 0, 1, 2, 3 …"""
    return 2 * number if number >= 0 else -2 * number - 1


def _unfolded(number: int) -> int:
    return number // 2 if number % 2 == 0 else -(number + 1) // 2
