"""The words of an error budget: what was promised, seen and left. Panes, pages and the alert line agree in them."""

import math
from typing import NamedTuple

from ops.board import Budget, Level
from ops.figures import duration

LOW_RATIO = 0.25
"""A budget with less than this left looks at risk."""
_KINDS = {"availability": "avail", "errors": "errors", "latency": "fast"}
_PREFIX = "budget:"
_QUICKER = 2.0
"""So many times as fast as the last hour must the last 5 minutes burn to be what counts."""
QUICK_BURN, HOURS_BURN = "at the last 5 minutes' burn", "at the last hour's burn"


def row_id(budget: Budget) -> str:
    """The id of its row in the pane, which no row of the Board has."""
    return f"{_PREFIX}{budget.id or budget.service}"


def found(budgets: tuple[Budget, ...], selected: str) -> Budget | None:
    """The budget that a row of the pane stands for, or None when it is another pane's row or is gone."""
    if not selected.startswith(_PREFIX):
        return None
    return next((budget for budget in budgets if row_id(budget) == selected), None)


def kind(budget: Budget) -> str:
    """Which promise, in one short word: "avail", "errors", "fast", "p95"."""
    return _KINDS.get(budget.kind, budget.kind)


def title(budget: Budget) -> str:
    """Whose promise it is and which: "api p95"."""
    return f"{budget.service} {kind(budget)}"


def is_percentile(budget: Budget) -> bool:
    """Whether it is met when a percentile stays within a limit."""
    return budget.kind in ("p50", "p95", "p99")


def objective(budget: Budget) -> str:
    """What is promised, beside the kind: "99.9%", "<0.5%", "99% <300ms", or "<500ms" for a percentile."""
    limit = f"<{short(budget.limit_s)}" if budget.limit_s is not None else ""
    if is_percentile(budget) and limit:
        return limit
    if budget.kind == "errors":
        return f"<{100 - budget.objective_percent:.6g}%"
    share = f"{budget.objective_percent:g}%"
    return f"{share} {limit}" if budget.kind == "latency" and limit else share


def seen(budget: Budget) -> str:
    """What was seen, in the unit of the promise: "99.93%", "0.31%" for errors, "412ms"; "" when nothing is known."""
    if is_percentile(budget) and budget.observed_s is not None:
        return short(budget.observed_s)
    if budget.sli_ratio is None:
        return ""
    if budget.kind == "errors":
        return f"{_upward((1 - budget.sli_ratio) * 100):g}%"
    return f"{_downward(budget.sli_ratio * 100):g}%"


def unseen(budget: Budget) -> str:
    """Why nothing was seen: nobody asked while it was watched, none of what happened has a latency, or no data."""
    if not budget.known_s:
        return "no data"
    return "no traffic" if budget.limit_s is None else "no answers"


def _downward(percent: float) -> float:
    """Cut to thousandths: what is not all is never told as 100 %."""
    return math.floor(round(percent * 1000, 6)) / 1000


def _upward(percent: float) -> float:
    return math.ceil(round(percent * 1000, 6)) / 1000


def percent(ratio: float) -> str:
    """A ratio of a budget: "31.2%", "-40.0%"; a little overspent is not told as "-0.0%"."""
    told = f"{ratio * 100:.1f}%"
    return "-0.1%" if told == "-0.0%" else told


def times(burn: float) -> str:
    """A burn rate: "14.9x"."""
    return f"{burn:.1f}x" if burn < 99.95 else f"{burn:,.0f}x"


def short(seconds: float | None) -> str:
    """A duration without the space in it."""
    return duration(seconds).replace(" ", "")


def gone(budget: Budget) -> bool:
    """Whether nothing is left."""
    return budget.remaining_ratio is not None and budget.remaining_ratio <= 0


def level(budget: Budget) -> Level:
    """How worrying it is: a page and an empty budget are critical, a ticket and a low one a warning."""
    if budget.alert == "page" or gone(budget):
        return "critical"
    if budget.remaining_ratio is None:
        return "unknown"
    return "warning" if budget.alert == "ticket" or budget.remaining_ratio < LOW_RATIO else "ok"


def word(budget: Budget) -> str:
    """One word for its state: page, ticket, gone, low, ok, quiet (watched, and nobody asked), or "no data"."""
    if budget.alert == "page":
        return "page"
    if gone(budget):
        return "gone"
    if budget.remaining_ratio is None:
        return "quiet" if budget.known_s else "no data"
    return budget.alert or ("low" if budget.remaining_ratio < LOW_RATIO else "ok")


def why(budget: Budget) -> str:
    """Why it is not well, in one sentence with figures; "" when it is."""
    if budget.alert and budget.why:
        return budget.why
    if gone(budget):
        over = f", overspent by {percent(-(budget.remaining_ratio or 0))}" if budget.remaining_ratio else ""
        return f"nothing is left of {_window(budget)}{over}"
    if budget.remaining_ratio is None:
        return f"{unseen(budget)} in {_window(budget)}" if budget.known_s else "nothing was counted yet"
    return f"{percent(budget.remaining_ratio)} left of {_window(budget)}" if word(budget) == "low" else budget.why


def _window(budget: Budget) -> str:
    return window(budget) if _is_month(budget) else f"its {window(budget)}"


def _is_month(budget: Budget) -> bool:
    return bool(budget.window) and not budget.window[0].isdigit()


def window(budget: Budget) -> str:
    """Which window it is of: "30 d", "November 2026"."""
    return budget.window or f"{budget.window_s / 86400:g} d"


class Emptying(NamedTuple):
    """When the rest of a budget is gone."""

    seconds: float
    quick: bool
    """At the burn of the last 5 minutes, not at that of the last hour."""
    lasts: bool
    """A calendar month is over before, and its budget begins anew."""

    @property
    def told(self) -> str:
        """As words: "empty in 9h40m", "empty in 41m at the last 5 minutes' burn", "lasts the month"."""
        if self.lasts:
            return "lasts the month"
        return f"empty in {short(self.seconds)}" + (f" {QUICK_BURN}" if self.quick else "")


def emptying(budget: Budget, now: float) -> Emptying | None:
    """At the burn of the last hour, or of the last 5 minutes where that is more than twice as fast.

    The hour tells too late of what broke just now. None while nothing burns or nothing is left.
    """
    seconds, hour, minutes = budget.exhausted_in_s, budget.burn_1h, budget.burn_5m
    if seconds is None:
        return None
    quick = bool(hour and minutes and minutes > _QUICKER * hour)
    if hour and minutes and quick:
        seconds *= hour / minutes
    return Emptying(seconds, quick, _is_month(budget) and now + seconds >= budget.start + budget.window_s)
