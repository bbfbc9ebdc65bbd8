"""Whatever happens in whichever order: who was told that it began is told once that it is over."""

from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from collectors.units import Duration
from ops.config.alerting import Alerting, Escalation, EscalationStep, Route
from tests.parts.notices import DEFAULTS, FIRED, OVER, PAGER, SLACK, Floor, alert, incident

_STEPS = (EscalationStep(after=Duration(60), receivers=("pagerduty",)),)
_PAGED = Route(match=("severity=critical",), receivers=("pagerduty",), proceed=True)
CALLED_IN = Alerting(
    receivers=(SLACK, PAGER),
    escalations=(Escalation(name="up", steps=_STEPS, repeat=5),),
    route=Route(routes=(_PAGED, Route(receivers=("slack",), escalation="up"))),
)
"""Who hears of criticals is called in for the rest."""
TOGETHER = replace(CALLED_IN, route=replace(CALLED_IN.route, group_by=("kind",)))
"""The same, whatever the incident."""
ACTS = ("fire", "end", "silence", "unsilence", "warn", "ack", "unack", "restart", "wait", "close", "reopen")


@pytest.mark.parametrize("alerting", [DEFAULTS, CALLED_IN, TOGETHER], ids=["defaults", "called in", "together"])
@given(
    acts=st.lists(
        st.tuples(st.sampled_from(ACTS), st.sampled_from("abc"), st.sampled_from((1.0, 20.0, 40.0, 400.0, 1000.0))),
        max_size=30,
    )
)
@settings(max_examples=40, deadline=None)
def test_each_beginning_that_is_told_has_one_end(
    alerting: Alerting, acts: list[tuple[str, str, float]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    floor = Floor(tmp_path_factory.mktemp("floor"), alerting)
    floor.incidents[2] = incident(2)
    told: list[tuple[str, str, str]] = []

    def look() -> None:
        for message in floor.look().promised:
            # One that was promised in this look may have given way to a newer one of the same look.
            if floor.box.begin(message.id) is None:
                kept = floor.box.message(message.id)
                assert kept is not None
                assert kept.state == "dropped"
            else:
                told.append((message.receiver, message.group, message.action))

    for act, name, wait_s in acts:
        _do(floor, act, name)
        look()
        floor.now += wait_s
        look()
    floor.alerts = {}
    for _ in range(5):
        look()
        floor.now += 400
    assert floor.look().groups == {}
    assert floor.look().records == {}
    floor.close()
    for receiver, group in {(one[0], one[1]) for one in told}:
        actions = [action for who, what, action in told if (who, what) == (receiver, group)]
        fires = False
        for action in actions:
            assert fires or action in (FIRED, "escalated"), (receiver, actions)
            fires = action != OVER
        assert not fires, (receiver, actions)
    if alerting is CALLED_IN:
        _told_as_one(told)


def _told_as_one(told: Iterable[tuple[str, str, str]]) -> None:
    """At any time a receiver knows of one group of an incident at most."""
    open_now: set[tuple[str, str]] = set()
    for receiver, group, action in told:
        (open_now.discard if action == OVER else open_now.add)((receiver, group))
        counted = Counter((who, group.partition("{")[2]) for who, group in open_now)
        assert set(counted.values()) <= {1}, told


def _do(floor: Floor, act: str, name: str) -> None:
    key = f"down/service:{name}"
    if act in ("fire", "warn"):
        floor.fire(alert(name, "critical" if act == "fire" else "warning", incident=2 if name == "c" else 1))
    elif act == "end":
        floor.end(name)
    elif act == "silence":
        floor.quiet[key] = "silenced"
    elif act == "unsilence":
        floor.quiet.pop(key, None)
    elif act == "restart":
        floor.close()
        floor.open()
    elif act in ("ack", "unack", "close", "reopen"):
        states = {"ack": "acknowledged", "unack": "triggered", "close": "resolved", "reopen": "triggered"}
        floor.incidents[1] = incident(state=states[act], acked_by="ann")
