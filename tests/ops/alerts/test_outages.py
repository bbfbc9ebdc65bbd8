"""Whole outages, from polls to what people are told: each told once, and nothing after it is over."""

from collections.abc import Callable

import pytest

from collectors.base import Entity, Outcome, Poll, Reading
from ops.alerts.look import look
from ops.alerts.structs import Alert
from ops.alerts.suppress import Context, held_back, stops
from ops.config.alerting import Alerting
from ops.config.quantity import Quantity
from ops.config.structs import Threshold
from ops.rows import TargetRows
from ops.verdicts.defaults import Thresholds
from tests.parts.boards import board
from tests.parts.targets import START, entity, target

NOTHING = Alerting()


def lived(is_good: Callable[[float], bool], length_s: int, every_s: int = 5) -> tuple[list[str], list[str]]:
    """What turned with an HTTP service polled that often, and which alerts people were told of, with their seconds."""
    spec = target("service", "api", interval=float(every_s))
    rows = TargetRows(spec, Thresholds(), START)
    alerts: dict[str, Alert] = {}
    turned: list[str] = []
    told: dict[str, Alert] = {}
    said: list[str] = []
    for second in range(1, length_s + 1):
        now = START + second
        if second % every_s == 0:
            facts = {"status": 200 if is_good(second) else 500, "total_s": 0.05}
            reading = Reading(entities=(entity("service", facts, "api"),))
            rows.take(Poll(target=spec.id, outcome="fresh", at=now, took_s=0.05, reading=reading), now)
        picture = board(*rows.rows, at=now)
        alerts, turns = look(picture, alerts, NOTHING, now)
        turned += [f"{second} {turn.kind} {turn.alert.rule}" for turn in turns if turn.kind in ("fired", "resolved")]
        context = Context(picture, alerts, (), NOTHING, now)
        loud = {key: one for key, one in alerts.items() if one.firing and not held_back(stops(one, context))}
        said += [f"{second} {one.rule}" for key, one in loud.items() if key not in told]
        told = {key: one for key, one in alerts.items() if one.firing and key in {**told, **loud}}
    return turned, said


def test_an_outage_of_a_minute_is_one_alert_and_nothing_comes_after() -> None:
    turned, told = lived(lambda second: not 60 <= second < 120, 900)
    assert turned == ["70 fired down", "145 resolved down"]
    assert told == ["70 down"]


def test_an_outage_of_ten_minutes_is_one_alert_too() -> None:
    turned, told = lived(lambda second: not 60 <= second < 660, 1800)
    assert turned == ["70 fired down", "685 resolved down"]
    assert told == ["70 down"]


def test_one_failure_in_four_is_an_error_rate_after_five_minutes() -> None:
    turned, told = lived(lambda second: second % 20 != 0, 700)
    rates = [line for line in told if line.endswith("error-rate")]
    assert len(rates) <= 1
    assert any("fired error-rate" in line for line in turned)
    assert len(told) <= 2


@pytest.mark.parametrize("every_s", [1, 2, 5], ids=["polled each second", "each two", "each five"])
def test_what_is_up_and_down_every_five_seconds_is_two_alerts_at_most(every_s: int) -> None:
    _, told = lived(lambda second: second // 5 % 2 == 0, 600, every_s)
    assert len(told) <= 2, told
    assert any("flapping" in line for line in told)


def test_a_single_failure_is_no_alert() -> None:
    assert lived(lambda second: second != 60, 900) == ([], [])


LIMITS = Thresholds((Threshold(metric="prometheus.figure.value_ratio", critical=Quantity(0.1)),))


@pytest.mark.parametrize(
    ("section", "part", "rule"),
    [
        pytest.param(
            "alertmanager", entity("alert", {"state": "active", "severity": "critical"}, "Gone"), "elsewhere",
            id="an alert of Alertmanager's",
        ),
        pytest.param(
            "prometheus", entity("prometheus.figure", {"value_ratio": 0.5, "series": 1}, "errors"), "trouble",
            id="a figure of Prometheus'",
        ),
    ],
)  # fmt: skip
def test_what_another_knew_stands_while_it_can_not_be_asked(section: str, part: Entity, rule: str) -> None:
    spec = target(section, "main", source_only=True)
    rows = TargetRows(spec, LIMITS, START)
    alerts: dict[str, Alert] = {}
    turned: list[str] = []
    for second in range(10, 7200, 10):
        now = START + second
        is_away = 120 <= second < 5000
        parts = (part,) if second < 6000 else ()
        reading = None if is_away else Reading(entities=(entity(section, {}, "main"), *parts))
        outcome: Outcome = "failed" if is_away else "fresh"
        rows.take(Poll(target=spec.id, outcome=outcome, at=now, took_s=0.1, reading=reading, error="refused"), now)
        rows.age(now)
        alerts, turns = look(board(*rows.rows, at=now), alerts, NOTHING, now)
        turned += [f"{second} {turn.kind} {turn.alert.rule}" for turn in turns if turn.kind in ("fired", "resolved")]
    assert turned == [f"10 fired {rule}", "200 fired dark", "5010 resolved dark", f"6000 resolved {rule}"]
