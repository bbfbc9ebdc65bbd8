"""What other tools compute from the same counts, for reports that must agree with theirs."""

from typing import NamedTuple


class GeneratorReport(NamedTuple):
    """What Google's slo-generator reports."""

    sli: float
    """To 6 places."""
    gap: float
    burn: float
    """To 1 place."""
    alert: bool
    """The rounded burn is over the threshold, strictly."""
    target_minutes: float
    """Of the window that may be bad."""
    spent_minutes: float
    left_minutes: float


def generator_report(sli: float, goal: float, window_s: float, threshold: float) -> GeneratorReport:
    """An SLI (a ratio) against a goal, as slo-generator has it: minutes = window × ratio ÷ 60.

    Source: `slo_generator/report.py`. A goal of 1 allows nothing, and its burn is told as 0.
    """
    allowed = 1 - goal
    burn = round((1 - sli) / allowed, 1) if allowed else 0.0
    return GeneratorReport(
        sli=round(sli, 6),
        gap=round(sli - goal, 6),
        burn=burn,
        alert=burn > threshold,
        target_minutes=window_s * allowed / 60,
        spent_minutes=window_s * (1 - sli) / 60,
        left_minutes=window_s * (sli - goal) / 60,
    )


def pyrra_threshold(window_events: float, alert_events: float, budget_percent: float, goal: float) -> float:
    """The error ratio from which Pyrra's traffic-aware alert fires (pull request 1602).

    (events of the SLO's window ÷ events of the alert's window) × budget % × (1 − SLO): the same share of the budget,
    however the traffic is spread.
    """
    return window_events / alert_events * budget_percent / 100 * (1 - goal)


def kibana_burn(bad_slices: int, expected_slices: int, goal: float) -> float:
    """Burn of time slices as Kibana has it (pull request 203279): bad ÷ expected ones, not known ones, ÷ (1 − SLO)."""
    return bad_slices / expected_slices / (1 - goal)
