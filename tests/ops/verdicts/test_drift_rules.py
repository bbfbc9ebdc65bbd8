"""What the floor makes of drift: levels, words, alerts, proofs, and that it is no failure of something else."""

import pytest

from collectors.base import Entity, Value
from collectors.drift import DriftConfig
from collectors.registry import discover
from ops.alerts.rules import conditions
from ops.board import Level, Row
from ops.cause import likely_causes
from ops.config.alerting import AlertRule
from ops.config.structs import TargetSpec
from ops.fixes.proof import not_yet
from ops.jobs.structs import Proof
from ops.verdicts.defaults import Thresholds
from ops.verdicts.findings import findings
from tests.parts.boards import board, check, row

SPEC = TargetSpec(id="drift:web-1", collector=discover()["drift"], config=DriftConfig(name="web-1"))
PATH = "containers:local/web-1#image"


def judged(kind: str, **facts: Value) -> dict[str, tuple[Level, str, str]]:
    """Level, word and text of each check."""
    found = findings(Entity(kind=kind, name="x", facts=facts), SPEC, Thresholds())
    return {finding.check: (finding.level, finding.word, finding.text) for finding in found}


@pytest.mark.parametrize(
    ("counts", "level", "word"),
    [
        pytest.param((0, 0, 0), "ok", "as agreed", id="nothing differs"),
        pytest.param((0, 0, 3), "ok", "3 info", id="only what is information"),
        pytest.param((0, 2, 3), "warning", "drifted", id="a small drift"),
        pytest.param((1, 0, 0), "critical", "drifted", id="a significant drift"),
    ],
)
def test_drift_is_as_grave_as_its_gravest_difference(counts: tuple[int, int, int], level: Level, word: str) -> None:
    critical, warning, info = counts
    found = judged("drift", critical=critical, warning=warning, info=info, gravest=PATH if critical else "")

    worst = max(found.values(), key=lambda one: ("ok", "warning", "critical").index(one[0]))
    assert worst[0] == level
    assert word in {told for _, told, _ in found.values()}
    assert not critical or f"such as {PATH}" in found["drift.critical"][2]


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        pytest.param(
            {"change": "changed", "severity": "critical", "before": "nginx:1.24", "after": "nginx:1.25"},
            ("critical", "changed", "changed from nginx:1.24 to nginx:1.25"),
            id="changed",
        ),
        pytest.param(
            {"change": "added", "severity": "warning", "before": "", "after": "8080"},
            ("warning", "added", "added: 8080"),
            id="added",
        ),
        pytest.param({"change": "removed", "severity": "info"}, ("ok", "removed", "removed"), id="information"),
        pytest.param(
            {"change": "unreadable", "severity": "warning", "after": "permission denied"},
            ("warning", "unreadable", "can't be read: permission denied"),
            id="unreadable",
        ),
    ],
)
def test_a_difference_is_a_row_with_its_own_sentence(facts: dict[str, Value], told: tuple[Level, str, str]) -> None:
    assert judged("drift.difference", **facts) == {"drift.difference.severity": told}


def differs(level: Level = "critical") -> Row:
    """A row of one difference."""
    checks = (check("drift.difference.severity", level, "changed from a to b", "changed"),)
    return row(f"drift.difference:web-1/{PATH}", level=level, word="changed", checks=checks, target="drift:web-1")


def test_a_difference_alerts_only_where_an_own_rule_asks_for_it() -> None:
    assert conditions(board(differs()), ()) == []
    (own,) = conditions(board(differs()), (AlertRule(name="mine", row="drift.difference:*#image"),))
    assert own.rule == "mine"


def test_drift_is_no_likely_cause_of_anything() -> None:
    drift = row("drift:web-1", level="critical", word="drifted")
    down = row("service:api", level="critical", word="down")

    assert [cause.row for cause in likely_causes([drift, differs(), down])] == ["service:api"]


@pytest.mark.parametrize("level", [pytest.param("critical", id="grave"), pytest.param("ok", id="only information")])
def test_a_difference_is_put_right_when_it_is_gone_and_not_before(level: Level) -> None:
    shown = differs(level)
    for checks in ((), ("drift.difference.severity",)):
        proof = Proof(row=shown.id, checks=checks, was="changed", within_s=5)
        assert not_yet(proof, shown) == "it still differs: changed from a to b"
        assert not_yet(proof, None) == ""
