"""Burn windows as data: which pairs of windows an alert looks at, and how fast a budget must burn in both.

Source: sre.google/workbook "Alerting on SLOs", multi-window, multi-burn-rate. All limits are fractions, so that what is
exactly at one compares as it does on paper.
"""

from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from typing import Literal

import msgspec

from ops.config.structs import BurnWindow
from ops.slo.exact import allowed, exact

MINUTE_S = 60.0
HOUR_S = 3600.0
DAY_S = 86400.0
Severity = Literal["page", "ticket"]


class Pair(msgspec.Struct, frozen=True):
    """Two windows: the long one says that it matters, the short one that it still goes on."""

    severity: Severity
    speed: Literal["quick", "slow"]
    budget_percent: float | Fraction
    """What of the whole period's budget the long window spends when it burns just at the limit."""
    long_s: float
    short_s: float

    def factor(self, period_s: float) -> Fraction:
        """How many times faster than allowed: budget % × period hours ÷ 100 ÷ long hours."""
        return _factor(self, period_s)

    def limit(self, period_s: float, objective_percent: float) -> Fraction:
        """The error ratio that both windows must exceed: factor × (1 − SLO)."""
        return _limit(self, period_s, objective_percent)

    def exceeded(self, bad: int, total: int, period_s: float, objective_percent: float) -> bool:
        """Whether bad ÷ total is over the limit: strictly, and without rounding."""
        limit = _limit(self, period_s, objective_percent)
        return bad * limit.denominator > total * limit.numerator

    def can_fire(self, period_s: float, objective_percent: float) -> bool:
        """False where not even everything failing exceeds the limit: factor × (1 − SLO) ≥ 1."""
        return self.limit(period_s, objective_percent) < 1

    def fires_above_percent(self, period_s: float) -> Fraction:
        """The objective above which it can fire: 100 × (1 − 1 ÷ factor), not under 0."""
        return max(Fraction(0), 100 * (1 - 1 / self.factor(period_s)))


@lru_cache(maxsize=1024)
def _factor(pair: Pair, period_s: float) -> Fraction:
    return exact(pair.budget_percent) * exact(period_s) / 100 / exact(pair.long_s)


@lru_cache(maxsize=1024)
def _limit(pair: Pair, period_s: float, objective_percent: float) -> Fraction:
    return _factor(pair, period_s) * allowed(objective_percent)


WORKBOOK = (
    Pair("page", "quick", 2, HOUR_S, 5 * MINUTE_S),
    Pair("page", "slow", 5, 6 * HOUR_S, 30 * MINUTE_S),
    Pair("ticket", "quick", 10, DAY_S, 2 * HOUR_S),
    Pair("ticket", "slow", 10, 3 * DAY_S, 6 * HOUR_S),
)
"""The workbook's, and Sloth's for 30 days (slok/sloth `internal/alert/windows/google-30d.yaml`)."""


def pairs_of(burn: Iterable[BurnWindow], period_s: float) -> tuple[Pair, ...]:
    """The pairs that a config asks for; the workbook's where it asks for none, as far as they fit into the period."""
    own = tuple(burn)
    return custom(own) if own else tuple(pair for pair in WORKBOOK if pair.long_s <= period_s)


def custom(burn: Iterable[BurnWindow]) -> tuple[Pair, ...]:
    """Pairs from a config, pages first, by their long windows; the shortest of a severity is its quick one."""
    found: list[Pair] = []
    for one in sorted(burn, key=lambda window: (window.severity, window.long, window.short)):
        speed: Literal["quick", "slow"] = "slow" if any(pair.severity == one.severity for pair in found) else "quick"
        budget = Fraction(str(one.budget_percent))
        found.append(Pair(one.severity, speed, budget, float(one.long), float(one.short)))
    return tuple(found)
