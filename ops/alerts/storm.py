"""Alert storms: when so much fires at once that one alert of it says more than all of them."""

from collections.abc import Iterable
from typing import NamedTuple

from ops.alerts.structs import Alert, Condition
from ops.board import Board

RULE = "storm"
WITHIN_S = 60.0
CALM_S = 300.0
"""It is over when so long nothing like it came any more."""
_RUNBOOK = (
    "Look at the likely cause before any single alert. What fires is recorded as always; what still fires when the"
    " storm is over is told then."
)


class Storm(NamedTuple):
    """One that stands: since when (the first alert of it, UTC seconds), and how many have fired since."""

    began_at: float
    fired: int


def storm_of(alerts: Iterable[Alert], limit: int, now: float) -> Storm | None:
    """The storm that stands now: more than `limit` alerts fired within a minute, at most five minutes ago."""
    times = sorted(alert.fired_at for alert in alerts if alert.fired_at is not None and alert.rule != RULE)
    began: float | None = None
    ended = 0.0
    for first, last in zip(times, times[limit:], strict=False):
        if last - first > WITHIN_S:
            continue
        began = first if began is None or first - ended > CALM_S else began
        ended = last
    if began is None or not now - ended <= CALM_S:
        return None
    return Storm(began, sum(began <= at for at in times))


def storm_condition(storm: Storm, board: Board) -> Condition:
    """The one alert that stands for all of it, on the row "floor:<name>"."""
    row = f"floor:{board.name}"
    cause = f"; likely cause: {board.causes[0].text}" if board.causes else ""
    labels = {
        "rule": RULE,
        "row": row,
        "kind": "floor",
        "name": board.name,
        "severity": "critical",
        "target": row,
    }
    return Condition(
        rule=RULE,
        row=row,
        severity="critical",
        summary=f"{storm.fired} alerts fired at once{cause}",
        labels=labels | ({"environment": board.environment} if board.environment else {}),
        runbook=_RUNBOOK,
    )


def is_of(alert: Alert, storm: Storm | None) -> bool:
    """Whether an alert is one of those that the storm stands for."""
    fired = alert.fired_at
    return storm is not None and alert.rule != RULE and fired is not None and fired >= storm.began_at
