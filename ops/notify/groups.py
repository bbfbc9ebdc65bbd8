"""Groups: alerts that are told together, and when; their timers are kept, so that a restart moves none of them.

As in Alertmanager (dispatch/dispatch.go): a new group waits `group_wait`, then news of it are told every
`group_interval`. Two things do not wait that long: a group that gets graver than it was told is told after its wait
again (at once for criticals), and one that is all over is told within half a minute.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from ops.alerts.structs import SEVERITIES, Alert, Severity
from ops.config.alerting import Route
from ops.incidents.structs import Incident, IncidentState
from ops.notify.escalate import Climb
from ops.notify.routes import Way, group_key, group_labels, routes_of
from ops.notify.structs import Told

_STATES: tuple[IncidentState, ...] = ("triggered", "acknowledged", "mitigated", "resolved")
OVER_S = 30.0
"""How long a group that is over may fire again without anyone hearing of either."""


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a group between two looks."""

    key: str
    way: Way
    labels: Mapping[str, str] = {}
    """Those that all its alerts have in common by `group_by`."""
    next_at: float
    """When it is looked at for news the next time, UTC seconds."""
    flushed_at: float | None = None
    """When it was last; None before the first wait is over."""
    severity: Severity | None = None
    """The gravest that fired then."""
    members: Mapping[str, Told] = {}
    """The alerts that it was told of then, by key: what an alert was that is there no more."""
    incidents: tuple[int, ...] = ()
    """What it is about; several where `group_by` has no "incident". What waits for somebody comes first."""
    climbs: Mapping[int, Climb] = {}
    """How far each of them has climbed."""
    acked: bool = False
    """Whether its receivers were told that somebody has it."""

    @property
    def incident(self) -> int | None:
        """The one that messages are about."""
        return next(iter(self.incidents), None)


class Members(msgspec.Struct, frozen=True, kw_only=True):
    """The alerts of a group at this moment."""

    key: str
    way: Way
    labels: Mapping[str, str]
    firing: tuple[Alert, ...] = ()
    """What anyone may hear of."""
    quiet: tuple[Alert, ...] = ()
    """What fires while nobody is to hear of it."""
    incidents: Mapping[int, bool] = {}
    """Those of its alerts, each with whether anyone may hear of it, in the order of `Group.incidents`."""

    @property
    def told(self) -> tuple[int, ...]:
        """What anyone may hear of; all where that is nothing."""
        return tuple(number for number, loud in self.incidents.items() if loud) or tuple(self.incidents)


def gather(
    alerts: Iterable[Alert], quiet: Mapping[str, str], incidents: Mapping[int, Incident], route: Route
) -> dict[str, Members]:
    """The groups of all that fires, by key. `quiet`: keys of alerts that are told to nobody now, each with why.

    An alert whose incident was ended by hand belongs to none: to those who were told of it, it is over.
    """
    found: dict[str, tuple[Members, list[Alert], list[Alert]]] = {}
    numbers: defaultdict[str, dict[int, bool]] = defaultdict(dict)
    for alert in alerts:
        number = _number(alert, incidents)
        if not alert.firing or (number in incidents and not incidents[number].open):
            continue
        labels = labels_of(alert, number)
        for way in routes_of(labels, route):
            key = group_key(way, labels)
            if key not in found:
                found[key] = (Members(key=key, way=way, labels=group_labels(way, labels)), [], [])
            made, loud, hushed = found[key]
            (hushed if alert.key in quiet else loud).append(alert)
            if number:
                numbers[key][number] = numbers[key].get(number, False) or alert.key not in quiet
            if way.wait_s < made.way.wait_s:
                found[key] = (replace(made, way=way), loud, hushed)
    return {
        key: replace(made, firing=tuple(loud), quiet=tuple(hushed), incidents=_ordered(numbers[key], incidents))
        for key, (made, loud, hushed) in found.items()
    }


def _ordered(numbers: Mapping[int, bool], incidents: Mapping[int, Incident]) -> dict[int, bool]:
    def place(number: int) -> tuple[int, int]:
        known = incidents.get(number)
        return (_STATES.index(known.state) if known is not None else len(_STATES)), number

    return {number: numbers[number] for number in sorted(numbers, key=place)}


def _number(alert: Alert, incidents: Mapping[int, Incident]) -> int:
    number = alert.incident or 0
    seen = {number}
    while number in incidents and (into := incidents[number].merged_into) is not None and into not in seen:
        number = into
        seen.add(number)
    return number


def labels_of(alert: Alert, incident: int = 0) -> dict[str, str]:
    """What routes and groups go by: its labels, with the incident and the severity as they are now."""
    number = incident or alert.incident
    return {**alert.labels, "severity": alert.severity, **({"incident": str(number)} if number else {})}


def gravest(alerts: Sequence[Alert]) -> Severity | None:
    """The gravest severity of these; None of none."""
    return max((alert.severity for alert in alerts), key=SEVERITIES.index, default=None)


def graver(severity: Severity | None, than: Severity | None) -> bool:
    """Whether it is graver than another; anything is graver than nothing."""
    return severity is not None and (than is None or SEVERITIES.index(severity) > SEVERITIES.index(than))


def moved(group: Group | None, members: Members | None, told: bool, now: float) -> Group | None:
    """A group with its timer as it runs now; None where there is nothing to tell and nothing that was told.

    `told`: whether any receiver was told of what has not been told to be over.
    """
    loud = members.firing if members else ()
    over = not loud and not (members and members.quiet)
    if group is None:
        if members is None or not loud:
            return None
        return Group(
            key=members.key, way=members.way, labels=members.labels, next_at=now + members.way.wait_s,
            incidents=members.told,
        )  # fmt: skip
    if members is not None:
        group = replace(group, way=members.way, incidents=members.told)
    return replace(group, next_at=_next(group, gravest(loud), told and over, now))


def _next(group: Group, severity: Severity | None, over: bool, now: float) -> float:
    # A clock that was set back must not hold anything up for an hour.
    latest = now + max(group.way.interval_s, group.way.wait_s)
    if graver(severity, group.severity):
        latest = min(latest, now + group.way.wait_s)
    if over and group.flushed_at is not None:
        latest = min(latest, now + OVER_S)
    return min(group.next_at, latest)


def flushed(group: Group, members: Members | None, told: Mapping[str, Told], now: float) -> Group:
    """A group after it was looked at for news; `told` are its alerts as receivers know them now."""
    severity = gravest(members.firing) if members else None
    return replace(group, flushed_at=now, next_at=now + group.way.interval_s, severity=severity, members=told)
