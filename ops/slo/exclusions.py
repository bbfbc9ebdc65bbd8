"""Exclusions: stretches of time that maintenance and corrections take out of an SLO, as whole minutes."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate

Span = tuple[float, float]
"""Start and end, UTC seconds; the end is not part of it."""


def merged(spans: Iterable[Span]) -> Iterator[Span]:
    """The same time without overlaps, rising; what touches becomes one, what is empty is left out."""
    open_at: Span | None = None
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if open_at is not None and start <= open_at[1]:
            open_at = (open_at[0], max(open_at[1], end))
            continue
        if open_at is not None:
            yield open_at
        open_at = (start, end)
    if open_at is not None:
        yield open_at


class Exclusions:
    """Merged spans, widened to whole minutes: counts are kept by minute, and one that work touched is none of ours."""

    __slots__ = ("_before", "_ends", "_starts")

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        wide = [(math.floor(start / 60) * 60.0, math.ceil(end / 60) * 60.0) for start, end in spans if start < end]
        whole = list(merged(wide))
        self._starts = [start for start, _ in whole]
        self._ends = [end for _, end in whole]
        self._before = list(accumulate((end - start for start, end in whole), initial=0.0))

    def __iter__(self) -> Iterator[Span]:
        return zip(self._starts, self._ends, strict=True)

    def __len__(self) -> int:
        return len(self._starts)

    def covers(self, at: float) -> bool:
        """Whether that moment is taken out."""
        if not self._starts:
            return False
        place = bisect_right(self._starts, at)
        return place > 0 and at < self._ends[place - 1]

    def touches(self, start: float, end: float) -> bool:
        """Whether anything within [start, end) is taken out."""
        return bool(self._starts) and self.seconds(start, end) > 0

    def seconds(self, start: float, end: float) -> float:
        """How many seconds of [start, end) are taken out."""
        if not self._starts or end <= start:
            return 0.0
        return self._until(end) - self._until(start)

    def _until(self, at: float) -> float:
        """How many seconds before `at` are taken out."""
        place = bisect_right(self._starts, at)
        if place == 0:
            return 0.0
        return self._before[place] - max(0.0, self._ends[place - 1] - at)
