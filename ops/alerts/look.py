"""One look at alerts: from a Board and how they stood to how they stand, and what changed."""

from collections.abc import Mapping

from ops.alerts.rules import conditions, unread
from ops.alerts.states import step
from ops.alerts.storm import storm_condition, storm_of
from ops.alerts.structs import Alert, Turn
from ops.board import Board
from ops.config.alerting import Alerting


def look(
    board: Board, alerts: Mapping[str, Alert], alerting: Alerting, now: float
) -> tuple[dict[str, Alert], list[Turn]]:
    """Take one; while a storm stands it is an alert itself, from the very look at which it breaks out."""
    true, dark = conditions(board, alerting.rules), unread(board)
    stands, turns = step(alerts, true, now, dark)
    storm = storm_of(stands.values(), alerting.incidents.storm, now)
    return (stands, turns) if storm is None else step(alerts, [*true, storm_condition(storm, board)], now, dark)
