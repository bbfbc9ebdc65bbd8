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

_REMEMBERED = 2_000
_Said = tuple[int, str, float, str]


class Story:
    """Knows until when it has told."""

    def __init__(self, around: Around, restores_s: float) -> None:
        """For `restores_s` after its end an incident is told of restores."""
        self._around, self._restores_s = around, restores_s
        self._until: float | None = None
        self._said: dict[_Said, None] = {}
        self._new: list[_Said] = []

    def goes_on(self, since: float | None) -> None:
        """What was until then is told: by this one, or by who looked before."""
        self._until = since
        self._said |= dict.fromkeys(self._new)
        self._new = []
        if len(self._said) > _REMEMBERED:
            self._said = dict.fromkeys([*self._said][-_REMEMBERED // 2 :])

    def told(self, board: Board, incidents: Sequence[Incident], now: float) -> list[Moment]:
        """Moments of those of these incidents that go on, or ended lately, since the last time.

        `goes_on` once they are written.
        """
        since = now if self._until is None else min(self._until, now)
        self._new = []
        if not incidents:
            return []
        jobs, events = self._around.jobs(), self._around.events(since - LATE_S, now)
        moments = happened(incidents, board.changes, (), jobs, (since, now), later_s=self._restores_s)
        # The history has what was read a moment ago only after a moment.
        moments += happened(incidents, (), events, (), (since - LATE_S, now - LATE_S))
        # A clock that was set back comes by the same moments again.
        moments = [moment for moment in moments if _said(moment) not in self._said]
        self._new = [_said(moment) for moment in moments]
        for incident in incidents:
            going_on = incident.open or incident.resolved_at == now
            if going_on and now - incident.opened_at < _ASKED_S:
                moments += self._changed(board, incident, jobs, now)
        return moments

    def _changed(self, board: Board, incident: Incident, jobs: Sequence[Job], now: float) -> list[Moment]:
        rows = {row.id: row for row in board.rows}
        began = incident.began_at
        events = self._around.events(began - BEFORE_S, now)
        found = what_changed(incident, rows, events, jobs, self._around.works(began))
        return new_changes(incident, found, now)


def _said(moment: Moment) -> _Said:
    return moment.incident, moment.kind, moment.at, moment.text
