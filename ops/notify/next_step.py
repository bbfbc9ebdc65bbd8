"""When an incident climbs its next step of escalation, and who hears of it then: for a clock that counts down. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ops.incidents.structs import Incident, Moment
from ops.notify.escalate import Climb, next_at
from ops.notify.plan import Plan
from ops.notify.routes import routes_of


class NextStep(NamedTuple):
    """A step to come."""

    at: float
    """UTC seconds."""
    who: tuple[str, ...]
    """Receivers, and names of who is on call."""


def next_step(
    plan: Plan, incident: Incident, moments: Sequence[Moment], labels: Iterable[Mapping[str, str]]
) -> NextStep | None:
    """The soonest by any route of its alerts (their `labels`); None where it does not climb, or not any more."""
    if not incident.open or incident.state != "triggered":
        return None
    begun = incident.triggered_at or incident.opened_at
    taken = [moment.at for moment in moments if moment.kind == "escalated" and moment.at >= begun]
    climb = Climb(begun_at=begun, taken=incident.escalation, last_at=taken[-1] if taken else None)
    own = {"incident": str(incident.number)}
    names = {way.escalation for each in labels for way in routes_of({**each, **own}, plan.route)}
    found = []
    for name in sorted(names & set(plan.escalations)):
        escalation = plan.escalations[name]
        at = next_at(escalation, climb)
        if at is not None:
            step = escalation.steps[climb.taken % len(escalation.steps)]
            found.append(NextStep(at, (*step.receivers, *step.people)))
    return min(found, key=lambda step: step.at, default=None)
