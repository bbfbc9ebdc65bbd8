"""Sliding: the latencies of a stretch of minutes that moves; what stays in it from step to step is not merged again."""

from collections.abc import Callable

from collectors.sketch import Sketch


class Sliding:
    """`packed` gives the sketch of a minute by its number since the epoch, which must not change."""

    def __init__(self, packed: Callable[[int], bytes]) -> None:
        self._packed = packed
        self._first = self._last = 0
        self._merged = Sketch()

    def between(self, first: int, last: int) -> Sketch:
        """All of the minutes from `first` on and before `last`; not to be changed."""
        last = max(first, last)
        if last <= self._first or first >= self._last:
            self._merged, self._first, self._last = Sketch(), first, first
        for minute in (*range(self._first, first), *range(last, self._last)):
            self._merged.remove(Sketch.unpack(self._packed(minute)))
        for minute in (*range(first, self._first), *range(self._last, last)):
            self._merged.merge(Sketch.unpack(self._packed(minute)))
        self._first, self._last = first, last
        return self._merged
