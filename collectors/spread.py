"""Spread: the bins of many sketches side by side, in a few kilobytes that stay the same while values come and go."""

import math
from array import array
from bisect import bisect_left
from itertools import accumulate

from collectors.sketch import LEAST, Sketch, bin_of, value_of

_STEP = 512
"""Bins that are made at a time: with those of 36 microseconds come those of up to a second …"""
_OVER = 128
"""… and with those those of up to 12 s, so that what takes until its deadline makes no more room."""


class Spread:
    """Counts by bin, as `Sketch` has them, for what is added to and taken from all the time."""

    __slots__ = ("_bins", "_first", "_high", "_low", "_zeros", "count")

    def __init__(self) -> None:
        self.count = 0
        """How many values it has."""
        self._bins = array("I")
        self._first = self._zeros = 0
        self._low, self._high = 0, -1
        """All bins that ever had a value are between these: some hundred of those that there is room for."""

    def add(self, value: float) -> None:
        """Take a value. Negative values and zero count as zero. Raises ValueError for nan and inf."""
        if not math.isfinite(value):
            raise ValueError(f"not a value: {value}")
        self.count += 1
        if value <= LEAST:
            self._zeros += 1
            return
        key = bin_of(value)
        if not self._low <= key <= self._high:
            self._widen(key)
        self._bins[key - self._first] += 1

    def remove(self, sketch: Sketch) -> None:
        """Take out values that were added before."""
        self.count -= sketch.count
        self._zeros -= sketch.zeros
        for key, count in sketch.bins.items():
            self._bins[key - self._first] -= count

    def ranks(self, *percents: float) -> tuple[float | None, ...]:
        """As `Sketch.ranks`."""
        if not self.count:
            return (None,) * len(percents)
        used = self._bins[self._low - self._first : self._high + 1 - self._first]
        seen = list(accumulate(used, initial=self._zeros))
        places = [bisect_left(seen, max(1, math.ceil(percent * self.count / 100))) for percent in percents]
        return tuple([value_of(self._low + place - 1) if place else 0.0 for place in places])

    def _widen(self, key: int) -> None:
        if not 0 <= key - self._first < len(self._bins):
            self._reach(key)
        empty = self._high < self._low
        self._low, self._high = (key, key) if empty else (min(self._low, key), max(self._high, key))

    def _reach(self, key: int) -> None:
        """Make room for a bin."""
        step = key // _STEP * _STEP
        if not self._bins:
            self._first = step
        before = max(0, self._first - step)
        after = max(0, step + _STEP + _OVER - self._first - len(self._bins))
        self._bins = _none(before) + self._bins + _none(after)
        self._first -= before


def _none(count: int) -> "array[int]":
    return array("I", bytes(count * array("I").itemsize))
