"""Alerts over time, look by look, case by case as Prometheus has them; and what restarts and clocks do to them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.alerts.states import GRACE_S, restored, step, unchanged
from ops.alerts.structs import Alert, Condition
from tests.parts.alerts import alert
from tests.parts.boards import NOW

KEY = "down/service:api"


def condition(**more: Any) -> Condition:
    """The same one each time, unless told otherwise."""
    given: dict[str, Any] = {
        "rule": "down",
        "row": "service:api",
        "severity": "critical",
        "summary": "no answer",
        "labels": {"row": "service:api", "target": "service:api"},
    }
    return Condition(**given | more)


def lived(looks: str, every_s: float = 30.0, **more: Any) -> tuple[Alert | None, list[str]]:
    """What became of an alert, and what was told with the number of its look.

    Each look is "t" (true), "f" (false), "u" (the row can't be read), "p" (the condition itself can't be).
    """
    alerts: dict[str, Alert] = {}
    told: list[str] = []
    for number, look in enumerate(looks):
        found = [condition(**more, unread=look == "p")] if look in "tp" else []
        unread = {"service:api"} if look == "u" else set()
        alerts, turns = step(alerts, found, NOW + number * every_s, unread)
        told.extend(f"{number} {turn.kind}" for turn in turns)
    return alerts.get(KEY), told


@pytest.mark.parametrize(
    ("looks", "more", "state", "told"),
    [
        pytest.param("t", {}, "firing", ["0 fired"], id="without for it fires at once"),
        pytest.param("t", {"hold_s": 60}, "pending", ["0 pending"], id="with for it waits"),
        pytest.param("tt", {"hold_s": 60}, "pending", ["0 pending"], id="and waits"),
        pytest.param("ttt", {"hold_s": 60}, "firing", ["0 pending", "2 fired"], id="and fires once that is over"),
        pytest.param("tf", {"hold_s": 60}, None, ["0 pending", "1 gone"], id="one false look ends what only waits"),
        pytest.param("tftt", {"hold_s": 60}, "pending", ["0 pending", "1 gone", "2 pending"], id="it waits anew"),
        pytest.param("tf", {}, "resolved", ["0 fired", "1 resolved"], id="one false look resolves what fires"),
        pytest.param("tff", {}, "resolved", ["0 fired", "1 resolved"], id="which is told once"),
        pytest.param("tft", {}, "firing", ["0 fired", "1 resolved", "2 fired"], id="and it fires again"),
        pytest.param("tf", {"keep_s": 60}, "firing", ["0 fired"], id="keep_firing_for begins at the first false look"),
        pytest.param("tff", {"keep_s": 60}, "firing", ["0 fired"], id="holds while less has gone by"),
        pytest.param("tfff", {"keep_s": 60}, "resolved", ["0 fired", "3 resolved"], id="and ends when it is over"),
        pytest.param("tfftff", {"keep_s": 60}, "firing", ["0 fired"], id="true again sets it back"),
        pytest.param(
            "tf", {"hold_s": 60, "keep_s": 60}, None, ["0 pending", "1 gone"], id="but what only waits is not kept"
        ),
        pytest.param(
            "tttft", {"hold_s": 60}, "pending", ["0 pending", "2 fired", "3 resolved", "4 pending"],
            id="what was resolved and is true again waits as if for the first time",
        ),
        pytest.param("tuuuu", {}, "firing", ["0 fired"], id="what can't be read is not over"),
        pytest.param("tuf", {}, "resolved", ["0 fired", "2 resolved"], id="until it is read again"),
        pytest.param("uu", {}, None, [], id="what can't be read does not begin"),
        pytest.param("pp", {}, None, [], id="nor does a condition that is not certain"),
        pytest.param("tpp", {}, "firing", ["0 fired"], id="nor does that end anything"),
        pytest.param("tuuut", {"hold_s": 90}, "pending", ["0 pending"], id="of what went unread only a minute counts"),
    ],
)  # fmt: skip
def test_states(looks: str, more: dict[str, Any], state: str | None, told: list[str]) -> None:
    alert, said = lived(looks, **more)
    assert (alert and alert.state, said) == (state, told)


def test_what_was_resolved_is_known_for_a_quarter_of_an_hour() -> None:
    assert lived("tf" + "f" * 30)[0] is not None
    assert lived("tf" + "f" * 31)[0] is None


def test_another_severity_is_told_with_the_one_before() -> None:
    alerts, _ = step({}, [condition(severity="warning")], NOW, ())
    alerts, turns = step(alerts, [condition(summary="worse")], NOW + 1, ())
    assert [(turn.kind, turn.before, turn.alert.severity) for turn in turns] == [("severity", "warning", "critical")]
    assert alerts[KEY].summary == "worse"
    assert alerts[KEY].active_at == NOW


def test_a_longer_for_resolves_what_fires_and_has_it_wait() -> None:
    alerts, _ = step({}, [condition()], NOW, ())
    alerts, turns = step(alerts, [condition(hold_s=60)], NOW + 30, ())
    assert [(turn.kind, turn.alert.state) for turn in turns] == [("resolved", "resolved"), ("pending", "pending")]
    alerts, turns = step(alerts, [condition(hold_s=60)], NOW + 60, ())
    assert [turn.kind for turn in turns] == ["fired"]


def test_a_longer_for_that_is_over_already_changes_nothing() -> None:
    alerts, _ = step({}, [condition()], NOW, ())
    for second in (20, 40, 60):
        alerts, _ = step(alerts, [condition()], NOW + second, ())
    _, turns = step(alerts, [condition(hold_s=60)], NOW + 61, ())
    assert turns == []


def test_a_shorter_for_fires_what_waited_for_long_enough() -> None:
    alerts, _ = step({}, [condition(hold_s=300)], NOW, ())
    alerts, turns = step(alerts, [condition(hold_s=300)], NOW + 30, ())
    assert turns == []
    _, turns = step(alerts, [condition(hold_s=60)], NOW + 60, ())
    assert [turn.kind for turn in turns] == ["fired"]


def test_the_incident_stays_with_its_alert() -> None:
    alerts, _ = step({}, [condition()], NOW, ())
    joined = Alert(
        **{name: getattr(alerts[KEY], name) for name in Alert.__struct_fields__}
        | {
            "incident": 42,
            "labels": {**alerts[KEY].labels, "incident": "42"},
        }
    )
    alerts, _ = step({KEY: joined}, [condition()], NOW + 1, ())
    assert (alerts[KEY].incident, alerts[KEY].labels["incident"]) == (42, "42")
    alerts, _ = step(alerts, [condition(hold_s=600)], NOW + 2, ())
    assert (alerts[KEY].state, alerts[KEY].incident) == ("pending", None)
    assert "incident" not in alerts[KEY].labels, "what waits anew belongs to none"


def test_parts_of_a_target_that_is_not_read_stand_though_nobody_sees_them() -> None:
    part = condition(row="container:local/web-1", labels={"target": "docker:local"})
    alerts, _ = step({}, [part], NOW, ())
    alerts, turns = step(alerts, [], NOW + 1, {"docker:local"})
    assert (turns, alerts[part.key].firing) == ([], True)
    alerts, turns = step(alerts, [], NOW + 2, ())
    assert [turn.kind for turn in turns] == ["resolved"]


@pytest.mark.parametrize("leap_s", [3600.0, -3600.0, 8 * 3600.0], ids=["an hour on", "an hour back", "asleep for 8 h"])
def test_a_clock_that_is_set_neither_fires_nor_ends(leap_s: float) -> None:
    waiting, firing = condition(rule="slow", hold_s=300), condition(keep_s=300)
    alerts, _ = step({}, [waiting, firing], NOW, ())
    alerts, _ = step(alerts, [waiting], NOW + 30, ())
    later = NOW + 60 + leap_s
    alerts, turns = step(alerts, [waiting], later, ())
    assert turns == []
    alerts, turns = step(alerts, [waiting], later + 30, ())
    assert turns == []
    for second in range(60, 301, 30):
        alerts, told = step(alerts, [waiting], later + second, ())
        turns += told
    assert sorted((turn.kind, turn.alert.rule) for turn in turns) == [("fired", "slow"), ("resolved", "down")]


def kept(**more: Any) -> Alert:
    """One that has waited for two minutes of twenty."""
    waits: dict[str, Any] = {"state": "pending", "active_at": NOW - 120, "fired_at": None, "hold_s": 1200.0}
    return alert(**waits | more)


@pytest.mark.parametrize(
    ("before", "outage_s", "rest_s"),
    [
        pytest.param(kept(), 60, 1080, id="it waits for the rest of its time"),
        pytest.param(kept(active_at=NOW - 900), 60, GRACE_S, id="or ten minutes, where that is less"),
        pytest.param(kept(hold_s=300.0), 60, 180, id="but not where it would not wait that long anyway"),
        pytest.param(kept(), 3600, 1080, id="also after an hour"),
        pytest.param(kept(), 3601, None, id="after more than an hour it is forgotten"),
        pytest.param(kept(), -600, 1080, id="a clock that was set back changes nothing"),
    ],
)
def test_waiting_over_a_restart(before: Alert, outage_s: float, rest_s: float | None) -> None:
    now = NOW + outage_s
    found = restored({KEY: before}, NOW, now).get(KEY)
    assert rest_s == (None if found is None else found.active_at + found.hold_s - now)


def test_what_fires_is_firing_after_any_outage() -> None:
    before = {KEY: kept(state="firing", fired_at=NOW - 60, hold_s=0.0)}
    after = restored(before, NOW, NOW + 86400)
    assert step(after, [], NOW + 86401, {"service:api"}) == (after, [])
    _, turns = step(after, [], NOW + 86401, ())
    assert [turn.kind for turn in turns] == ["resolved"]


def test_what_is_kept_firing_is_kept_for_the_rest_of_its_time_after_an_outage() -> None:
    before = {KEY: kept(state="firing", fired_at=NOW - 60, hold_s=0.0, keep_s=60.0, keep_since=NOW - 20)}
    after = restored(before, NOW, NOW + 7200)
    after, turns = step(after, [], NOW + 7200 + 39, ())
    assert turns == []
    _, turns = step(after, [], NOW + 7200 + 40, ())
    assert [turn.kind for turn in turns] == ["resolved"]


@pytest.mark.parametrize(
    ("ago_s", "known"), [(900, True), (901, False)], ids=["a quarter of an hour ago", "longer ago"]
)
def test_what_was_resolved_before_an_outage_is_known_as_long(ago_s: float, known: bool) -> None:
    before = {KEY: kept(state="resolved", fired_at=NOW - 60, resolved_at=NOW)}
    assert (KEY in restored(before, NOW, NOW + ago_s)) is known


def test_what_nobody_knows_the_time_of_is_not_waited_for() -> None:
    assert restored({KEY: kept()}, None, NOW) == {}


def test_what_was_only_looked_at_again_is_unchanged() -> None:
    assert unchanged(kept(), kept(seen_at=NOW + 5))
    assert not unchanged(kept(), kept(summary="worse"))
    assert not unchanged(None, kept())


@given(
    st.lists(st.tuples(st.sampled_from("tfup"), st.floats(-7200, 7200)), max_size=30),
    st.floats(0, 600),
    st.floats(0, 600),
)
def test_whatever_happens_it_is_told_in_turn(looks: list[tuple[str, float]], hold_s: float, keep_s: float) -> None:
    """Nothing fires twice without a resolve between, nothing is resolved that did not fire, and no time is ahead."""
    alerts: dict[str, Alert] = {}
    now, fires = NOW, False
    for look, later_s in looks:
        now += later_s
        found = [condition(hold_s=hold_s, keep_s=keep_s, unread=look == "p")] if look in "tp" else []
        alerts, turns = step(alerts, found, now, {"service:api"} if look == "u" else ())
        for turn in turns:
            assert turn.kind != "fired" or not fires
            assert turn.kind != "resolved" or fires
            fires = {"fired": True, "resolved": False}.get(turn.kind, fires)
        stands = alerts.get(KEY)
        assert fires == (stands is not None and stands.firing)
        assert stands is None or look in "up" or stands.active_at <= now
