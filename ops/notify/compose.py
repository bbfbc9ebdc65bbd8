"""What a message says: the words of the incident, or of the alerts where there is none."""

from collections.abc import Iterable, Mapping

from ops.alerts.structs import SEVERITIES, Alert
from ops.incidents.structs import Incident
from ops.notify.structs import Told

LISTED = 50
"""Alerts that a message names, gravest first; more are counted."""
_CHANGES = 3


def told_of(alert: Alert) -> Told:
    """An alert as a message has it."""
    return Told(
        key=alert.key, severity=alert.severity, summary=alert.summary, row=alert.row, labels=alert.labels,
        since=alert.fired_at or alert.active_at, firing=alert.firing, runbook=alert.runbook,
    )  # fmt: skip


def listed(alerts: Iterable[Told]) -> tuple[Told, ...]:
    """Those that a message names: what fires first, then by severity and age."""
    by_weight = sorted(alerts, key=lambda told: (not told.firing, -SEVERITIES.index(told.severity), told.since))
    return tuple(by_weight[:LISTED])


def title_of(incident: Incident | None, others: int, alerts: Iterable[Told]) -> str:
    """The incident's own, with how many `others` there are beside it, or what its gravest alert says."""
    if incident is not None:
        return incident.title + (f" and {others} more incident{'s' if others > 1 else ''}" if others else "")
    named = listed(alerts)
    if not named:
        return "alert"
    more = f" and {len(named) - 1} more" if len(named) > 1 else ""
    return f"{named[0].summary}{more}"


def _over(incident: Incident | None) -> str:
    if incident is None or incident.open or not incident.resolved_by:
        return "it is over: none of these alerts fires any more"
    return f"it was ended by {incident.resolved_by}"


def text_of(
    incident: Incident | None, alerts: Iterable[Told], still: Mapping[str, str], *, over: bool = False,
    again: bool = False,
) -> str:  # fmt: skip
    """A few lines: the likely cause, what changed, how many are not named, and what still fires but is told no more.

    `still`: those by key, each with its summary. `over`: it tells of the end; `again`: it is told after its end.
    """
    lines = [_over(incident)] if over else []
    if incident is not None:
        lines += ["it was over and is back"] if again else []
        lines += [f"likely cause was: {incident.cause}" if over else incident.cause] if incident.cause else []
        lines += [f"changed: {change}" for change in incident.changed[:_CHANGES]]
    count = len(tuple(alerts))
    if count > LISTED:
        lines.append(f"{count - LISTED} more alerts are not named here")
    if still:
        lines.append(f"still fires, but is told here no more: {'; '.join(list(still.values())[:_CHANGES])}")
    return "\n".join(lines)
