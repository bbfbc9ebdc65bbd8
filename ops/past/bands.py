"""Bands of latency for a heatmap: round edges on a logarithmic scale, as fine as the room allows."""

from bisect import bisect_left
from collections.abc import Sequence

from collectors.sketch import LEAST, Sketch, bin_of

_DECADES: tuple[tuple[float, ...], ...] = (
    (1, 1.1, 1.3, 1.4, 1.6, 1.8, 2, 2.2, 2.5, 2.8, 3.2, 3.6, 4, 4.5, 5, 5.6, 6.3, 7.1, 8, 9),
    (1, 1.3, 1.6, 2, 2.5, 3.2, 4, 5, 6.3, 8),
    (1, 1.5, 2, 3, 5, 7),
    (1, 2, 5),
    (1, 3),
    (1,),
)
"""Edges within a power of ten, finest first: preferred numbers of two digits, so that a label tells them exactly."""
_LOWEST, _HIGHEST = -9, 6
"""Powers of ten that edges are made for: a nanosecond to eleven days."""


def edges_of(sketches: Sequence[Sketch], bands: int) -> tuple[float, ...]:
    """Upper edges (s), rising, of at most `bands` bands that hold every value; the last band, above them, has none.

    Where the range is too wide for the bands, the lowest takes all that is lower. Without values: no edges.
    """
    lowest = min((min(sketch.bins) for sketch in sketches if sketch.bins), default=None)
    highest = max((max(sketch.bins) for sketch in sketches if sketch.bins), default=None)
    if lowest is None or highest is None:
        return ()
    for decade in _DECADES:
        inner = _inner(decade, lowest, highest)
        if len(inner) < bands:
            return inner
    return inner[len(inner) - max(bands - 1, 0) :]


def _inner(decade: Sequence[float], lowest: int, highest: int) -> tuple[float, ...]:
    """The edges that have some of the bins at or below them, and some above."""
    edges = [float(f"{factor}e{power}") for power in range(_LOWEST, _HIGHEST + 1) for factor in decade]
    return tuple(edge for edge in edges if lowest <= _key(edge) < highest)


def _key(edge: float) -> int:
    return bin_of(max(edge, 2 * LEAST))


def band_counts(sketch: Sketch, edges: Sequence[float]) -> tuple[int, ...]:
    """How many values lie in each band, one more than edges; a value in an edge's own bin counts as below it."""
    counts = [0] * (len(edges) + 1)
    counts[0] = sketch.zeros
    keys = [_key(edge) for edge in edges]
    for key, count in sketch.bins.items():
        counts[bisect_left(keys, key)] += count
    return tuple(counts)
