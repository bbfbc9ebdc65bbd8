"""One look at alerts: from a Board and how they stood to how they stand, and what changed."""

from collections.abc import Mapping

from ops.alerts.rules import conditions, unread
from ops.alerts.states import step
from ops.alerts.storm import standing, storm_condition
from ops.alerts.structs import Alert, Turn
from ops.board import Board
from ops.config.alerting import Alerting


def look(
    board: Board, alerts: Mapping[str, Alert], alerting: Alerting, now: float
) -> tuple[dict[str, Alert], list[Turn]]:
    """Take one; while a storm stands it is an alert itself, from the very look at which it breaks out."""
    true, dark = conditions(board, alerting.rules), unread(board)
    stands, turns = step(alerts, true, now, dark)
    storm = standing(stands.values(), alerting, now)
    if storm is None:
        return stands, turns
    return step(alerts, [*true, storm_condition(storm, board, alerting.rules)], now, dark)
