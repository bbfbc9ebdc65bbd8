"""An incident out of its moments: each one is applied to what the ones before it came to. Pure.

Acknowledgements as Alerta has them (alerta/models/alarms/alerta.py): a graver alert, where one fired before, takes it
back; what ends it gives back the state before. Nothing here reads a clock: that an acknowledgement has expired, or that
the last alert is over, is a moment of its own.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from ops.alerts.structs import SEVERITIES
from ops.incidents.structs import PRIORITIES, Incident, Moment, MomentKind, Priority

RESPOND_S: Mapping[Priority, float] = MappingProxyType({"P1": 900.0, "P2": 3600.0, "P3": 14_400.0, "P4": 86_400.0})
"""Time to respond where a moment says no other."""
ALERTS = 2_000
"""How many alerts of one incident are known; of more the ones that were over first are forgotten (moments stay)."""
CHANGES = 12
"""How many changes are kept beside an incident: the nearest."""
Changes = dict[str, Any]
"""Fields of an Incident that get another value."""


def fold(moments: Iterable[Moment]) -> Incident:
    """The incident that these moments of one number, in the order of their ids, come to.

    Raises ValueError where they don't begin with one that opens it.
    """
    incident: Incident | None = None
    for moment in moments:
        incident = after(incident, moment)
    if incident is None:
        raise ValueError("an incident without a moment")
    return incident


def after(incident: Incident | None, moment: Moment) -> Incident:
    """The incident after one more moment; None before the first, which must open it (else ValueError)."""
    if incident is None:
        if moment.kind != "opened":
            raise ValueError(f'incident {moment.incident} does not begin with "opened", but with "{moment.kind}"')
        return _opened(moment)
    step = _STEPS.get(moment.kind)
    changes = step(incident, moment) if step else {}
    return replace(incident, last=max(moment.id, incident.last), **changes)


def _opened(moment: Moment) -> Incident:
    data = moment.data
    priority = read_priority(data.get("priority", "")) or "P3"
    began = number(data.get("began"))
    origin = data.get("split_from", "")
    return Incident(
        number=moment.incident,
        title=data.get("title") or moment.text,
        priority=priority,
        state="triggered",
        opened_at=moment.at,
        began_at=moment.at if began is None else min(began, moment.at),
        triggered_at=moment.at,
        respond_by=moment.at + _respond_s(moment, priority),
        runbook=data.get("runbook", ""),
        split_from=int(origin) if origin.isdigit() else None,
        titled_by=moment.by,
        prioritized_by=moment.by,
        last=moment.id,
    )


def read_priority(text: str) -> Priority | None:
    """The priority of that name, if there is one."""
    return next((priority for priority in PRIORITIES if priority == text), None)


def number(text: str | None) -> float | None:
    """A finite number out of a moment's data; None for anything else."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def rank(severity: str) -> int:
    """How grave: 0 for info up to 2 for critical; -1 for what is over."""
    return SEVERITIES.index(severity) if severity in SEVERITIES else -1


def gravest(incident: Incident) -> int:
    """The rank of the gravest alert that fires; -1 without any."""
    return max((rank(severity) for severity in incident.alerts.values()), default=-1)


def _respond_s(moment: Moment, priority: Priority) -> float:
    given = number(moment.data.get("respond_s"))
    return RESPOND_S[priority] if given is None else given


def _waiting(moment: Moment, priority: Priority) -> Changes:
    """It waits for somebody again: its clock and its escalation begin anew."""
    return {
        "state": "triggered",
        "triggered_at": moment.at,
        "acked_by": "",
        "ack_until": None,
        "mitigated_at": None,
        "respond_by": moment.at + _respond_s(moment, priority),
        "escalation": 0,
    }


def _alert(incident: Incident, moment: Moment) -> Changes:
    key, row = moment.data.get("alert", ""), moment.data.get("row", "")
    severity = "" if incident.state == "resolved" else moment.data.get("severity", "")
    before = gravest(incident)
    changes: Changes = {"alerts": _bounded({**incident.alerts, key: severity})}
    if row and row not in incident.rows:
        changes["rows"] = (*incident.rows, row)
    since = number(moment.data.get("since"))
    if since is not None and key not in incident.alerts:
        changes["began_at"] = min(incident.began_at, since)
    if not incident.runbook:
        changes["runbook"] = moment.data.get("runbook", "")
    has_it = incident.state in ("acknowledged", "mitigated")
    if has_it and 0 <= before < rank(severity):
        changes |= _waiting(moment, incident.priority)
    return changes


def _bounded(alerts: dict[str, str]) -> dict[str, str]:
    if len(alerts) > ALERTS:
        del alerts[next((key for key, severity in alerts.items() if not severity), next(iter(alerts)))]
    return alerts


def _ack(incident: Incident, moment: Moment) -> Changes:
    if incident.state == "resolved":
        return {}
    return {
        "state": "acknowledged" if incident.state == "triggered" else incident.state,
        "acked_at": moment.at if incident.acked_at is None else incident.acked_at,
        "acked_by": moment.by,
        "ack_until": number(moment.data.get("until")),
        "respond_by": None,
        "assignee": incident.assignee or moment.by,
    }


def _unack(incident: Incident, moment: Moment) -> Changes:
    if incident.state == "acknowledged":
        return _waiting(moment, incident.priority)
    return {"acked_by": "", "ack_until": None}


def _assign(_: Incident, moment: Moment) -> Changes:
    return {"assignee": moment.data.get("to", "")}


def _role(incident: Incident, moment: Moment) -> Changes:
    roles = {**incident.roles, moment.data.get("role", ""): moment.data.get("to", "")}
    return {"roles": {role: person for role, person in roles.items() if role and person}}


def _priority(incident: Incident, moment: Moment) -> Changes:
    priority = read_priority(moment.data.get("priority", ""))
    if priority is None:
        return {}
    changes: Changes = {"priority": priority, "prioritized_by": moment.by or incident.prioritized_by}
    graver = PRIORITIES.index(priority) < PRIORITIES.index(incident.priority)
    if graver and incident.state != "resolved" and incident.acked_by:
        return changes | _waiting(moment, priority)
    if incident.respond_by is not None and priority != incident.priority:
        # Graver: from now on, but never later than it was. Lighter: as if it had been so from the beginning.
        respond_s = _respond_s(moment, priority)
        begins = moment.at if graver else incident.triggered_at
        by = begins + respond_s
        changes["respond_by"] = min(by, incident.respond_by) if graver else by
    return changes


def _mitigated(incident: Incident, moment: Moment) -> Changes:
    if incident.state == "resolved":
        return {}
    return {"state": "mitigated", "mitigated_at": moment.at, "respond_by": None}


def _resolved(incident: Incident, moment: Moment) -> Changes:
    if incident.state == "resolved":
        return {}
    return {
        "state": "resolved",
        "resolved_at": moment.at,
        "resolved_by": moment.by,
        "false_positive": moment.data.get("false_positive", "") == "yes",
        # What still fires is nobody's now; it comes back where it gets worse, or the incident is reopened.
        "alerts": dict.fromkeys(incident.alerts, ""),
        "respond_by": None,
        "ack_until": None,
    }


def _reopened(incident: Incident, moment: Moment) -> Changes:
    if incident.state == "mitigated":
        return _waiting(moment, incident.priority)
    if incident.state != "resolved":
        return {}
    again: Changes = {
        "resolved_at": None,
        "resolved_by": "",
        "false_positive": False,
        "reopened": incident.reopened + 1,
    }
    return again | _waiting(moment, incident.priority)


def _merged(_: Incident, moment: Moment) -> Changes:
    into = moment.data.get("into", "")
    return {"merged_into": int(into), "respond_by": None} if into.isdigit() else {}


def _split(incident: Incident, moment: Moment) -> Changes:
    gone = moment.data.get("alert", "")
    alerts = {key: severity for key, severity in incident.alerts.items() if key != gone}
    # An alert's key ends with its row.
    rows = tuple(row for row in incident.rows if any(key.endswith(f"/{row}") for key in alerts))
    return {"alerts": alerts, "rows": rows}


def _link(incident: Incident, moment: Moment) -> Changes:
    url = moment.data.get("url", "")
    return {} if not url or url in incident.links else {"links": (*incident.links, url)}


def _title(_: Incident, moment: Moment) -> Changes:
    return {"title": moment.data.get("title") or moment.text, "titled_by": moment.by}


def _cause(_: Incident, moment: Moment) -> Changes:
    return {"cause": moment.text, "cause_row": moment.data.get("row", "")}


def _change(incident: Incident, moment: Moment) -> Changes:
    if moment.text in incident.changed:
        return {}
    changed, place = list(incident.changed), number(moment.data.get("place"))
    changed.insert(len(changed) if place is None else max(int(place), 0), moment.text)
    return {"changed": tuple(changed[:CHANGES])}


def _escalated(incident: Incident, _: Moment) -> Changes:
    return {"escalation": incident.escalation + 1}


_STEPS: Mapping[MomentKind, Callable[[Incident, Moment], Changes]] = {
    "alert": _alert,
    "ack": _ack,
    "unack": _unack,
    "assign": _assign,
    "role": _role,
    "priority": _priority,
    "mitigated": _mitigated,
    "resolved": _resolved,
    "reopened": _reopened,
    "merged": _merged,
    "split": _split,
    "link": _link,
    "title": _title,
    "cause": _cause,
    "change": _change,
    "escalated": _escalated,
}
"""What has no place here only stands in the timeline."""
