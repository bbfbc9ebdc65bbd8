"""Who hears of what: the config's own tree, or S0's levels where it has none."""

from collections.abc import Mapping, Sequence

import msgspec

from collectors.units import Duration
from ops.config.alerting import Alerting, Escalation, EscalationStep, Level, OnCall, Receiver, Route

LEVELS: Mapping[str, tuple[Level, ...]] = {
    "slack": ("warning", "critical"),
    "email": ("warning", "critical"),
    "webhook": ("warning", "critical"),
    "terminal": ("warning", "critical"),
    "pagerduty": ("critical",),
    "apprise": ("critical",),
}
"""What each kind hears of without a word in the config (S0 "Alert Routing"): info stays on the screen."""
DEFAULT = "default"
"""Name of the escalation that is there without any in the config."""
STEP_S = 900.0
"""S2 Component 5: at once (that is the route itself), after 15 min, after 30 min."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What the config says of telling, ready to be asked."""

    route: Route
    receivers: Mapping[str, Receiver]
    escalations: Mapping[str, Escalation]
    oncall: Mapping[str, OnCall]


def plan_of(alerting: Alerting) -> Plan:
    """Make it, with the defaults where the config leaves them."""
    receivers = {receiver.name or receiver.kind: receiver for receiver in alerting.receivers}
    own = alerting.route != Route()
    escalations = {escalation.name: escalation for escalation in alerting.escalations}
    if receivers and not own and not escalations:
        escalations[DEFAULT] = default_escalation(alerting.receivers)
    first = next(iter(escalations), "")
    return Plan(
        route=alerting.route if own else default_route(alerting.receivers, first),
        receivers=receivers,
        escalations=escalations,
        oncall={oncall.name: oncall for oncall in alerting.oncall},
    )


def default_route(receivers: Sequence[Receiver], escalation: str = "") -> Route:
    """A tree with one route for all that hear of the same severities, so that each has one group per incident.

    What is critical climbs `escalation`.
    """
    by_levels: dict[tuple[Level, ...], list[str]] = {}
    for receiver in receivers:
        by_levels.setdefault(_levels(receiver), []).append(receiver.name or receiver.kind)
    routes = [
        Route(match=(f'severity=~"{"|".join(levels)}"',), receivers=tuple(names), proceed=True)
        for levels, names in by_levels.items()
    ]
    if escalation:
        climbing = Route(match=("severity=critical",), receivers=(), escalation=escalation, proceed=True)
        routes.append(climbing)
    return Route(receivers=(), routes=tuple(routes))


def default_escalation(receivers: Sequence[Receiver]) -> Escalation:
    """Above the route itself: after 15 min all who hear of criticals, after 30 min all; while nobody has it."""
    critical = tuple(one.name or one.kind for one in receivers if "critical" in _levels(one))
    everyone = tuple(one.name or one.kind for one in receivers)
    steps = tuple(EscalationStep(after=Duration(STEP_S), receivers=told) for told in (critical, everyone))
    return Escalation(name=DEFAULT, steps=steps)


def _levels(receiver: Receiver) -> tuple[Level, ...]:
    return receiver.levels or LEVELS[receiver.kind]
