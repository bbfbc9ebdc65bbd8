"""Our sketch beside ddsketch, hdrhistogram and exact sorting: time for each value, error, and bytes, in one run."""

import math
import random
import time
from collections.abc import Callable, Sequence
from typing import Any

from collectors.sketch import Sketch

VALUES = 100_000
PERCENTS = (50.0, 95.0, 99.0)
_LONGEST_US = 3_600_000_000
_DIGITS = 2
"""Of an hdrhistogram: an error of 1 %, like ours."""
Ranks = Sequence[float]
_AGAIN = 3


def compared() -> dict[str, Any]:
    """Figures of each that can be imported, by name."""
    chance = random.Random(1)
    values = [chance.lognormvariate(math.log(0.05), 1.0) for _ in range(VALUES)]
    exact = _exact(values)[0]
    ways: dict[str, Callable[[Sequence[float]], tuple[Ranks, int]]] = {
        "exact": _exact, "ours": _ours, "ddsketch": _ddsketch, "hdrhistogram": _hdrhistogram,
    }  # fmt: skip
    figures: dict[str, Any] = {}
    for name, way in ways.items():
        took, (ranks, size) = min((_timed(way, values) for _ in range(_AGAIN)), key=lambda run: run[0])
        error = max(abs(rank - right) / right for rank, right in zip(ranks, exact, strict=True))
        figures |= {
            f"sketch_{name}_us": round(took / VALUES * 1e6, 3),
            f"sketch_{name}_error_percent": round(error * 100, 3),
            f"sketch_{name}_bytes": size,
        }
    return figures


def _timed(
    way: Callable[[Sequence[float]], tuple[Ranks, int]], values: Sequence[float]
) -> tuple[float, tuple[Ranks, int]]:
    begun = time.perf_counter()
    found = way(values)
    return time.perf_counter() - begun, found


def _exact(values: Sequence[float]) -> tuple[Ranks, int]:
    """Nearest rank of all values, sorted: what the others are measured against."""
    ordered = sorted(values)
    return [ordered[math.ceil(percent * len(ordered) / 100) - 1] for percent in PERCENTS], 8 * len(ordered)


def _ours(values: Sequence[float]) -> tuple[Ranks, int]:
    sketch = Sketch()
    for value in values:
        sketch.add(value)
    return [rank or 0.0 for rank in sketch.ranks(*PERCENTS)], len(sketch.pack())


def _ddsketch(values: Sequence[float]) -> tuple[Ranks, int]:
    from ddsketch import DDSketch

    sketch = DDSketch(0.01)
    for value in values:
        sketch.add(value)
    return [sketch.get_quantile_value(percent / 100) or 0.0 for percent in PERCENTS], 8 * len(sketch._store.bins)


def _hdrhistogram(values: Sequence[float]) -> tuple[Ranks, int]:
    from hdrh.histogram import HdrHistogram

    histogram = HdrHistogram(1, _LONGEST_US, _DIGITS)
    for value in values:
        histogram.record_value(round(value * 1e6))
    return [histogram.get_value_at_percentile(percent) / 1e6 for percent in PERCENTS], len(histogram.encode())
