"""Error budgets: what an SLO still allows, from what is known so far."""

from collectors.units import Duration
from ops.board import Budget
from ops.config.structs import Slo
from ops.counts import Total
from ops.history import History

_FIVE_MINUTES = 300.0
_HOUR = 3600.0


def remaining_ratio(errors: float, objective_percent: float, known_share: float = 1.0) -> float:
    """The part of the budget that is left: 1 − error ratio ÷ (1 − SLO). Under 0 when more was spent than allowed.

    Source: Google SRE workbook, "Alerting on SLOs". An SLI of 99.95 % against 99.9 % leaves half. While only a share of
    the window is known, the rest is neither good nor bad: the known errors are held against the whole window's budget,
    so that 10 bad seconds of a new floor spend 10 seconds of what a month allows.
    """
    return 1.0 - errors * known_share / _allowed(objective_percent)


def burn(errors: float, objective_percent: float) -> float:
    """How many times faster than allowed the budget burns: error ratio ÷ (1 − SLO)."""
    return errors / _allowed(objective_percent)


def exhausted_in(remaining: float | None, burning: float | None, window_s: float) -> float | None:
    """Seconds until nothing is left at this burn: remaining × window ÷ burn; None when nothing burns or is left."""
    if remaining is None or not burning or remaining <= 0:
        return None
    return remaining * window_s / burning


def _allowed(objective_percent: float) -> float:
    """1 − SLO; an objective of 100 % would allow nothing, and the config refuses it."""
    return (100.0 - objective_percent) / 100.0


def budget(slo: Slo, period: Total, errors_5m: float | None, errors_1h: float | None) -> Budget:
    """The budget of a service from its probes over the SLO's window and its error ratios of 5 minutes and an hour."""
    errors = period.error_ratio
    known_share = min(1.0, period.known_s / slo.window)
    remaining = None if errors is None else remaining_ratio(errors, slo.objective, known_share)
    hour = None if errors_1h is None else burn(errors_1h, slo.objective)
    return Budget(
        service=slo.service,
        objective_percent=slo.objective,
        window_s=float(slo.window),
        known_s=period.known_s,
        remaining_ratio=remaining,
        burn_5m=None if errors_5m is None else burn(errors_5m, slo.objective),
        burn_1h=hour,
        exhausted_in_s=exhausted_in(remaining, hour, float(slo.window)),
        p50_s=_plain(slo.latency.p50),
        p95_s=_plain(slo.latency.p95),
        p99_s=_plain(slo.latency.p99),
    )


def _plain(objective: Duration | None) -> float | None:
    """A plain number: what is in a Board must be encodable."""
    return None if objective is None else float(objective)


def budget_of(slo: Slo, history: History, now: float) -> Budget:
    """The budget of the service whose probes are in `history`."""
    errors = {window.window_s: window.error_ratio for window in history.stats(now)}
    return budget(slo, history.total(float(slo.window), now), errors[_FIVE_MINUTES], errors[_HOUR])
