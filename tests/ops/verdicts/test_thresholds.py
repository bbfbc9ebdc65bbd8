"""Thresholds: the built-in ones, whose wins, and how figures become levels."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.base import Value
from collectors.units import Duration
from ops.board import Level
from ops.config.quantity import Quantity
from ops.config.structs import Threshold
from ops.verdicts.defaults import Thresholds, built_in
from ops.verdicts.findings import findings, level_of
from tests.parts.targets import entity, target


def limits(metric: str, warning: float | None, critical: float | None, row: str = "*", hold: float = 0.0) -> Threshold:
    """A user's threshold."""
    return Threshold(
        metric=metric,
        warning=None if warning is None else Quantity(warning),
        critical=None if critical is None else Quantity(critical),
        row=row,
        hold=Duration(hold),
    )


@pytest.mark.parametrize(
    ("metric", "warning", "critical"),
    [
        pytest.param("service.total_s", 0.2, 0.5, id="response time"),
        pytest.param("host.cpu_percent", 80, 90, id="CPU usage"),
        pytest.param("host.memory_percent", 85, 95, id="memory usage"),
        pytest.param("host.disk.percent", 85, 95, id="disk usage"),
        pytest.param("postgres.connections_percent", 80, 95, id="database connections"),
        pytest.param("service.error_percent", 2, 5, id="error rate"),
        pytest.param("queue.ready", 1000, 10000, id="queue backlog"),
        pytest.param("postgres.longest_idle_in_transaction_s", 60, 300, id="idle in transaction"),
        pytest.param("service.cert_days", 14, 1, id="days of a certificate"),
    ],
)
def test_the_built_in_table(metric: str, warning: float, critical: float) -> None:
    found = next(threshold for threshold in built_in() if threshold.metric == metric)
    assert (found.warning, found.critical) == (warning, critical)


def test_built_in_thresholds_are_sound() -> None:
    metrics = [threshold.metric for threshold in built_in()]
    assert len(metrics) == len(set(metrics))
    for threshold in built_in():
        warning, critical = threshold.warning, threshold.critical
        assert warning is not None or critical is not None
        if warning is not None and critical is not None:
            assert (critical < warning) == threshold.below


DISK = "host.disk.percent"


@pytest.mark.parametrize(
    ("own", "row", "expected"),
    [
        pytest.param([], "host.disk:a//", (85, 95), id="without one of the user's the built-in one judges"),
        pytest.param([limits(DISK, 70, None)], "host.disk:a//", (70, None), id="a user's one replaces it wholly"),
        pytest.param([limits(DISK, 70, 80, "host.disk:b/*")], "host.disk:a//", (85, 95), id="not in other rows"),
        pytest.param(
            [limits(DISK, 1, 2, "host.disk:a/*"), limits(DISK, 3, 4)],
            "host.disk:a//srv",
            (1, 2),
            id="the most particular row wins, wherever it stands",
        ),
        pytest.param([limits(DISK, 1, 2), limits(DISK, 3, 4)], "host.disk:a//", (3, 4), id="of equals the last"),
    ],
)
def test_whose_threshold_wins(own: list[Threshold], row: str, expected: tuple[float, float | None]) -> None:
    found = [limit.threshold for limit in Thresholds(own).of("host.disk", row) if limit.fact == "percent"]
    assert [(threshold.warning, threshold.critical) for threshold in found] == [expected]


def test_a_single_pass_holds_nothing() -> None:
    own = [limits("host.load1", 5, 9, hold=60)]
    kinds = {threshold.metric.rpartition(".")[0] for threshold in built_in()}
    found = [limit for kind in kinds for limit in Thresholds(own, at_once=True).of(kind, "x:y")]
    assert {float(limit.threshold.hold) for limit in found} == {0.0}


@pytest.mark.parametrize(
    ("kind", "facts", "judged"),
    [
        pytest.param("container", {"memory_percent": 99.0}, False, id="memory without a limit is not judged"),
        pytest.param("container", {"memory_percent": 99.0, "memory_limit_bytes": 1}, True, id="against a limit it is"),
        pytest.param("redis", {"memory_percent": 99.0, "policy": "allkeys-lru"}, False, id="a full cache is no fault"),
        pytest.param("redis", {"memory_percent": 99.0, "policy": "noeviction"}, True, id="a full store is one"),
    ],
)
def test_memory_is_judged_where_a_limit_can_hurt(kind: str, facts: dict[str, Value], judged: bool) -> None:
    found = findings(entity(kind, facts), target(kind), Thresholds())
    assert any(finding.check.endswith("memory_percent") for finding in found) == judged
    user = Thresholds([limits(f"{kind}.memory_percent", 1, 2)])
    assert any(finding.level == "critical" for finding in findings(entity(kind, facts), target(kind), user))


@pytest.mark.parametrize(
    ("value", "held", "below", "level"),
    [
        pytest.param(79.9, "ok", False, "ok", id="under both limits"),
        pytest.param(80, "ok", False, "warning", id="at the limit counts"),
        pytest.param(90, "ok", False, "critical", id="at the critical one too"),
        pytest.param(76.1, "warning", False, "warning", id="a held warning clears only 5 % under its limit"),
        pytest.param(75.9, "warning", False, "ok", id="and then it does"),
        pytest.param(86, "critical", False, "critical", id="a held critical likewise"),
        pytest.param(85, "critical", False, "warning", id="it falls to warning first"),
        pytest.param(77, "critical", False, "warning", id="inside the slack of the warning too"),
        pytest.param(86, "warning", False, "warning", id="a held warning lends no slack to the critical"),
        pytest.param(81, "ok", True, "ok", id="where small is bad: above"),
        pytest.param(80, "ok", True, "critical", id="where small is bad: at both limits the worse counts"),
    ],
)
def test_levels_of_figures(value: float, held: Level, below: bool, level: Level) -> None:
    critical = 80.0 if below else 90.0
    threshold = Threshold(metric="x.y", warning=Quantity(80), critical=Quantity(critical), below=below)
    assert level_of(value, threshold, held) == level


figure = st.floats(-1e6, 1e6)


@given(figure, figure, figure, st.booleans(), st.floats(0, 0.5), st.sampled_from(get_args(Level)))
def test_a_held_level_never_makes_a_figure_look_better(
    value: float, warning: float, critical: float, below: bool, clear_ratio: float, held: Level
) -> None:
    threshold = Threshold(
        metric="x.y", warning=Quantity(warning), critical=Quantity(critical), below=below, clear_ratio=clear_ratio
    )
    order = ["ok", "unknown", "warning", "critical"]
    fresh, kept = level_of(value, threshold, "ok"), level_of(value, threshold, held)
    assert order.index(kept) >= order.index(fresh)
    assert level_of(value, threshold, kept) == kept, "judged again, the same figure has the same level"


@pytest.mark.parametrize(
    ("kind", "fact", "value", "text"),
    [
        pytest.param("service", "total_s", 0.64, "answer took 640 ms, over 500 ms", id="a slow answer"),
        pytest.param("host.disk", "percent", 96.2, "used 96.2 %, over 95 %", id="a full disk"),
        pytest.param("tls", "cert_days", 2.5, "certificate ends in 2.5 days, under 14 days", id="a certificate"),
        pytest.param("queue", "ready", 5214, "ready 5,214, over 1,000", id="a backlog"),
    ],
)
def test_the_sentence_has_both_figures(kind: str, fact: str, value: float, text: str) -> None:
    found = findings(entity(kind, {fact: value}), target(kind), Thresholds())
    assert text in [finding.text for finding in found]


def test_within_the_slack_the_sentence_does_not_say_over() -> None:
    found = findings(
        entity("host", {"cpu_percent": 78.0}), target("host"), Thresholds(), {"host.cpu_percent": "warning"}
    )
    assert [finding.text for finding in found] == ["CPU 78 %, not yet back from 80 %"]


def test_rows_that_come_and_go_leave_nothing_behind() -> None:
    thresholds = Thresholds([limits(DISK, 70, 80, "host.disk:a/*")])
    found = {id(thresholds.of("host.process", f"host.process:vm/python[{pid}]")) for pid in range(1_000)}
    assert len(found) == 1
    assert len({id(thresholds.of("host.disk", f"host.disk:{name}")) for name in ("a//", "b//")}) == 2
