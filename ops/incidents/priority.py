"""How urgent an incident is: by the config's rules first, then as a runbook would class it. Pure."""

from collections.abc import Mapping, Sequence

from ops.alerts.structs import Alert
from ops.board import Board
from ops.config.alerting import IncidentSettings
from ops.incidents.fold import RESPOND_S, rank
from ops.incidents.structs import PRIORITIES, Incident, Priority

_DATA = frozenset({"postgres"})
"""Without these everything stands still: "database unavailable" is a complete outage."""


def respond_s(priority: Priority, settings: IncidentSettings) -> float:
    """Seconds until somebody should have answered."""
    given = settings.respond.get(priority)
    return RESPOND_S[priority] if given is None else float(given)


def priority_of(alerts: Sequence[Alert], failing: int, board: Board, settings: IncidentSettings) -> Priority:
    """The priority of an incident with these alerts, while so many services fail in it.

    The first `[[incidents.priority]]` that matches one of the alerts and whose `affected` is reached. Without one: P1
    where all services are down or a database is; P2 for any other critical; P3 for a warning; P4 for less.
    """
    for rule in settings.priority:
        if failing >= rule.affected and _matches(rule.match, alerts):
            return rule.priority
    gravest = max((rank(alert.severity) for alert in alerts), default=-1)
    if gravest == 2:
        return "P1" if _is_outage(alerts, failing, board) else "P2"
    return "P3" if gravest == 1 else "P4"


def _matches(texts: Sequence[str], alerts: Sequence[Alert]) -> bool:
    from ops.alerts.matchers import holds, read_matcher

    matchers = [read_matcher(text) for text in texts]
    return any(holds(matchers, labels_of(alert)) for alert in alerts)


def labels_of(alert: Alert) -> Mapping[str, str]:
    """Its labels, with those that every alert has."""
    return {"rule": alert.rule, "row": alert.row, "severity": alert.severity} | dict(alert.labels)


def _is_outage(alerts: Sequence[Alert], failing: int, board: Board) -> bool:
    services = board.of("service")
    if services and failing >= len(services):
        return True
    down = {row.id for row in board.of(*_DATA) if row.level == "critical" and row.id == row.target and row.error}
    return any(alert.severity == "critical" and alert.row in down for alert in alerts)


def urgency(incident: Incident) -> tuple[int, bool, int]:
    """The order of those that go on: gravest first, of these what hurts services now, then oldest."""
    of_services = (key.partition("/")[2].startswith(("service:", "slo:")) for key in incident.firing)
    hurts = incident.state != "mitigated" and any(of_services)
    return PRIORITIES.index(incident.priority), not hurts, incident.number


def graver(one: Priority, other: Priority) -> bool:
    """Whether one is graver than the other."""
    return PRIORITIES.index(one) < PRIORITIES.index(other)
