"""Inhibition, case by case as in Alertmanager (inhibit/inhibit_test.go)."""

import pytest

from ops.alerts.inhibit import Inhibitions
from ops.alerts.structs import Alert
from ops.config.alerting import Inhibit
from tests.parts.alerts import alert

RULE = Inhibit(source=("severity=critical",), target=("severity=warning",), equal=("host",))


def one(rule: str, severity: str, **labels: str) -> Alert:
    """An alert of a rule and severity with more labels."""
    return alert(rule=rule, severity=severity, labels=labels)


@pytest.mark.parametrize(
    ("rule", "source", "target", "inhibited"),
    [
        pytest.param(RULE, one("a", "critical", host="x"), one("b", "warning", host="x"), True, id="equal labels"),
        pytest.param(RULE, one("a", "critical", host="x"), one("b", "warning", host="y"), False, id="unequal labels"),
        pytest.param(RULE, one("a", "critical"), one("b", "warning"), True, id="missing in both is equal"),
        pytest.param(RULE, one("a", "critical"), one("b", "warning", host=""), True, id="missing equals empty"),
        pytest.param(RULE, one("a", "critical", host="x"), one("b", "warning"), False, id="missing in one is unequal"),
        pytest.param(RULE, one("a", "info", host="x"), one("b", "warning", host="x"), False, id="no source"),
        pytest.param(RULE, one("a", "critical", host="x"), one("b", "info", host="x"), False, id="no target"),
        pytest.param(
            Inhibit(source=("severity=critical",), target=("severity=warning",)),
            one("a", "critical", host="x"),
            one("b", "warning", host="y"),
            True,
            id="without labels that must be equal, all",
        ),
        pytest.param(
            Inhibit(source=("rule=~a|b",), target=("severity=warning",)),
            one("a", "warning"),
            one("b", "warning"),
            False,
            id="what matches both sides is not inhibited by another that does",
        ),
        pytest.param(
            Inhibit(source=("rule=~a|b",), target=("severity=warning",)),
            one("a", "critical"),
            one("b", "warning"),
            True,
            id="but by one that matches the source alone",
        ),
        pytest.param(
            Inhibit(source=("rule=~a|b",), target=("severity=warning",)),
            one("a", "warning"),
            one("c", "warning"),
            True,
            id="and what matches both sides inhibits a target alone",
        ),
    ],
)
def test_inhibition(rule: Inhibit, source: Alert, target: Alert, inhibited: bool) -> None:
    assert Inhibitions([rule], [target, source]).of(target) == (source if inhibited else None)


def test_only_what_fires_inhibits() -> None:
    waiting, target = alert(rule="a", state="pending", labels={"host": "x"}), one("b", "warning", host="x")
    assert Inhibitions([RULE], [waiting, target]).of(target) is None


def test_nothing_inhibits_itself() -> None:
    own = one("a", "critical")
    assert Inhibitions([Inhibit(source=("rule=a",), target=("severity=critical",))], [own]).of(own) is None
