"""Alerts that follow from another: telling is suppressed, never recording; beginnings, never ends.

One look at the deepest failing cause is enough, for what lies between fails itself and is suppressed as well.
"""

from collections.abc import Iterable

from ops.alerts.structs import SEVERITIES, Alert
from ops.board import Board, Row

_SLO = "slo:"
_AFTER_S = 3600.0
"""A budget goes on burning for so long at most over what is over: the long window of the quick page."""


class Dependencies:
    """What follows from what on this Board, while these alerts stand."""

    def __init__(self, board: Board, alerts: Iterable[Alert]) -> None:
        self._rows = {row.id: row for row in board.rows}
        self._causes: dict[str, list[str]] = {}
        for cause in board.causes:
            for row in cause.affected:
                self._causes.setdefault(row, []).append(cause.row)
        self._budgets = {f"{_SLO}{budget.id}": budget.row for budget in board.budgets}
        self._gravest: dict[str, Alert] = {}
        for alert in alerts:
            known = self._gravest.get(alert.row)
            if alert.firing and (known is None or _rank(alert) > _rank(known)):
                self._gravest[alert.row] = alert

    def of(self, alert: Alert) -> str:
        """From what it follows, as a sentence; "" where it stands for itself.

        Only an alert that fires and is as grave suppresses another: a database that is merely busy hides nothing that
        is down. A budget that burns follows from the alert of the row whose events it counts, and from that row's
        trouble for a while after it is over.
        """
        row = self._budgets.get(alert.row, "")
        if row:
            return self._follows(alert, (row, *self._causes.get(row, ()))) or self._after(alert, self._rows.get(row))
        return self._follows(alert, self._causes.get(alert.row, ()))

    def _follows(self, alert: Alert, rows: Iterable[str]) -> str:
        for row in rows:
            cause = self._gravest.get(row)
            if cause is not None and cause.key != alert.key and _rank(cause) >= _rank(alert):
                return f"{alert.row} depends on {row}, and {cause.key} is told of: {cause.summary}"
        return ""

    def _after(self, alert: Alert, row: Row | None) -> str:
        """A burn that began before its row was well again tells of what was told already."""
        if row is None or row.level != "ok" or not alert.active_at < row.since <= alert.active_at + _AFTER_S:
            return ""
        return f"{row.id} is {row.word} again since; the budget burns with what was before"


def _rank(alert: Alert) -> int:
    return SEVERITIES.index(alert.severity)
