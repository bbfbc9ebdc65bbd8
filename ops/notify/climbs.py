"""Escalation of groups: which step each takes now, who is called in by it, and what they are promised."""

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from ops.config.alerting import EscalationStep
from ops.notify.compose import told_of
from ops.notify.escalate import Climb, climbed, climbing, due
from ops.notify.groups import Group, Members, gravest
from ops.notify.oncall import who
from ops.notify.plan import Plan
from ops.notify.promises import ABOUT, Facts, message_of, recorded
from ops.notify.structs import Message, Record

Records = Mapping[str, Mapping[str, Record]]
"""What was told last, by group and receiver."""


class Called(msgspec.Struct, frozen=True, kw_only=True):
    """One step that is taken now: who is called in, and what they are told."""

    incident: int
    escalation: str
    step: int
    """Its index."""
    taken: int
    """How many were taken with it since the incident was triggered."""
    people: tuple[str, ...] = ()
    """Who is on call for it."""
    receivers: tuple[str, ...] = ()
    messages: tuple[Message, ...] = ()
    records: tuple[Record, ...] = ()


def climb(
    group: Group, number: int, members: Members, near: Records, plan: Plan, facts: Facts
) -> tuple[Group, Called | None]:
    """A group as one of its incidents climbs now, and the step that it takes, if any.

    `near`: what was told of the same incident.
    """
    incident = facts.incidents.get(number)
    escalation = plan.escalations.get(group.way.escalation)
    now = climbing(group.climbs.get(number), incident, facts.now)
    if escalation is None or incident is None or now is None:
        return _with(group, number, None), None
    step = due(escalation, now, facts.now, held=not members.incidents[number])
    if step is None:
        return _with(group, number, now), None
    taken = climbed(now, facts.now)
    people, receivers = called_in(escalation.steps[step], plan, facts.now)
    about = replace(group, incidents=(number, *(other for other in group.incidents if other != number)))
    told = [_told(about, members, name, near, facts) for name in receivers]
    called = Called(
        incident=number, escalation=escalation.name, step=step, taken=taken.taken, people=people,
        receivers=receivers, messages=tuple(one[0] for one in told if one is not None),
        records=tuple(one[1] for one in told if one is not None and one[1] is not None),
    )  # fmt: skip
    return _with(group, number, taken), called


def _with(group: Group, number: int, now: Climb | None) -> Group:
    if group.climbs.get(number) == now:
        return group
    others = {other: climb for other, climb in group.climbs.items() if other != number}
    return replace(group, climbs=others if now is None else {**others, number: now})


def called_in(step: EscalationStep, plan: Plan, now: float) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who is on call for a step, and all receivers that hear of it: the step's own, and those of who is on call."""
    rotas = [plan.oncall[name] for name in step.people if name in plan.oncall]
    people = [(person, rota) for rota in rotas if (person := who(rota, now))]
    theirs = [name for person, rota in people for name in rota.receivers.get(person, ())]
    return tuple(dict.fromkeys(person for person, _ in people)), tuple(dict.fromkeys((*step.receivers, *theirs)))


def _told(
    group: Group, members: Members, name: str, near: Records, facts: Facts
) -> tuple[Message, Record | None] | None:
    """What one receiver is told by a step; None where there is nothing for it, or it was told at this very look."""
    firing = [alert for alert in members.firing if alert.labels.get(ABOUT) != name]
    grave = gravest(firing)
    record = _known(group, name, near)
    if grave is None or (record is not None and record.at == facts.now):
        return None
    message = message_of(group, name, "escalated", grave, [told_of(alert) for alert in firing], facts, record)
    if record is not None:
        return message, None
    return message, recorded(group, name, frozenset(alert.key for alert in firing), grave, facts)


def _known(group: Group, name: str, near: Records) -> Record | None:
    # Who hears of the incident already, by another way, hears of it there: it is over but once for him.
    told = (near.get(key, {}).get(name) for key in (group.key, *near))
    return next((record for record in told if record is not None and record.firing), None)
