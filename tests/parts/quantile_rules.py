"""Rules for percentiles of values that other tools use: the same data give different figures by each.

Values must be sorted, and there must be one at least.
"""

import math
from collections.abc import Sequence

from ops.slo.exact import exact


def nearest_rank(share: float, values: Sequence[float]) -> float:
    """The ⌈q × n⌉th smallest, the first for q = 0: at least that share of the values is at most it."""
    return values[max(1, math.ceil(exact(share) * len(values))) - 1]


def promql(share: float, values: Sequence[float]) -> float:
    """Rank q × (n − 1), linear between neighbours; q < 0 gives −Inf, q > 1 +Inf, no values or no q NaN.

    Source: prometheus/prometheus `promql/quantile.go`, for `quantile` and `quantile_over_time`.
    """
    if not values or math.isnan(share):
        return math.nan
    if not 0 <= share <= 1:
        return math.copysign(math.inf, share)
    rank = share * (len(values) - 1)
    lower = max(0, math.floor(rank))
    upper = min(len(values) - 1, lower + 1)
    weight = rank - math.floor(rank)
    return values[lower] * (1 - weight) + values[upper] * weight


def ddsketch(share: float, values: Sequence[float]) -> float:
    """Element int(q × (n − 1)), counted from 0. Source: the tests of DataDog/sketches-py."""
    return values[int(share * (len(values) - 1))]


def hdr(percent: float, values: Sequence[int], digits: int = 3) -> int:
    """The max(1, int(p × n ÷ 100 + 0.5))th value, as the highest that HdrHistogram can't tell from it.

    Natural numbers are told apart to `digits` decimal digits: the error is at most 10^−digits of the value.
    """
    rank = max(1, int(percent * len(values) / 100 + 0.5))
    return highest_equivalent(values[min(rank, len(values)) - 1], digits)


def highest_equivalent(value: int, digits: int = 3) -> int:
    """The highest number in the same of HdrHistogram's buckets, of which 2 × 10^digits or more share a power of 2."""
    shared_bits = math.ceil(math.log2(2 * 10**digits))
    unit = 1 << max(0, value.bit_length() - shared_bits)
    return value // unit * unit + unit - 1
