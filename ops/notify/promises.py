"""Who is promised which message when a group is looked at for news: pure, in the terms of what each was told last.

The ledger's rule: who was promised that a group fires is promised exactly once that it is over. What stops telling
(silences, dependencies, …) stops only what was not told yet: an alert that was told stays told until it ends.
"""

import math
from collections.abc import Iterable, Mapping

import msgspec
from msgspec.structs import replace

from ops.alerts.structs import Alert, Severity
from ops.config.alerting import Receiver
from ops.incidents.structs import Incident
from ops.notify.compose import listed, text_of, title_of, told_of
from ops.notify.dedup import needs
from ops.notify.groups import Group, Members, graver, gravest
from ops.notify.structs import Action, Message, Record, Told

ABOUT = "receiver"
"""Label of an alert about a receiver: it is told to every other one, for it would feed on itself."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a look knows."""

    now: float
    """UTC seconds."""
    alerts: Mapping[str, Alert]
    """Those that fire, and those that ended lately, by key."""
    quiet: Mapping[str, str] = {}
    """Keys of alerts that are told to nobody now, each with why."""
    incidents: Mapping[int, Incident] = {}
    """At least those that an alert or a group names, also ended ones."""
    floor: str = ""
    environment: str = ""


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """What one receiver is told, and what is kept of that."""

    receiver: str
    why: str
    record: Record | None
    """None: it was told that all is over, so nothing is kept."""
    message: Message | None
    """None: it must not be told, but what was told is over (`send_resolved = false`)."""


def promises(
    group: Group, members: Members | None, records: Mapping[str, Record], receivers: Mapping[str, Receiver],
    facts: Facts,
) -> list[Promise]:  # fmt: skip
    """What each receiver of a group must be told now. `records`: what each was told last, by receiver."""
    names = [*group.way.receivers, *(name for name in records if name not in group.way.receivers)]
    found = (_promise(group, members, name, records.get(name), receivers.get(name), facts) for name in names)
    return [promise for promise in found if promise is not None]


def _promise(
    group: Group, members: Members | None, name: str, record: Record | None, receiver: Receiver | None, facts: Facts
) -> Promise | None:
    firing = firing_for(name, group, members, record)
    over = (record.firing if record else frozenset()) - firing.keys()
    send_resolved = receiver is None or receiver.send_resolved
    loud = any(alert.key in firing for alert in members.firing) if members else False
    repeat_s = group.way.repeat_s if loud and _reminded(group, name, facts) else math.inf
    why = needs(record, frozenset(firing), over, facts.now, repeat_s, send_resolved)
    grave = gravest(tuple(firing.values()))
    if not why and record is not None and graver(grave, record.severity):
        why = "it is graver"
    if not why:
        return None
    told = [told_of(alert) for alert in firing.values()] + _ended(group, over, facts)
    if grave is None:
        severity = record.severity if record is not None else "info"
        message = message_of(group, name, "resolved", severity, told, facts, record) if send_resolved else None
        return Promise(receiver=name, why=why, record=None, message=message)
    kept = recorded(group, name, frozenset(firing), grave, facts, record)
    message = message_of(group, name, "firing", grave, told, facts, record)
    return Promise(receiver=name, why=why, record=kept, message=message)


def firing_for(name: str, group: Group, members: Members | None, record: Record | None) -> dict[str, Alert]:
    """The alerts of a group that fire for one receiver.

    For who was only called in by escalation, or has a route no more, that is what he was told of.
    """
    if members is None:
        return {}
    known = record.firing if record else frozenset()
    firing = {alert.key: alert for alert in members.firing if alert.labels.get(ABOUT) != name}
    if name not in group.way.receivers:
        firing = {key: alert for key, alert in firing.items() if key in known}
    return firing | {alert.key: alert for alert in members.quiet if alert.key in known}


def _reminded(group: Group, name: str, facts: Facts) -> bool:
    # Who has it needs no reminder; nor who was called in by escalation, for that repeats by itself.
    incident = facts.incidents.get(group.incident or 0)
    return name in group.way.receivers and (incident is None or incident.state == "triggered")


def recorded(
    group: Group, name: str, firing: frozenset[str], grave: Severity, facts: Facts, record: Record | None = None
) -> Record:
    """What is kept of telling a receiver that these fire; `record` is what was told before."""
    severity = record.severity if record is not None and graver(record.severity, grave) else grave
    over = record.firing - firing if record is not None else frozenset()
    called_in = record.called_in if record is not None else ""
    return Record(
        group=group.key, receiver=name, firing=firing, resolved=over, at=facts.now, severity=severity,
        called_in=called_in, floor=_floor(facts, record),
    )  # fmt: skip


def _floor(facts: Facts, record: Record | None) -> str:
    """Its name; as it was told, where it was renamed since: else nothing would end for the receiver."""
    return record.floor if record is not None and record.floor else facts.floor


def _ended(group: Group, keys: Iterable[str], facts: Facts) -> list[Told]:
    """Alerts that are over for this group, as they were told; one may be there no more, or go on elsewhere."""
    found = []
    for key in sorted(keys):
        told = told_of(facts.alerts[key]) if key in facts.alerts else group.members.get(key)
        if told is not None:
            found.append(replace(told, firing=False))
    return found


def message_of(
    group: Group, receiver: str, action: Action, severity: Severity, told: list[Told], facts: Facts,
    record: Record | None = None,
) -> Message:  # fmt: skip
    """A message for one receiver of a group, to be given to the outbox; `record` is what he was told before."""
    incident = facts.incidents.get(group.incident or 0)
    over = [one.key for one in told if not one.firing]
    still = {key: facts.alerts[key].summary for key in over if key in facts.alerts and facts.alerts[key].firing}
    again = action == "firing" and incident is not None and incident.reopened > 0 and not (record and record.firing)
    title = title_of(incident, len(group.incidents) - 1, told)
    return Message(
        group=record.known_as if record is not None else group.key, receiver=receiver, action=action,
        severity=severity, title=f"reopened: {title}" if again else title,
        text=text_of(incident, told, still, over=action == "resolved", again=again), alerts=listed(told),
        incident=group.incident, environment=facts.environment, floor=_floor(facts, record),
        made_at=facts.now, due_at=facts.now,
    )  # fmt: skip
