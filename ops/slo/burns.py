"""Burns: the pairs of windows of an objective now, which of them fire, and the alert that follows.

An alert fires while one of its pairs burns faster than the pair's factor in both windows: the long one says that it
matters, the short one that it still goes on. There is one alert to page and one for a ticket.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

from ops.board import Burn
from ops.slo.calendar import span_text
from ops.slo.exact import allowed_ratio
from ops.slo.objectives import Objective
from ops.slo.windows import Pair

Alert = Literal["", "page", "ticket"]


class Counted(NamedTuple):
    """Bad of total as they count for a window: events, or slices of all that the window has."""

    bad: int
    total: int
    events: int
    """How many events there were."""
    known: bool
    """Whether the ratio is: it takes an event, or a slice that was watched."""

    @property
    def ratio(self) -> float | None:
        """Bad of total; None where it is not known."""
        return self.bad / self.total if self.known else None


Counting = Callable[[float], Counted]
"""What was counted in the last so many seconds."""


def burn(errors: float, objective_percent: float) -> float:
    """How many times faster than allowed the budget burns: error ratio ÷ (1 − SLO)."""
    return errors / allowed_ratio(objective_percent)


def burning(objective: Objective, counted: Counted) -> float | None:
    """The burn of one window; None without data."""
    return None if counted.ratio is None else burn(counted.ratio, objective.percent)


def burns_of(objective: Objective, period_s: float, counting: Counting) -> tuple[Burn, ...]:
    """Every pair of the objective, for a period of that length."""
    return tuple(
        _burn(objective, pair, period_s, counting(pair.long_s), counting(pair.short_s)) for pair in objective.pairs
    )


def _burn(objective: Objective, pair: Pair, period_s: float, long: Counted, short: Counted) -> Burn:
    exceeds = pair.exceeded(long.bad, long.total, period_s, objective.percent) and pair.exceeded(
        short.bad, short.total, period_s, objective.percent
    )
    held = ""
    if exceeds and short.events < objective.min_events:
        held = f"only {short.events} events in {span_text(pair.short_s)}, fewer than {objective.min_events}"
    return Burn(
        severity=pair.severity,
        speed=pair.speed,
        long_s=pair.long_s,
        short_s=pair.short_s,
        factor=float(pair.factor(period_s)),
        long=burning(objective, long),
        short=burning(objective, short),
        fires=exceeds and not held,
        held=held,
    )


def alert_of(burns: tuple[Burn, ...]) -> tuple[Alert, str]:
    """The gravest alert that fires, and why: its quickest pair in a sentence."""
    severities: tuple[Alert, ...] = ("page", "ticket")
    for severity in severities:
        for one in burns:
            if one.fires and one.severity == severity:
                return severity, _why(one)
    return "", ""


def _why(one: Burn) -> str:
    long, short = _times(one.long or 0.0, one.factor), _times(one.short or 0.0, one.factor)
    windows = f"{span_text(one.long_s)} burns {long} and {span_text(one.short_s)} {short}"
    return f"{one.severity}: {windows}, over {_plain(one.factor, 4)}x"


def _times(burning_: float, factor: float) -> str:
    """A burn with as many digits as tell it from the factor."""
    for digits in (1, 2, 3):
        if round(burning_, digits) > factor:
            return f"{_plain(burning_, digits)}x"
    return f"{_plain(burning_, 4)}x"


def _plain(number: float, digits: int) -> str:
    return f"{number:.{digits}f}".rstrip("0").rstrip(".")
