"""Tests of what moments come to."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ops.incidents.fold import ALERTS, after, fold
from ops.incidents.structs import Incident, Moment
from tests.parts.boards import NOW
from tests.parts.moments import alert, moment, opened

WARNED = [opened("P3"), alert("warning")]
DOWN = [opened("P1"), alert("critical")]
ACKED = [*DOWN, moment("ack", 60, "alice")]


@pytest.mark.parametrize(
    ("moments", "expected"),
    [
        pytest.param(
            DOWN,
            {"state": "triggered", "respond_by": NOW + 900, "began_at": NOW - 30, "triggered_at": NOW},
            id="what is opened waits, and has the priority's time to respond",
        ),
        pytest.param(
            [opened("P1", respond_s="60.0")], {"respond_by": NOW + 60}, id="the config's time goes before the usual one"
        ),
        pytest.param(
            ACKED,
            {
                "state": "acknowledged",
                "acked_by": "alice",
                "assignee": "alice",
                "respond_by": None,
                "acked_at": NOW + 60,
            },
            id="who acknowledges has it, and the clock stands",
        ),
        pytest.param(
            [*DOWN, moment("assign", 5, "bob", to="bob"), moment("ack", 60, "alice")],
            {"acked_by": "alice", "assignee": "bob"},
            id="an acknowledgement takes it from nobody",
        ),
        pytest.param(
            [*WARNED, moment("ack", 60, "alice"), alert("critical", 90, "postgres:shop")],
            {"state": "triggered", "acked_by": "", "respond_by": NOW + 90 + 14400, "triggered_at": NOW + 90},
            id="a graver alert takes an acknowledgement back",
        ),
        pytest.param(
            [*ACKED, alert("critical", 90, "postgres:shop")],
            {"state": "acknowledged", "acked_by": "alice"},
            id="an alert as grave leaves the acknowledgement",
        ),
        pytest.param(
            [*ACKED, alert("", 70), alert("critical", 90)],
            {"state": "acknowledged"},
            id="where nothing fired before, nothing is graver",
        ),
        pytest.param(
            [*WARNED, moment("ack", 60, "alice"), moment("priority", 70, "bob", priority="P1")],
            {"state": "triggered", "priority": "P1", "respond_by": NOW + 970, "prioritized_by": "bob", "escalation": 0},
            id="a graver priority takes an acknowledgement back",
        ),
        pytest.param(
            [*ACKED, moment("priority", 70, "bob", priority="P4")],
            {"state": "acknowledged", "priority": "P4", "respond_by": None},
            id="a lighter priority leaves the acknowledgement",
        ),
        pytest.param(
            [*DOWN, moment("priority", 100, priority="P2")],
            {"respond_by": NOW + 3600, "prioritized_by": ""},
            id="a lighter priority has its time from the beginning on",
        ),
        pytest.param(
            [*WARNED, moment("priority", 14_000, priority="P1")],
            {"respond_by": NOW + 14_400},
            id="a graver priority never gives more time than there was",
        ),
        pytest.param(
            [*ACKED, moment("escalated", 65), moment("unack", 600)],
            {"state": "triggered", "acked_by": "", "acked_at": NOW + 60, "respond_by": NOW + 1500, "escalation": 0},
            id="one that expires waits and escalates anew; the first answer stays the first",
        ),
        pytest.param(
            [*ACKED, moment("mitigated", 70, "alice"), moment("unack", 600)],
            {"state": "mitigated", "acked_by": "", "respond_by": None},
            id="one that expires gives back the state before",
        ),
        pytest.param(
            [*ACKED, moment("mitigated", 70, "alice"), moment("ack", 80, "bob")],
            {"state": "mitigated", "acked_by": "bob", "acked_at": NOW + 60},
            id="what is mitigated stays so when it is acknowledged",
        ),
        pytest.param(
            [*WARNED, moment("mitigated", 70, "alice"), alert("critical", 80)],
            {"state": "triggered", "mitigated_at": None},
            id="what gets graver is mitigated no more",
        ),
        pytest.param(
            [*DOWN, moment("resolved", 300, "alice", false_positive="yes")],
            {
                "state": "resolved",
                "resolved_at": NOW + 300,
                "resolved_by": "alice",
                "false_positive": True,
                "alerts": {"down/service:api": ""},
            },
            id="a false alarm is over as such",
        ),
        pytest.param(
            [*DOWN, moment("resolved", 300), moment("resolved", 400, "bob"), moment("ack", 500, "bob")],
            {"state": "resolved", "resolved_at": NOW + 300, "resolved_by": "", "acked_by": ""},
            id="what is over is over once",
        ),
        pytest.param(
            [*ACKED, moment("resolved", 300, "alice", false_positive="yes"), moment("reopened", 400)],
            {
                "state": "triggered",
                "resolved_at": None,
                "resolved_by": "",
                "false_positive": False,
                "reopened": 1,
                "acked_by": "",
                "assignee": "alice",
                "respond_by": NOW + 1300,
            },
            id="what is reopened waits for somebody again, and is who had it's",
        ),
        pytest.param(
            [*DOWN, moment("reopened", 10)], {"state": "triggered", "reopened": 0}, id="what goes on is not reopened"
        ),
        pytest.param(
            [*DOWN, moment("mitigated", 10), moment("reopened", 20)],
            {"state": "triggered", "reopened": 0},
            id="what hurts again waits again, though it was never over",
        ),
        pytest.param(
            [*DOWN, moment("merged", 10, "alice", into="7")],
            {"merged_into": 7, "respond_by": None},
            id="what is part of another waits for nobody",
        ),
        pytest.param(
            [*DOWN, alert("warning", 5, "redis:cache"), moment("split", 9, alert="down/service:api")],
            {"alerts": {"down/redis:cache": "warning"}, "rows": ("redis:cache",)},
            id="what is taken out is gone with its row",
        ),
        pytest.param(
            [*DOWN, moment("role", 5, role="lead", to="alice"), moment("role", 6, role="lead", to="bob")],
            {"roles": {"lead": "bob"}},
            id="a role is one person's",
        ),
        pytest.param(
            [*DOWN, moment("change", 5, place="0"), replace(moment("change", 6, place="0"), text="nearer")],
            {"changed": ("nearer", "change it is")},
            id="what is nearer goes before",
        ),
        pytest.param(
            [*DOWN, moment("link", 5, url="https://a"), moment("link", 6, url="https://a")],
            {"links": ("https://a",)},
            id="an address is there once",
        ),
        pytest.param(
            [*DOWN, moment("title", 5, "bob", title="the shop is down"), moment("cause", 6, row="postgres:shop")],
            {"title": "the shop is down", "titled_by": "bob", "cause": "cause it is", "cause_row": "postgres:shop"},
            id="a person's title is known as such",
        ),
        pytest.param(
            [*DOWN, alert("critical", -3600, "postgres:shop")],
            {"opened_at": NOW, "began_at": NOW - 30, "last": 3},
            id="a clock that is set back changes nothing of what was",
        ),
    ],
)
def test_moments_come_to(moments: Sequence[Moment], expected: Mapping[str, object]) -> None:
    incident = fold(numbered(moments))

    assert {name: getattr(incident, name) for name in expected} == expected


def numbered(moments: Sequence[Moment]) -> list[Moment]:
    return [replace(one, id=number) for number, one in enumerate(moments, 1)]


def test_an_incident_begins_with_what_opens_it() -> None:
    with pytest.raises(ValueError, match='does not begin with "opened"'):
        fold([moment("note")])
    with pytest.raises(ValueError, match="without a moment"):
        fold([])


def test_of_very_many_alerts_those_that_are_over_are_forgotten_first() -> None:
    incident = fold([opened(), alert("critical"), alert("", row="service:old")])
    for number in range(ALERTS):
        incident = after(incident, alert("warning", row=f"service:{number}"))

    assert len(incident.alerts) == ALERTS
    assert "down/service:old" not in incident.alerts
    assert "down/service:1999" in incident.alerts


KINDS = st.sampled_from(
    [
        *(alert(severity, row=row) for severity in ("", "info", "warning", "critical") for row in ("a:b", "c:d")),
        *(moment("ack", by=by, until=until) for by in ("alice", "bob") for until in ("", repr(NOW + 50), "never")),
        *(moment("priority", by=by, priority=f"P{level}") for by in ("", "alice") for level in range(6)),
        *(moment(kind, by="bob") for kind in ("unack", "mitigated", "resolved", "reopened", "note", "escalated")),
        moment("split", alert="down/a:b"),
        moment("merged", into="9"),
    ]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(KINDS, st.floats(-5000, 5000)), max_size=25))
def test_whatever_happens_an_incident_is_in_one_sound_state(steps: list[tuple[Moment, float]]) -> None:
    moments = numbered([opened(), *(replace(one, at=NOW + moved) for one, moved in steps)])
    incident: Incident | None = None
    first_ack = None
    for one in moments:
        incident = after(incident, one)
        first_ack = incident.acked_at if first_ack is None else first_ack
        assert incident.acked_at == first_ack
        assert (incident.resolved_at is None) == (incident.state != "resolved")
        assert incident.state != "acknowledged" or incident.acked_by
        assert incident.state != "triggered" or (not incident.acked_by and incident.mitigated_at is None)
        assert (incident.respond_by is None) or incident.state == "triggered"
        assert incident.last == one.id
        assert incident.state != "resolved" or not incident.firing
        assert incident.open == (incident.state != "resolved" and incident.merged_into is None)
    assert incident == fold(moments)
