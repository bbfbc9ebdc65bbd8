"""Histograms as Prometheus counts them, buckets that each hold all below their bound: percentiles, and as a sketch."""

import math
from collections.abc import Iterable
from typing import NamedTuple

from collectors.sketch import GAMMA, LEAST, Sketch, bin_of, value_of

Bucket = tuple[float, float]
"""An upper bound ("le"), and how many were at most that."""
_SMALL = 1e-12
_DEPTH = 64
"""What lies under this part of the lowest bound is not told apart in a sketch."""


class Quantile(NamedTuple):
    """A quantile of a histogram; `forced` says that its counts did not rise and were made to."""

    value: float
    forced: bool = False


def histogram_quantile(share: float, buckets: Iterable[Bucket]) -> Quantile:
    """The value under which that share (0 to 1) lies, as PromQL's `histogram_quantile` gives it.

    Source: prometheus/prometheus `promql/quantile.go`. With fewer than 2 buckets, none for +Inf, or nothing counted it
    is NaN; a share below 0 gives −Inf and above 1 +Inf. Rank is share × total; in the first bucket with as many or more
    it is linear. In the top bucket it is the bound below; the lowest begins at 0, or is its bound where that is not
    above 0.
    """
    if math.isnan(share):
        return Quantile(math.nan)
    if not 0 <= share <= 1:
        return Quantile(math.copysign(math.inf, share))
    bounds, forced = rising(buckets)
    if len(bounds) < 2 or bounds[-1][0] != math.inf or not bounds[-1][1]:
        return Quantile(math.nan)
    rank = share * bounds[-1][1]
    place = next((index for index, (_, count) in enumerate(bounds[:-1]) if count >= rank), len(bounds) - 1)
    if place == len(bounds) - 1:
        return Quantile(bounds[-2][0], forced)
    if place == 0 and bounds[0][0] <= 0:
        return Quantile(bounds[0][0], forced)
    start, below = bounds[place - 1] if place else (0.0, 0.0)
    end, count = bounds[place]
    inside = (rank - below) / (count - below) if count > below else math.nan
    return Quantile(start + (end - start) * inside, forced)


def rising(buckets: Iterable[Bucket]) -> tuple[list[Bucket], bool]:
    """Sorted, with one bucket a bound and counts that never fall; and whether they fell before.

    Those of one bound are added. A count that differs from the one before by no more than 1e-12 of itself is a
    rounding error and taken as the same; one that is less is raised, which is told.
    """
    merged: dict[float, float] = {}
    for bound, count in buckets:
        merged[bound] = merged.get(bound, 0.0) + count
    found: list[Bucket] = []
    forced, before = False, -math.inf
    for bound, count in sorted(merged.items()):
        if found and count and abs(count - before) / count <= _SMALL:
            found.append((bound, before))
            continue
        forced = forced or count < before
        before = max(before, count)
        found.append((bound, before))
    return found, forced


def histogram_to_sketch(buckets: Iterable[Bucket]) -> Sketch:
    """A sketch of what a histogram counted, spread evenly between its bounds as `histogram_quantile` has it.

    Counts are rounded to whole ones. `Sketch.above` a bound of the histogram is exact where bounds are 3 % apart.
    Percentiles are those of `histogram_quantile` at the next whole rank to 1 %, just above a bound to 3 %: what is not
    within a bound lies in a bin above it. What is above the last bound lies just above it. Raises ValueError without a
    bucket for +Inf and one below.
    """
    bounds, _ = rising(buckets)
    if len(bounds) < 2 or bounds[-1][0] != math.inf:
        raise ValueError('a histogram needs a bound, and a bucket for all (le="+Inf")')
    made = Sketch()
    start, below = 0.0, 0
    for end, count in bounds:
        whole = round(count)
        if whole > below:
            _spread(made, start, end, whole - below)
        start, below = max(0.0, end), whole
    return made


def _spread(made: Sketch, start: float, end: float, count: int) -> None:
    """Add `count` values, of which the i-th lies at start + (end − start) × i ÷ count, without looking at each."""
    if end <= LEAST:
        made.add(0.0, count)
        return
    above = bin_of(max(start, LEAST)) + 1
    if end == math.inf:
        made.add(value_of(above), count)
        return
    last = bin_of(end)
    lowest = above if start > LEAST else bin_of(max(end / count, end / _DEPTH, 2 * LEAST))
    done = 0
    for key in range(lowest, last):
        upto = math.floor(count * (GAMMA**key - start) / (end - start))
        if upto > done:
            made.add(value_of(key), upto - done)
            done = upto
    if count > done:
        made.add(value_of(last), count - done)
