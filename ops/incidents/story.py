"""Story: what a timeline gets beside alerts at each look: checks that flip, deploys, jobs, and what changed before."""

from collections.abc import Sequence

from ops.board import Board
from ops.incidents.around import LATE_S, Around
from ops.incidents.changed import BEFORE_S, new_changes, what_changed
from ops.incidents.happened import happened
from ops.incidents.structs import Incident, Moment
from ops.jobs.structs import Job

_ASKED_S = 120.0
"""For so long after an incident was opened it is asked what changed before: some of it is read late."""


class Story:
    """Knows until when it has told."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._until: float | None = None

    def goes_on(self, since: float | None) -> None:
        """What was until then is told: by this one, or by who looked before."""
        self._until = since

    def told(self, board: Board, incidents: Sequence[Incident], now: float) -> list[Moment]:
        """Moments of these incidents, which go on, since the last time; `goes_on` once they are written."""
        since = now if self._until is None else min(self._until, now)
        if not incidents:
            return []
        jobs, events = self._around.jobs(), self._around.events(since - LATE_S, now)
        moments = happened(incidents, board.changes, (), jobs, (since, now))
        # The history has what was read a moment ago only after a moment.
        moments += happened(incidents, (), events, (), (since - LATE_S, now - LATE_S))
        for incident in incidents:
            if now - incident.opened_at < _ASKED_S:
                moments += self._changed(board, incident, jobs, now)
        return moments

    def _changed(self, board: Board, incident: Incident, jobs: Sequence[Job], now: float) -> list[Moment]:
        rows = {row.id: row for row in board.rows}
        began = incident.began_at
        events = self._around.events(began - BEFORE_S, now)
        found = what_changed(incident, rows, events, jobs, self._around.works(began))
        return new_changes(incident, found, now)
