"""Storms: when one breaks out, what is of it, and when it is over."""

import pytest

from ops.alerts.look import look
from ops.alerts.storm import Storm, is_of, storm_of
from ops.board import Cause
from ops.config.alerting import Alerting, AlertRule, IncidentSettings
from tests.parts.alerts import alert
from tests.parts.boards import NOW, board, check, row


@pytest.mark.parametrize(
    ("ages", "storm"),
    [
        pytest.param([], None, id="nothing fires"),
        pytest.param([0, 0, 0], None, id="as many as may be"),
        pytest.param([0, 0, 0, 0], Storm(NOW, 4), id="one more"),
        pytest.param([60, 40, 20, 0], Storm(NOW - 60, 4), id="within a minute"),
        pytest.param([61, 40, 20, 0], None, id="in more than a minute"),
        pytest.param([300, 300, 300, 300], Storm(NOW - 300, 4), id="five minutes ago"),
        pytest.param([301, 301, 301, 301], None, id="it is over after five minutes"),
        pytest.param([200, 200, 200, 200, 5], Storm(NOW - 200, 5), id="what comes later is of it"),
        pytest.param([590] * 4 + [295] * 4 + [1], Storm(NOW - 590, 9), id="one that goes on is the same"),
        pytest.param([800] * 4 + [10] * 4, Storm(NOW - 10, 4), id="one after calm is another"),
        pytest.param([900, 10, 10, 10, 10], Storm(NOW - 10, 4), id="what was before is not of it"),
    ],
)
def test_storms(ages: list[float], storm: Storm | None) -> None:
    alerts = [alert(f"service:{number}", fired_at=NOW - age) for number, age in enumerate(ages)]
    assert storm_of(alerts, 3, NOW) == storm


def test_what_only_waits_is_of_no_storm() -> None:
    waiting = [alert(f"service:{number}", state="pending", fired_at=None) for number in range(9)]
    assert storm_of(waiting, 3, NOW) is None
    assert not is_of(waiting[0], Storm(NOW - 60, 9))


def test_a_storm_is_one_more_alert_from_the_look_on_at_which_it_breaks_out() -> None:
    checks = (check("service.reach", "critical", "no answer"),)
    rows = [row(f"service:{number}", level="critical", word="down", checks=checks) for number in range(5)]
    alerting = Alerting(incidents=IncidentSettings(storm=3))
    cause = Cause(row="postgres:shop", text="postgres shop is down", affected=())
    alerts, turns = look(board(*rows, causes=(cause,)), {}, alerting, NOW)
    assert [turn.alert.rule for turn in turns] == ["down"] * 5 + ["storm"]
    assert alerts["storm/floor:shop"].summary == "5 alerts fired at once; likely cause: postgres shop is down"
    alerts, turns = look(board(*rows), alerts, alerting, NOW + 50)
    assert turns == []
    for second in range(100, 301, 50):
        alerts, turns = look(board(*rows), alerts, alerting, NOW + second)
    assert turns == []
    alerts, turns = look(board(*rows), alerts, alerting, NOW + 301)
    assert [(turn.kind, turn.alert.rule) for turn in turns] == [("resolved", "storm")]


def test_a_config_says_how_grave_a_storm_is_or_that_there_is_none() -> None:
    checks = (check("service.reach", "critical", "no answer"),)
    picture = board(*(row(f"service:{number}", level="critical", checks=checks) for number in range(5)))
    for rule, expected in (
        (AlertRule(name="storm", severity="warning"), ["warning"]),
        (AlertRule(name="storm", off=True), []),
    ):
        alerts, _ = look(picture, {}, Alerting(rules=(rule,), incidents=IncidentSettings(storm=3)), NOW)
        assert [one.severity for one in alerts.values() if one.rule == "storm"] == expected
