"""The incidents as they stand after each moment that one look writes down. No I/O."""

import re
from collections.abc import Collection, Iterable, Mapping

from collectors.text import LINE_LIMIT, clean
from ops.alerts.structs import Alert
from ops.board import Board
from ops.config.alerting import IncidentSettings
from ops.incidents.began import first_bad
from ops.incidents.fold import after
from ops.incidents.nearness import Floor, family
from ops.incidents.priority import respond_s
from ops.incidents.structs import Incident, Moment, MomentKind

_QUICK_S = 360.0
"""What the burn of the last five minutes may count: those are whole minutes."""


class Desk:
    """What one look knows, and what it writes down."""

    def __init__(
        self,
        alerts: Mapping[str, Alert],
        floor: Floor,
        incidents: Iterable[Incident],
        settings: IncidentSettings,
        now: float,
    ) -> None:
        self.alerts, self.floor, self.settings, self.now = alerts, floor, settings, now
        whole = (incident for incident in incidents if incident.merged_into is None)
        self.stand = {incident.number: incident for incident in sorted(whole, key=lambda one: one.number)}
        """By number, as they stand now: oldest first, then those that are opened in this look."""
        self.moments: list[Moment] = []

    def emit(self, number: int, kind: MomentKind, text: str, **data: str) -> None:
        """Write one moment of an incident down; empty data but a severity is left out."""
        told = {name: value for name, value in data.items() if value or name == "severity"}
        moment = Moment(incident=number, at=self.now, kind=kind, text=clean(text, LINE_LIMIT), data=told)
        self.write(moment)

    def write(self, moment: Moment) -> None:
        """Write one down as it is."""
        self.moments.append(moment)
        self.stand[moment.incident] = after(self.stand.get(moment.incident), moment)

    def open(self) -> list[Incident]:
        """Those that go on."""
        return [incident for incident in self.stand.values() if incident.open]

    def respond(self, incident: Incident) -> str:
        """Its time to respond, as moments have it."""
        return repr(respond_s(incident.priority, self.settings))

    def expire(self) -> None:
        """Take acknowledgements back whose time is over."""
        for incident in self.open():
            if incident.acked_by and incident.ack_until is not None and self.now >= incident.ack_until:
                said = f"the acknowledgement of {incident.acked_by} has expired"
                self.emit(incident.number, "unack", said, respond_s=self.respond(incident))

    def finish(self) -> set[int]:
        """Write down which alerts are over; gives the numbers of the incidents that had one."""
        over = set()
        for incident in [*self.stand.values()]:
            for key in incident.firing:
                alert = self.alerts.get(key)
                if alert is None or not alert.firing:
                    rule, _, row = key.partition("/")
                    called = row if alert is None else self.called(alert)
                    self.emit(incident.number, "alert", f"{rule} is over: {called}", alert=key, severity="", row=row)
                    over.add(incident.number)
        return over

    def began(self, alert: Alert) -> float:
        """When the first bad reading of what an alert is of was, UTC seconds; else since when it is true."""
        return first_bad(self.floor.board.changes, self.floor.real(alert.row), alert.active_at)

    def called(self, alert: Alert) -> str:
        """The name of what an alert is of."""
        row = self.floor.row_of(alert)
        return row.called if row is not None else alert.labels.get("name") or alert.row

    def titled(self, alert: Alert) -> str:
        """An alert in one sentence, with the name of what it is of."""
        called = self.called(alert)
        named = re.match(rf"{re.escape(called)}(?!\w)", alert.summary)  # not "cert" in "certificate ends in 10 days"
        return alert.summary if named else f"{called}: {alert.summary}"

    def failing(self, rows: Collection[str]) -> int:
        """How many services fail with these rows."""
        touched = set(rows)
        for cause in self.floor.board.causes:
            if not family(cause).isdisjoint(rows):
                touched |= family(cause)
        found = (self.floor.rows.get(row) for row in touched)
        return sum(1 for row in found if row is not None and row.kind == "service" and row.level == "critical")

    def settle(self, over: Collection[int]) -> None:
        """End what has no firing alert left; what only still burns a budget no longer hurts.

        Windows of hours remember an outage for hours: once nothing burns any more, they keep no incident that had
        other alerts too.
        """
        for number in sorted(over):
            incident = self.stand[number]
            if not incident.open:
                continue
            if not incident.firing:
                self.emit(number, "resolved", "none of its alerts fires any more")
            elif incident.state != "mitigated" and all(is_slo(key) for key in incident.firing):
                self.emit(number, "mitigated", "all is well again; only the error budget still burns")
        past = remembered(self.floor.board)
        for incident in self.open():
            symptoms = any(not is_slo(key) for key in incident.alerts)
            fires = {key.partition("/")[2] for key in incident.firing}
            if incident.state == "mitigated" and symptoms and fires and fires <= past:
                self.emit(incident.number, "resolved", "all is well again, and no error budget burns any more")

    def rows(self, incident: Incident) -> set[str]:
        """Ids of the rows on which its firing alerts are."""
        return {self.floor.real(self.alerts[key].row) for key in incident.firing}


def remembered(board: Board) -> frozenset[str]:
    """Rows of error budgets that were spent no faster than they may in the last five minutes.

    What still fires there only tells of what is over.
    """
    return frozenset(f"slo:{one.id}" for one in board.budgets if one.burn_5m is not None and one.burn_5m <= 1)


def leftover(board: Board, incidents: Iterable[Incident], now: float) -> frozenset[str]:
    """Rows of error budgets that tell of what is over, `remembered` ones among them.

    Also those whose last five minutes still have an incident in them that has ended: one of the row whose events they
    count, or of what that depends on, while that row is well. They may only be known long enough, or only be over their
    limits, once it has ended.
    """
    past = set(remembered(board))
    ended = [one for one in incidents if one.resolved_at is not None and 0 <= now - one.resolved_at < _QUICK_S]
    touched = {row for one in ended for row in one.rows}
    if not touched:
        return frozenset(past)
    floor = Floor(board)
    for budget in board.budgets:
        row = floor.rows.get(budget.row)
        if row is not None and row.level == "ok" and not touched.isdisjoint((row.id, *floor.needs(row.id))):
            past.add(f"slo:{budget.id}")
    return frozenset(past)


def is_slo(key: str) -> bool:
    """Whether an alert with that key is of an error budget."""
    return key.partition("/")[2].startswith("slo:")
