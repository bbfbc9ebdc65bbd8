"""The page of incidents names rules, settings, receivers, commands and keys as they are; its examples are right."""

import re
from typing import get_args

import msgspec
import pytest

from collectors.units import Duration
from ops.alerts.built_in import BUILT_IN
from ops.alerts.structs import SEVERITIES, Stage
from ops.alerts.templates import FIELDS
from ops.config.alerting import (
    AlertRule,
    Escalation,
    EscalationStep,
    IncidentSettings,
    Inhibit,
    MonitorSettings,
    OnCall,
    PriorityRule,
    Quiet,
    Receiver,
    Route,
)
from ops.config.decode import decode
from ops.config.receivers import TEMPLATE_FIELDS
from ops.incidents.fold import RESPOND_S
from ops.incidents.structs import PRIORITIES, IncidentState
from ops.notify.plan import LEVELS, STEP_S, plan_of
from ops.notify.routes import INTERVAL_S, REPEAT_S, WAIT_S, routes_of
from tests.house.examples import configs, page
from tests.house.told import check_commands, options, parser_of, section, table, untold_keys

PAGE = page("docs/incidents.md")
EXAMPLES = "\n".join(configs("docs/incidents.md"))
TARGETS = """
[[service]]
name = "checkout"
url = "http://127.0.0.1:8000/"
"""
STRUCTS = (AlertRule, Inhibit, Quiet, Receiver, Route, Escalation, EscalationStep, OnCall, IncidentSettings,
           PriorityRule, MonitorSettings)  # fmt: skip
COMMANDS = ("incident", "alerts", "notify")


def seconds(text: str) -> float:
    """A length of time in a cell; nothing is 0."""
    return float(Duration.parse(text.replace(" ", ""))) if text else 0.0


def test_every_built_in_rule_stands_there_as_it_is_in_its_order() -> None:
    told = table(PAGE, 6, "rule")
    assert list(told) == [rule.name for rule in BUILT_IN]
    for rule in BUILT_IN:
        _, means, looks_at, severity, hold, keep = told[rule.name]
        assert means
        named = [part for part in (rule.row.replace("*", "", rule.row == "*"), rule.check, rule.state) if part]
        assert re.findall(r"`([^`]+)`", looks_at) == named
        assert severity == (rule.severity or "as the level")
        assert (seconds(hold), seconds(keep)) == (float(rule.hold or 0), float(rule.keep_firing or 0)), rule.name


def test_every_stage_state_and_priority_is_told() -> None:
    assert list(table(PAGE, 2, "stage")) == list(get_args(Stage))
    assert list(table(PAGE, 2, "state")) == list(get_args(IncidentState))
    told = {name: seconds(cells[2]) for name, cells in table(PAGE, 3, "priority").items()}
    assert told == {priority: RESPOND_S[priority] for priority in PRIORITIES}


@pytest.mark.parametrize("struct", STRUCTS)
def test_every_setting_is_named(struct: type[msgspec.Struct]) -> None:
    names = {field.encode_name for field in msgspec.structs.fields(struct)}
    assert not {name for name in names if not re.search(rf"`{name}`|\b{name} = |[ ,]{name}[ ,;`\n]", PAGE)}


def test_every_kind_of_receiver_is_told_with_whom_it_tells() -> None:
    told = table(PAGE, 4, "kind")
    assert {kind: tuple(cells[2].split(", ")) for kind, cells in told.items()} == dict(LEVELS)


def test_every_field_and_label_is_told() -> None:
    assert not {name for name in (*TEMPLATE_FIELDS, *FIELDS) if f"`{{{name}}}`" not in PAGE}
    assert not {name for name in ("rule", "row", "kind", "name", "severity", "target", "host", "service",
                                  "environment", "receiver", "incident") if f"`{name}`" not in PAGE}  # fmt: skip


def test_routes_wait_as_they_are_said_to() -> None:
    told = table(PAGE, 3, "setting of `[route]` and `[[route.routes]]`")
    assert [told[name][2] for name in ("group_wait", "group_interval", "repeat")] == ["30 s, criticals 0", "5m", "4h"]
    assert (WAIT_S, INTERVAL_S, REPEAT_S, STEP_S) == (30, 300, 4 * 3600, 900)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_told_and_no_other_with_options_that_are_there(name: str) -> None:
    check_commands(PAGE, name)


def test_every_option_of_the_monitor_is_told_and_no_other() -> None:
    lines = [line for line in section(PAGE, "The monitor").splitlines() if line.startswith("| `--")]
    told = {option for line in lines for option in re.findall(r"--[a-z-]+", line)}
    assert told == options(parser_of("monitor")) - {"-h", "--help", "--config"}


def test_every_key_of_incidents_and_of_the_war_room_is_told() -> None:
    untold = untold_keys(PAGE, ("incident", "incidents", "room", "postmortem"), "app.incidents", "app.room")
    assert untold <= {"incidents.back", "room.back", "room.page_down", "room.page_up"}, "as everywhere"


def test_its_examples_are_one_right_config() -> None:
    config = decode(TARGETS + EXAMPLES, "incidents.md").config
    assert not config.notes
    alerting = config.alerting
    assert {receiver.kind for receiver in alerting.receivers} == set(LEVELS)
    assert [rule.name for rule in alerting.rules] == ["down", "checkout-slow"]
    assert alerting.incidents.respond == {"P1": Duration(600)}
    assert float(alerting.monitor.every) == 60
    waits = {
        severity: {way.wait_s for way in routes_of({"severity": severity}, plan_of(alerting).route)}
        for severity in SEVERITIES
    }
    assert waits == {"info": {30.0}, "warning": {30.0}, "critical": {0.0}}, "as the example says"
