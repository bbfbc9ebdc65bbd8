"""Whatever happens in whichever order: who was told that it began is told once that it is over."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.parts.notices import DEFAULTS, FIRED, OVER, Floor, alert, incident

ACTS = ("fire", "end", "silence", "unsilence", "warn", "ack", "unack", "restart", "wait", "close", "reopen")


@given(
    acts=st.lists(
        st.tuples(st.sampled_from(ACTS), st.sampled_from("abc"), st.sampled_from((1.0, 20.0, 40.0, 400.0, 1000.0))),
        max_size=30,
    )
)
@settings(max_examples=40, deadline=None)
def test_each_beginning_that_is_told_has_one_end(
    acts: list[tuple[str, str, float]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    floor = Floor(tmp_path_factory.mktemp("floor"), DEFAULTS)
    told: list[tuple[str, str, str]] = []

    def look() -> None:
        for message in floor.look().promised:
            if message.state != "dropped":
                assert floor.box.begin(message.id)
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


def _do(floor: Floor, act: str, name: str) -> None:
    key = f"down/service:{name}"
    if act in ("fire", "warn"):
        floor.fire(alert(name, "critical" if act == "fire" else "warning"))
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
