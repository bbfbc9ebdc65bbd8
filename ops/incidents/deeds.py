"""What people do to an incident, as moments: whether it can be done, and what is written down of it. Pure."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from collectors.text import LINE_LIMIT, NAME_LIMIT, clean
from ops.figures import clock
from ops.incidents.fold import read_priority
from ops.incidents.priority import graver
from ops.incidents.source import IncidentError
from ops.incidents.spoken import goes_on
from ops.incidents.structs import Incident, Moment, MomentKind, Priority
from ops.redact import mask

LONGEST_ACK_S = 30 * 86_400.0


def _moment(
    incident: Incident, now: float, kind: MomentKind, by: str, text: str, data: Mapping[str, str] | None = None
) -> Moment:
    told = {name: clean(mask(value), LINE_LIMIT) for name, value in (data or {}).items()}
    return Moment(
        incident=incident.number,
        at=now,
        kind=kind,
        by=clean(by),
        text=clean(mask(text), LINE_LIMIT),
        data={name: value for name, value in told.items() if value},
    )


def _whole(incident: Incident) -> None:
    """Raise IncidentError for one that is part of another now."""
    if incident.merged_into is not None:
        said = f"incident {incident.number} is part of incident {incident.merged_into}"
        raise IncidentError(said, f"do it to incident {incident.merged_into}")


def _going_on(incident: Incident, now: float) -> None:
    """Raise IncidentError for one that is over or part of another."""
    _whole(incident)
    if not incident.open:
        ended = f" since {clock(incident.resolved_at, now)}" if incident.resolved_at is not None else ""
        raise IncidentError(f"incident {incident.number} is over{ended}", "reopen it first")


def _text(text: str, what: str) -> str:
    said = " ".join(text.split())
    if not said:
        raise IncidentError(f"{what} without a word", "say what it is")
    return said


def acknowledge(incident: Incident, by: str, now: float, for_s: float) -> list[Moment]:
    """Somebody has it, for so long (0: until it is over); again by the same person the time begins anew, if any."""
    _going_on(incident, now)
    holder = incident.acked_by
    if holder and clean(by) not in (holder, incident.assignee):
        first = incident.acked_at
        # Once it has waited for somebody again, that is when somebody else had it.
        since = f" since {clock(first, now)}" if first is not None and first >= incident.triggered_at else ""
        raise IncidentError(f"{holder} has incident {incident.number}{since}", "assign it to yourself to take it over")
    if not 0 <= for_s <= LONGEST_ACK_S:
        raise IncidentError("an acknowledgement is for some time up to 30 days", "say how long, or leave it out")
    mine = clean(by) == holder
    if mine and not for_s and incident.ack_until is None:
        return []
    data = {"until": repr(now + for_s)} if for_s else {}
    until = f", until {clock(now + for_s, now)}" if for_s else ""
    return [_moment(incident, now, "ack", by, f"{by} {'still has it' if mine else 'has it'}{until}", data)]


def assign(incident: Incident, by: str, now: float, person: str, role: str = "") -> list[Moment]:
    """Give it, or a role in it, to somebody."""
    _going_on(incident, now)
    person, role = _text(person, "an assignment")[:NAME_LIMIT], " ".join(role.split())[:NAME_LIMIT]
    data = {"to": person, "role": role}
    if role:
        return [_moment(incident, now, "role", by, f"{person} is {role}", data)]
    said = f"{person} takes it over" if person == by else f"assigned to {person}"
    return [_moment(incident, now, "assign", by, said, data)]


def note(incident: Incident, by: str, now: float, text: str) -> list[Moment]:
    """Write something down; also of one that is over."""
    _whole(incident)
    return [_moment(incident, now, "note", by, _text(text, "a note"))]


def set_priority(
    incident: Incident, by: str, now: float, priority: Priority, why: str, respond_s: float
) -> list[Moment]:
    """Another priority, with its time to respond."""
    _whole(incident)
    if read_priority(priority) is None:
        raise IncidentError(f'there is no priority "{clean(priority)}"', "P1, P2, P3 or P4, from gravest to lightest")
    if priority == incident.priority:
        raise IncidentError(f"incident {incident.number} is {priority} already", "nothing is to be done")
    said = f"{priority}, before it was {incident.priority}" + (f": {' '.join(why.split())}" if why.strip() else "")
    data = {"priority": priority, "respond_s": repr(respond_s)}
    return [_moment(incident, now, "priority", by, said, data)]


def mitigate(incident: Incident, by: str, now: float, text: str = "") -> list[Moment]:
    """It no longer hurts, though it is not over."""
    _going_on(incident, now)
    if incident.state == "mitigated":
        raise IncidentError(f"incident {incident.number} is mitigated already", "resolve it once it is over")
    return [_moment(incident, now, "mitigated", by, " ".join(text.split()) or "it no longer hurts")]


def resolve(incident: Incident, by: str, now: float, text: str = "", *, false_positive: bool = False) -> list[Moment]:
    """End it; what still fires is told."""
    _going_on(incident, now)
    said = " ".join(text.split()) or ("it was a false alarm" if false_positive else "it is over")
    data = {"false_positive": "yes"} if false_positive else {}
    if firing := len(incident.firing):
        said += f" ({goes_on(firing)})"
        data["firing"] = str(firing)
    return [_moment(incident, now, "resolved", by, said, data)]


def reopen(incident: Incident, by: str, now: float, text: str, respond_s: float) -> list[Moment]:
    """It is not over."""
    _whole(incident)
    if incident.open:
        raise IncidentError(f"incident {incident.number} is not over", "nothing is to be reopened")
    data = {"respond_s": repr(respond_s)}
    return [_moment(incident, now, "reopened", by, " ".join(text.split()) or "it is not over", data)]


def retitle(incident: Incident, by: str, now: float, title: str) -> list[Moment]:
    """Call it something else."""
    _whole(incident)
    title = clean(_text(title, "a title"))
    return [_moment(incident, now, "title", by, f"is called “{title}” now", {"title": title})]


def link(incident: Incident, by: str, now: float, url: str) -> list[Moment]:
    """Add an address; only of the web, without a password in it."""
    _whole(incident)
    url = url.strip()
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and clean(url, LINE_LIMIT) == url
    except ValueError:
        fine = False
    if not fine or " " in url:
        raise IncidentError("that is no address of the web", "write it as https://…")
    return [_moment(incident, now, "link", by, url, {"url": url})]


def action_item(incident: Incident, by: str, now: float, text: str, person: str = "", due: str = "") -> list[Moment]:
    """Something to be done afterwards."""
    _whole(incident)
    data = {"person": " ".join(person.split()), "due": " ".join(due.split())}
    return [_moment(incident, now, "action-item", by, _text(text, "an action item"), data)]


def merge(incident: Incident, into: Incident, by: str, now: float, respond_s: float) -> list[Moment]:
    """It is the same as another: that one gets its alerts, and its priority, with its time to respond, where graver.

    Who has it, has that one too, unless it is graver than what they said to have.
    """
    for one in (incident, into):
        _whole(one)
    if incident.number == into.number:
        raise IncidentError(f"incident {into.number} can't be merged into itself", "name another one")
    _going_on(into, now)
    part = f"incident {incident.number} is part of it: {incident.title}"
    moments = [
        _moment(incident, now, "merged", by, f"merged into incident {into.number}", {"into": str(into.number)}),
        _moment(into, now, "merged", by, part, {"from": str(incident.number)}),
        *_moved(incident, incident.alerts, into, now),
    ]
    if graver(incident.priority, into.priority):
        said = f"{incident.priority}, as incident {incident.number} was"
        data = {"priority": incident.priority, "respond_s": repr(respond_s)}
        moments.append(_moment(into, now, "priority", "", said, data))
    if _still_had(incident, into):
        said = f"{incident.acked_by} has it, as incident {incident.number}"
        data = {"until": repr(incident.ack_until)} if incident.ack_until is not None else {}
        moments.append(_moment(into, now, "ack", incident.acked_by, said, data))
    return moments


def _still_had(incident: Incident, into: Incident) -> bool:
    waits = into.state == "triggered" and not graver(into.priority, incident.priority)
    return incident.state == "acknowledged" and waits


def _moved(source: Incident, keys: Mapping[str, str] | Sequence[str], into: Incident, now: float) -> list[Moment]:
    moments = []
    for key in keys:
        severity = source.alerts[key]
        if into.alerts.get(key):
            continue
        row = next((row for row in source.rows if key.endswith(f"/{row}")), "")
        since = min(source.began_at, now)
        data = {"alert": key, "severity": severity, "row": row, "since": repr(since), "runbook": source.runbook}
        said = f"{key}, from incident {source.number}"
        moments.append(_moment(into, now, "alert", "", said, data))
    return moments


def split(incident: Incident, keys: Sequence[str], by: str, now: float, respond_s: float) -> list[Moment]:
    """Take alerts out into an incident that is still to be opened; what is left without a firing alert is over."""
    _going_on(incident, now)
    wanted = list(dict.fromkeys(keys))
    unknown = [key for key in wanted if key not in incident.alerts]
    if not wanted or unknown:
        said = f'incident {incident.number} has no alert "{clean(unknown[0])}"' if unknown else "no alert was named"
        raise IncidentError(said, "name alerts that it has, by their keys")
    if len(wanted) == len(incident.alerts):
        raise IncidentError("nothing would be left of it", "name some of its alerts, not all")
    rows = [key.partition("/")[2] for key in wanted]
    title = clean(f"{incident.title}: {', '.join(rows[:3])}" + (f" and {len(rows) - 3} more" if len(rows) > 3 else ""))
    new = Incident(
        number=0, title=title, priority=incident.priority, state="triggered", opened_at=now, began_at=incident.began_at
    )
    data = {
        "title": title,
        "priority": incident.priority,
        "began": repr(incident.began_at),
        "respond_s": repr(respond_s),
        "runbook": incident.runbook,
        "split_from": str(incident.number),
    }
    moments = [
        _moment(new, now, "opened", by, f"taken out of incident {incident.number}: {title}", data),
        *_moved(incident, wanted, new, now),
        *(_moment(incident, now, "split", by, f"{key} is an incident of its own", {"alert": key}) for key in wanted),
    ]
    if not any(incident.alerts[key] for key in wanted):
        moments.append(_moment(new, now, "resolved", "", "none of its alerts fires"))
    elif all(key in wanted for key in incident.firing):
        moments.append(_moment(incident, now, "resolved", "", "none of its alerts fires any more"))
    return moments
