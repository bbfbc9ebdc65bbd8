"""S0's levels where the config has no tree of its own, and the config's own where it has one."""

import pytest

from collectors.units import Duration
from ops.config.alerting import Alerting, Escalation, EscalationStep, Receiver, Route
from ops.notify.plan import DEFAULT, plan_of
from ops.notify.routes import routes_of

ALL = Alerting(receivers=tuple(Receiver(kind=kind) for kind in ("slack", "pagerduty", "email", "apprise", "terminal")))


def heard(alerting: Alerting, severity: str) -> list[str]:
    """Who hears of it."""
    ways = routes_of({"severity": severity, "incident": "1"}, plan_of(alerting).route)
    return [name for way in ways for name in way.receivers]


@pytest.mark.parametrize(
    ("severity", "names"),
    [
        pytest.param("info", [], id="info: the screen only"),
        pytest.param("warning", ["slack", "email", "terminal"], id="warning: who talks without waking anyone"),
        pytest.param("critical", ["slack", "email", "terminal", "pagerduty", "apprise"], id="critical: all of them"),
    ],
)
def test_levels_without_a_word_in_the_config(severity: str, names: list[str]) -> None:
    assert heard(ALL, severity) == names


def test_a_receivers_own_levels() -> None:
    both = Alerting(receivers=(Receiver(kind="slack", name="all", levels=("info", "critical")), Receiver(kind="slack")))
    assert heard(both, "info") == ["all"]
    assert heard(both, "warning") == ["slack"]
    assert heard(both, "critical") == ["all", "slack"]


def test_only_criticals_climb_and_up_to_everyone() -> None:
    plan = plan_of(ALL)
    climbs = {
        level: [way.escalation for way in routes_of({"severity": level}, plan.route)]
        for level in ("warning", "critical")
    }
    assert climbs == {"warning": [""], "critical": ["", "", DEFAULT]}
    first, second = plan.escalations[DEFAULT].steps
    assert (first.after, second.after) == (900.0, 900.0), "15 and 30 minutes after it was opened"
    assert "pagerduty" in first.receivers
    assert set(second.receivers) == set(plan.receivers)


def test_an_escalation_of_ones_own_is_the_one_that_criticals_climb() -> None:
    own = Escalation(name="up", steps=(EscalationStep(after=Duration(60), receivers=("slack",)),))
    plan = plan_of(Alerting(receivers=(Receiver(kind="slack"),), escalations=(own,)))
    assert [way.escalation for way in routes_of({"severity": "critical"}, plan.route)] == ["", "up"]
    assert list(plan.escalations) == ["up"]


def test_a_tree_of_ones_own_has_nothing_added() -> None:
    own = Alerting(receivers=ALL.receivers, route=Route(receivers=("email",)))
    assert heard(own, "info") == ["email"]
    assert plan_of(own).escalations == {}


def test_without_receivers_nobody_hears_and_nothing_climbs() -> None:
    assert heard(Alerting(), "critical") == []
    assert plan_of(Alerting()).escalations == {}
