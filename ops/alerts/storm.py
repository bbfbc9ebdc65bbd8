"""Alert storms: when so much fires at once that one alert of it says more than all of them."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from ops.alerts.beside import floor_row
from ops.alerts.built_in import merged
from ops.alerts.rules import condition_of
from ops.alerts.structs import Alert, Condition
from ops.board import Board, Check
from ops.config.alerting import Alerting, AlertRule

RULE = "storm"
WITHIN_S = 60.0
CALM_S = 300.0
"""It is over when so long nothing like it came any more."""


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


def standing(alerts: Iterable[Alert], alerting: Alerting, now: float) -> Storm | None:
    """As `storm_of`, by what the config says of storms: none where the rule is switched off."""
    off = any(rule.name == RULE and rule.off for rule in alerting.rules)
    return None if off else storm_of(alerts, alerting.incidents.storm, now)


def storm_condition(storm: Storm, board: Board, rules: Sequence[AlertRule]) -> Condition:
    """The one alert that stands for all of it, on the row "floor:<name>"; `rules` are the config's own."""
    cause = f"; likely cause: {board.causes[0].text}" if board.causes else ""
    text = f"{storm.fired} alerts fired at once{cause}"
    check = Check(id="floor.storm", level="critical", word=RULE, text=text, since=storm.began_at)
    row = replace(floor_row(board), level=check.level, word=check.word, reason=text, checks=(check,))
    rule = next(rule for rule in merged(rules) if rule.name == RULE)
    return condition_of(rule, row, check, board.environment)


def is_of(alert: Alert, storm: Storm | None) -> bool:
    """Whether an alert is one of those that the storm stands for."""
    fired = alert.fired_at
    return storm is not None and alert.rule != RULE and fired is not None and fired >= storm.began_at
