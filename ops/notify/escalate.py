"""Who hears of it next while nobody has it: GoAlert's rules (engine/escalationmanager/db.go), pure.

Only a triggered incident climbs, and not while all of it is told to nobody (GoAlert: maintenance). Each step waits for
its delay since the one before; after the last one it begins anew as often as `repeat` says, and then stops. What was
acknowledged and is triggered again climbs from the bottom.
"""

import msgspec
from msgspec.structs import replace

from ops.config.alerting import Escalation
from ops.incidents.structs import Incident

LEAST_S = 60.0
"""The shortest pause before it begins anew; GoAlert's shortest delay."""


class Climb(msgspec.Struct, frozen=True, kw_only=True):
    """How far an incident has climbed since it was last triggered."""

    begun_at: float
    triggered_at: float = 0.0
    """The incident's, by which it is known whether it was triggered anew."""
    taken: int = 0
    last_at: float | None = None
    """When the last step was taken."""


def climbing(before: Climb | None, incident: Incident | None, now: float) -> Climb | None:
    """How an incident climbs at `now`: from when it was triggered last, or not at all.

    A clock that was set back does not make it wait for longer: what lies ahead of `now` is taken for now.
    """
    if incident is None or not incident.open or incident.state != "triggered":
        return None
    if before is None or before.triggered_at != incident.triggered_at:
        begun = min(incident.triggered_at or incident.opened_at, now)
        return Climb(begun_at=begun, triggered_at=incident.triggered_at)
    last = before.last_at if before.last_at is None else min(before.last_at, now)
    return replace(before, begun_at=min(before.begun_at, now), last_at=last)


def next_at(plan: Escalation, climb: Climb) -> float | None:
    """When the next step is due, UTC seconds; None after the last one."""
    if climb.taken >= len(plan.steps) * (1 + max(plan.repeat, 0)):
        return None
    delay = float(plan.steps[climb.taken % len(plan.steps)].after)
    if climb.taken and climb.taken % len(plan.steps) == 0:
        delay = max(delay or float(plan.steps[-1].after), LEAST_S)
    return (climb.begun_at if climb.last_at is None else climb.last_at) + delay


def due(plan: Escalation, climb: Climb, now: float, *, held: bool) -> int | None:
    """Index of the step that must be taken now, or None. `held`: all of it is told to nobody now."""
    when = next_at(plan, climb)
    return climb.taken % len(plan.steps) if when is not None and now >= when and not held else None


def climbed(climb: Climb, now: float) -> Climb:
    """After one more step."""
    return replace(climb, taken=climb.taken + 1, last_at=now)
