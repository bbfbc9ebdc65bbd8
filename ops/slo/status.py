"""Status: an objective's error budget and its burn alert, from what was counted until now.

Source: sre.google/workbook "Alerting on SLOs". remaining = 1 − error ratio of the period ÷ (1 − SLO), burn = error
ratio ÷ (1 − SLO). What is not known of a period is neither good nor bad: the known errors are held against the whole
period's budget. Time in which nobody asked is known, as long as it was watched. Slices are held against all that the
window has, known or not, so that one bad event of one in an hour is 1/60 of an hour's burn and not all of it (Kibana
reckons so, pull request 203279).
"""

from ops.board import Budget
from ops.slo.burns import Counted, Counting, alert_of, burning, burns_of
from ops.slo.exact import allowed_ratio
from ops.slo.objectives import Objective
from ops.slo.series import Series, Tally

_QUICK_S = 300.0
_HOUR_S = 3600.0


def exhausted_in(remaining: float | None, burning: float | None, window_s: float) -> float | None:
    """Seconds until nothing is left at this burn: remaining × window ÷ burn; None when nothing burns or is left."""
    if remaining is None or not burning or remaining <= 0:
        return None
    return remaining * window_s / burning


def spent_ratio(objective: Objective, bad: int, whole: Tally, window_s: float) -> float:
    """The part of a window's whole budget that `bad` events (or slices) of it spent; parts add up to what is spent.

    `whole` is the tally of all that is known of the window. While only a share of it is known, its errors are held
    against the whole window's budget, so that 10 bad seconds of a new floor spend 10 seconds of what a month allows.
    """
    share = allowed_ratio(objective.percent)
    if objective.slice_s:
        return bad * objective.stands_s / window_s / share
    return bad / whole.total * (whole.known_s / window_s) / share if whole.total else 0.0


def status(objective: Objective, series: Series, now: float, observed_s: float | None = None) -> Budget:
    """The budget at `now`. `observed_s` is the percentile over the window, which counts can't tell."""
    period = objective.period.at(now)
    whole = series.since(period.start, now)
    total, bad = (whole.slices, whole.bad_slices) if objective.slice_s else (whole.total, whole.bad)
    remaining = 1.0 - spent_ratio(objective, bad, whole, period.length_s) if total else None
    counting = _counting(objective, series, now)
    burns = burns_of(objective, period.length_s, counting)
    alert, why = alert_of(burns)
    hour = burning(objective, counting(_HOUR_S))
    share = allowed_ratio(objective.percent)
    return Budget(
        id=objective.id,
        service=objective.slo,
        row=objective.row,
        kind=objective.kind,
        limit_s=objective.limit_s,
        objective_percent=objective.percent,
        window_s=period.length_s,
        window=period.name,
        start=round(period.start, 2),
        known_s=whole.known_s,
        excluded_s=whole.excluded_s,
        total=total,
        bad=bad,
        slice_s=objective.slice_s,
        sli_ratio=1 - bad / total if total else None,
        observed_s=observed_s,
        remaining_ratio=remaining,
        bad_left_s=None if remaining is None else remaining * share * period.length_s,
        burn_5m=burning(objective, counting(_QUICK_S)),
        burn_1h=hour,
        burns=burns,
        alert=alert,
        why=why,
        exhausted_in_s=exhausted_in(remaining, hour, period.length_s),
        p50_s=objective.p50_s,
        p95_s=objective.p95_s,
        p99_s=objective.p99_s,
    )


def _counting(objective: Objective, series: Series, now: float) -> Counting:
    """Counts each window once: pairs share them."""
    known: dict[float, Counted] = {}

    def counting(length_s: float) -> Counted:
        if length_s not in known:
            known[length_s] = _counted(objective, series.since(now - length_s, now), length_s)
        return known[length_s]

    return counting


def _counted(objective: Objective, tally: Tally, length_s: float) -> Counted:
    if not objective.slice_s:
        return Counted(tally.bad, tally.total, tally.total, tally.total > 0)
    expected = max(1, round((length_s - tally.excluded_s) / objective.stands_s))
    return Counted(min(tally.bad_slices, expected), expected, tally.total, tally.slices > 0)
