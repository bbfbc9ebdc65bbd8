"""What is true of a Board: which rule has which check, with which severity, and what is only uncertain."""

from typing import Any

import pytest

from collectors.units import Duration
from ops.alerts.beside import beside
from ops.alerts.built_in import BUILT_IN, merged
from ops.alerts.rules import conditions, unread
from ops.alerts.structs import Condition
from ops.board import Check, Level, Row
from ops.config.alerting import AlertRule
from tests.parts.boards import NOW, board, budget, check, row

DOWN = AlertRule(name="down", severity="warning", hold=Duration(60))


def ill(row_id: str, *checks: Check, **more: Any) -> Row:
    """A row that is as bad as its first check."""
    worst = checks[0]
    return row(row_id, checks=checks, **{"level": worst.level, "word": worst.word, "reason": worst.text} | more)


def pending(metric: str, level: Level, word: str = "failing") -> Check:
    """A verdict that is not certain yet."""
    return Check(id=metric, level=level, word=word, text="perhaps", since=NOW, pending=True)


def found(*rows: Row, rules: tuple[AlertRule, ...] = (), **more: Any) -> list[Condition]:
    """The conditions of a Board of these rows."""
    return conditions(board(*rows, **more), rules)


@pytest.mark.parametrize(
    ("row_id", "metric", "level", "rule", "severity", "hold_s"),
    [
        pytest.param("service:api", "service.reach", "critical", "down", "critical", 0, id="service down"),
        pytest.param("postgres:shop", "postgres.reach", "critical", "database-down", "critical", 0, id="database gone"),
        pytest.param("redis:cache", "redis.reach", "critical", "cache-down", "critical", 0, id="cache gone"),
        pytest.param("service:api", "service.error_percent", "critical", "error-rate", "critical", 300, id="5 % fail"),
        pytest.param("service:api", "service.error_percent", "warning", "error-rate", "warning", 300, id="2 % fail"),
        pytest.param("access_log:a", "access_log.errors_percent", "critical", "error-rate", "critical", 300, id="log"),
        pytest.param("service:api", "service.total_s", "critical", "slow", "critical", 600, id="slow answers"),
        pytest.param("access_log:web", "access_log.p95_s", "warning", "slow-requests", "warning", 600, id="p95"),
        pytest.param("host:db1", "host.memory_percent", "warning", "memory", "warning", 60, id="memory"),
        pytest.param("host:db1", "host.cpu_percent", "warning", "cpu", "warning", 120, id="CPU"),
        pytest.param("host:db1", "host.load_per_core", "warning", "load", "warning", 120, id="load per core"),
        pytest.param("host.disk:db1/root", "host.disk.percent", "critical", "disk-full", "critical", 0, id="disk"),
        pytest.param("queue:cache/mail", "queue.ready", "warning", "queue-backlog", "warning", 0, id="backlog"),
        pytest.param("container:local/web", "container.health", "critical", "container-unhealthy", "critical", 0,
                     id="unhealthy"),
        pytest.param("prometheus:main", "prometheus.reach", "unknown", "dark", "warning", 60, id="a source gone dark"),
        pytest.param("drift:web-1", "drift.critical", "critical", "significant-drift", "critical", 0, id="much drift"),
        pytest.param("drift:web-1", "drift.warning", "warning", "small-drift", "warning", 0, id="some drift"),
        pytest.param("git_repo:site", "git.dirty", "warning", "drift", "warning", 0, id="drift"),
        pytest.param("exec:nightly-backup", "exec.exit_code", "critical", "backup-overdue", "critical", 0, id="backup"),
        pytest.param("exec:raid", "exec.exit_code", "warning", "check-failed", "warning", 0, id="a check of one's own"),
        pytest.param("alert:main/Watchdog", "alert.state", "critical", "elsewhere", "critical", 0, id="elsewhere"),
        pytest.param("tcp:smtp", "tcp.connect_s", "critical", "trouble", "critical", 0, id="whatever else is wrong"),
    ],
)  # fmt: skip
def test_the_built_in_rules(row_id: str, metric: str, level: Level, rule: str, severity: str, hold_s: float) -> None:
    (condition,) = found(ill(row_id, check(metric, level, "it is so")))
    assert (condition.rule, condition.severity, condition.hold_s) == (rule, severity, hold_s)
    assert (condition.key, condition.summary, condition.unread) == (f"{rule}/{row_id}", "it is so", False)
    assert condition.runbook


def test_every_built_in_rule_says_what_to_do() -> None:
    assert all(rule.runbook for rule in BUILT_IN)
    assert len({rule.name for rule in BUILT_IN}) == len(BUILT_IN)


def test_what_is_well_is_no_condition() -> None:
    assert found(row("service:api"), row("host:db1")) == []


def test_labels_say_what_it_is() -> None:
    down = ill("service:api", check("service.reach", "critical", "no answer"), host="web1")
    (condition,) = found(down, environment="production")
    assert condition.labels == {
        "rule": "down",
        "row": "service:api",
        "kind": "service",
        "name": "api",
        "severity": "critical",
        "target": "service:api",
        "host": "web1",
        "service": "api",
        "environment": "production",
    }


def test_an_alert_about_a_receiver_says_about_which() -> None:
    mute = ill("notify:slack", check("notify.delivery", "warning", "slack has not taken it"))
    (condition,) = found(mute)
    assert (condition.rule, condition.severity, condition.labels["receiver"]) == ("undelivered", "warning", "slack")


def test_each_check_has_its_alert_and_no_check_has_two() -> None:
    told = found(
        ill(
            "host:db1",
            check("host.memory_percent", "critical", "97 %"),
            check("host.cpu_percent", "warning", "83 %"),
            check("host.zombies", "warning", "12 zombies"),
            check("host.swap_percent", "ok", "0 %"),
        )
    )
    assert [(condition.rule, condition.summary) for condition in told] == [
        ("cpu", "83 %"),
        ("memory", "97 %"),
        ("zombies", "12 zombies"),
    ]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        pytest.param([], [("down", "critical", 0.0)], id="the built-in rule"),
        pytest.param([DOWN], [("down", "warning", 60.0)], id="which the config gives another severity and for"),
        pytest.param([AlertRule(name="down", off=True)], [], id="or switches off, and no other takes its place"),
        pytest.param([AlertRule(name="down", hold=Duration(0))], [("down", "critical", 0.0)], id="a for of nothing"),
        pytest.param(
            [AlertRule(name="api", row="service:api")], [("api", "critical", 0.0)], id="an own rule of the row is first"
        ),
        pytest.param(
            [AlertRule(name="api", row="service:api", off=True)], [("down", "critical", 0.0)], id="unless it is off"
        ),
        pytest.param(
            [AlertRule(name="web", row="service:web")], [("down", "critical", 0.0)], id="or about another row"
        ),
        pytest.param(
            [AlertRule(name="gone", check="*.reach", severity="info")],
            [("down", "critical", 0.0)],
            id="a built-in rule keeps its place among the others",
        ),
        pytest.param(
            [AlertRule(name="a", check="*.reach"), AlertRule(name="b", check="service.*")],
            [("a", "critical", 0.0)],
            id="the first own rule of a check",
        ),
        pytest.param([AlertRule(name="full", state="full")], [("down", "critical", 0.0)], id="another state"),
        pytest.param([AlertRule(name="bad", state="bad")], [("bad", "critical", 0.0)], id="the state by its word"),
        pytest.param([AlertRule(name="dim", level="unknown")], [("down", "critical", 0.0)], id="unknown is another"),
    ],
)
def test_a_config_s_own_rules(rules: list[AlertRule], expected: list[tuple[str, str, float]]) -> None:
    told = found(ill("service:api", check("service.reach", "critical", "no answer")), rules=tuple(rules))
    assert [(condition.rule, condition.severity, condition.hold_s) for condition in told] == expected


def test_merging_twice_is_as_once() -> None:
    once = merged((DOWN, AlertRule(name="own")))
    assert merged(once) == once
    assert once[0].name == "own"


def test_a_state_can_be_told_of_what_is_well() -> None:
    rules = (AlertRule(name="paused", state="paused", summary="{name} on {host} {reason} {nothing}"),)
    (condition,) = found(row("queue:cache/mail", word="paused", host="db1"), rules=rules)
    assert (condition.rule, condition.severity) == ("paused", "info")
    assert condition.summary == "mail@db1 on db1  {nothing}"


@pytest.mark.parametrize("word", ["failing", "recovering"])
def test_what_is_not_certain_neither_begins_nor_ends(word: str) -> None:
    told = found(ill("service:api", pending("service.reach", "warning", word)))
    assert told
    assert all(condition.unread for condition in told)
    assert "down/service:api" in {condition.key for condition in told}


def test_a_worse_level_that_only_waits_does_not_hide_what_counts_elsewhere() -> None:
    told = found(
        ill("host:db1", pending("host.cpu_percent", "warning", "busy"), check("host.memory_percent", "warning", "88 %"))
    )
    assert [condition.rule for condition in told if not condition.unread] == ["memory"]


def test_parts_that_go_stale_with_their_target_are_no_trouble_of_their_own() -> None:
    engine = ill("docker:local", check("docker.reach", "unknown", "no answer", "unreachable"), stale=True)
    part = ill(
        "container:local/web",
        check("container.reach", "unknown", "could not be read", "stale"),
        target="docker:local",
        stale=True,
    )
    assert [condition.key for condition in found(engine, part)] == ["dark/docker:local"]
    asked = found(engine, part, rules=(AlertRule(name="unseen", row="container:*", level="unknown"),))
    assert [condition.key for condition in asked] == ["dark/docker:local", "unseen/container:local/web"]
    assert unread(board(engine, part)) == {"docker:local", "container:local/web"}


def test_what_was_not_read_yet_is_unread_and_nothing_else() -> None:
    waiting = row("service:api", level="unknown", word="waiting", at=None)
    assert found(waiting) == []
    assert unread(board(waiting)) == {"service:api"}


def test_a_flapping_row_has_one_more_alert_and_keeps_its_own() -> None:
    flaps = ill(
        "service:api",
        check("service.reach", "critical", "no answer"),
        flapping=True,
        word="flapping",
        reason="by turns",
    )
    assert {(told.rule, told.severity) for told in found(flaps)} == {("flapping", "warning"), ("down", "critical")}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        pytest.param({"burn": 0.4}, [], id="nothing burns"),
        pytest.param({"burn": 20.0}, [("burn-page", "critical")], id="it burns fast"),
        pytest.param({"burn": 3.5, "alert": "ticket"}, [("burn-ticket", "warning")], id="it burns slowly"),
        pytest.param({"left": -0.1, "burn": 2.0}, [("slo-breached", "critical")], id="nothing is left and it goes on"),
        pytest.param({"left": -0.1, "burn": 0.5}, [], id="nothing is left but it recovers"),
    ],
)
def test_error_budgets(more: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    told = found(row("service:api"), budgets=(budget("api", **more),))
    assert [(condition.rule, condition.severity) for condition in told] == expected
    assert all(condition.labels["target"] == "service:api" for condition in told)
    assert all(condition.labels["service"] == "api" for condition in told)


def test_a_budget_of_which_too_little_is_known_is_unread() -> None:
    fresh = board(row("service:api"), budgets=(budget("api", burn=100.0, known_s=10.0),))
    assert conditions(fresh, ()) == []
    assert unread(fresh) == {"slo:api availability"}
    assert [told.depends_on for told in beside(fresh) if told.kind == "slo"] == [("service:api",)]


def test_a_floor_that_can_t_record_says_so() -> None:
    (condition,) = found(row("service:api"), recording="disk full, not recording")
    assert (condition.key, condition.severity) == ("not-recording/floor:shop", "warning")
