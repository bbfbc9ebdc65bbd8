"""Burn windows that other tools have, and how soon a pair of windows sees an outage."""

from fractions import Fraction

from ops.slo.exact import exact
from ops.slo.windows import DAY_S, HOUR_S, MINUTE_S, Pair

SLOTH_7D = (
    Pair("page", "quick", 8, HOUR_S, 5 * MINUTE_S),
    Pair("page", "slow", Fraction("12.5"), 6 * HOUR_S, 30 * MINUTE_S),
    Pair("ticket", "quick", 20, DAY_S, 2 * HOUR_S),
    Pair("ticket", "slow", 42, 3 * DAY_S, 6 * HOUR_S),
)
"""Sloth's sample of own windows for 7 days: factors 13.44, 3.5, 1.4 and 0.98."""

PYRRA_28D = (
    Pair("page", "quick", Fraction(14 * 100, 28 * 24), HOUR_S, 5 * MINUTE_S),
    Pair("page", "slow", Fraction(7 * 6 * 100, 28 * 24), 6 * HOUR_S, 30 * MINUTE_S),
    Pair("ticket", "quick", Fraction(2 * 24 * 100, 28 * 24), DAY_S, 2 * HOUR_S),
    Pair("ticket", "slow", Fraction(1 * 96 * 100, 28 * 24), 4 * DAY_S, 6 * HOUR_S),
)
"""Pyrra's for 28 days (`slo/rules.go`): factors 14, 7, 2 and 1; Pyrra's `for` is not part of them."""


def detection_s(pair: Pair, period_s: float, objective_percent: float, error_ratio: float = 1.0) -> float | None:
    """How long errors at this constant ratio last, from a clean start, until the long window exceeds the limit.

    About long × factor × (1 − SLO) ÷ error ratio; None where they never do.
    """
    limit = pair.limit(period_s, objective_percent)
    if exact(error_ratio) <= limit:
        return None
    return float(exact(pair.long_s) * limit / exact(error_ratio))
