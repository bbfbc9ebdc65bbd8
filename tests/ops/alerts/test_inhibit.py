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


TWO = Inhibit(source=("s=1",), target=("t=1",), equal=("a", "b"))
NEITHER = Inhibit(source=("s=1",), target=("t!=1",), equal=("e",))
OTHER = Inhibit(source=("s=2",), target=("t2=1",), equal=("e",))
ONE = Inhibit(source=("s=1",), target=("t=1",), equal=("e",))


def labelled(name: str, state: str = "firing", **labels: str) -> Alert:
    """An alert with these labels."""
    return alert(f"service:{name}", state=state, labels=labels)


@pytest.mark.parametrize(
    ("rules", "others", "labels", "by"),
    [
        pytest.param([ONE], [], {"t": "1", "e": "f"}, "", id="there is no source at all"),
        pytest.param([ONE], [labelled("x", "resolved", s="1", e="f")], {"t": "1", "e": "f"}, "", id="it is over"),
        pytest.param(
            [ONE], [labelled("x", "resolved", s="1", e="f"), labelled("y", s="1", e="f")], {"t": "1", "e": "f"}, "y",
            id="of two sources one is over",
        ),
        pytest.param(
            [ONE], [labelled("x", s="1", e="g"), labelled("y", s="1", e="f")], {"t": "1", "e": "f"}, "y",
            id="of two sources one has the equal label",
        ),
        pytest.param([TWO], [labelled("x", s="1", a="1", b="2")], {"t": "1", "a": "1", "b": "2"}, "x", id="both equal"),
        pytest.param([TWO], [labelled("x", s="1", a="1", b="2")], {"t": "1", "a": "1", "b": "3"}, "", id="one is not"),
        pytest.param(
            [TWO], [labelled("x", s="1", a="1", b="2")], {"t": "1", "a": "2", "b": "1"}, "", id="each by its own name"
        ),
        pytest.param(
            [ONE], [labelled("x", s="1", e="f")], {"t": "1", "noise": "1", "e": "f"}, "x", id="further labels count not"
        ),
        pytest.param(
            [ONE, OTHER], [labelled("x", s="2", e="f")], {"t": "1", "t2": "1", "e": "f"}, "x", id="by a later rule"
        ),
        pytest.param([ONE, OTHER], [labelled("x", s="2", e="f")], {"t": "1", "e": "f"}, "", id="not across two rules"),
        pytest.param([NEITHER], [labelled("x", s="1", t="1", e="f")], {"e": "f"}, "x", id="a target that has it not"),
        pytest.param([NEITHER], [labelled("x", s="1", t="1", e="f")], {"t": "1", "e": "f"}, "", id="one that has it"),
        pytest.param(
            [NEITHER], [labelled("x", s="1", e="f")], {"t": "2", "s": "1", "e": "f"}, "",
            id="both sides by what is not there",
        ),
        pytest.param(
            [ONE], [labelled("x", s="1", t="1", e="f"), labelled("y", s="1", e="f")], {"s": "1", "t": "1", "e": "f"},
            "y", id="what matches both sides is inhibited by the one source that does not",
        ),
    ],
)  # fmt: skip
def test_inhibition_among_several(rules: list[Inhibit], others: list[Alert], labels: dict[str, str], by: str) -> None:
    target = labelled("target", **labels)
    found = Inhibitions(rules, [target, *others]).of(target)
    assert (found.row if found else "") == (f"service:{by}" if by else "")


def test_what_is_inhibited_itself_inhibits() -> None:
    rules = [Inhibit(source=("rule=a",), target=("rule=b",)), Inhibit(source=("rule=b",), target=("rule=c",))]
    first, second, third = (one(rule, "critical") for rule in "abc")
    inhibitions = Inhibitions(rules, [first, second, third])
    assert [inhibitions.of(each) for each in (first, second, third)] == [None, first, second]
