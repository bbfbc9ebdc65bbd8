"""What the floor makes of backups: levels and words, the alerts, and what proves a job."""

import pytest
from msgspec.structs import replace

from collectors.backup import BackupConfig, Schedule
from collectors.base import Entity, Value
from collectors.registry import discover
from ops.actions.base import Offer
from ops.actions.registry import find
from ops.alerts.built_in import BUILT_IN
from ops.alerts.rules import conditions
from ops.board import Level
from ops.config.structs import TargetSpec
from ops.fixes.proof import not_yet, proof_of
from ops.verdicts.check_names import check_names
from ops.verdicts.defaults import Thresholds
from ops.verdicts.findings import findings
from tests.parts.boards import board, check, row

SPEC = TargetSpec(
    id="backup:shop",
    collector=discover()["backup"],
    config=BackupConfig(name="shop", kind="files", target="file:///b"),
)
WELL: dict[str, Value] = {
    "count": 3, "age_s": 1800.0, "oldest_age_s": 9000.0, "rpo_s": 3600.0, "rto_s": 600.0, "run_ok": True,
    "verify_ok": True, "drill_ok": True, "restore_s": 60.0, "restore_now_s": 80.0, "anomalies": 0, "unreachable": "",
}  # fmt: skip


def judged(spec: TargetSpec = SPEC, /, **facts: Value) -> dict[str, tuple[Level, str, str]]:
    """Level, word and text of each check of a set that is well but for these facts."""
    found = findings(Entity(kind="backup", name="shop", facts=WELL | facts), spec, Thresholds())
    return {finding.check: (finding.level, finding.word, finding.text) for finding in found}


def test_a_set_that_is_well_has_every_check_and_none_is_bad() -> None:
    found = judged()
    assert {level for level, _, _ in found.values()} == {"ok"}
    assert set(found) == {name for name in check_names() if name.startswith("backup.")}


@pytest.mark.parametrize(
    ("facts", "level"),
    [
        pytest.param({"oldest_age_s": 20.0}, "ok", id="taken just now"),
        pytest.param({"oldest_age_s": 900.0, "running": "verify"}, "ok", id="being verified for long"),
        pytest.param({"oldest_age_s": 61.0}, "warning", id="nobody verifies it"),
        pytest.param({"oldest_age_s": 20.0, "verify_ok": False}, "warning", id="it could not be verified"),
        pytest.param({"oldest_age_s": 20.0, "count": 2}, "warning", id="not the first"),
        pytest.param({"oldest_age_s": 4000.0, "running": "verify"}, "critical", id="its RPO is missed meanwhile"),
    ],
)
def test_the_first_backup_may_be_verified_in_peace(facts: dict[str, Value], level: Level) -> None:
    untried: dict[str, Value] = {"age_s": None, "count": 1, "verify_ok": None}
    assert judged(**untried | facts)["backup.age"][0] == level


@pytest.mark.parametrize(("facts", "level"), [({}, "warning"), ({"running": "verify"}, "ok")])
def test_with_a_time_of_its_own_for_that_it_is_not_verified_until_then(facts: dict[str, Value], level: Level) -> None:
    config = BackupConfig(name="shop", kind="files", target="file:///b", schedule=Schedule(verify="daily 05:00"))
    untried: dict[str, Value] = {"age_s": None, "count": 1, "verify_ok": None, "oldest_age_s": 20.0}
    assert judged(replace(SPEC, config=config), **untried | facts)["backup.age"][0] == level


@pytest.mark.parametrize(
    ("facts", "name", "told"),
    [
        pytest.param(
            {"age_s": 7200.0}, "age", ("critical", "RPO missed", "newest verified is 2h over its RPO of 1h"),
            id="too old",
        ),
        pytest.param(
            {"age_s": None, "oldest_age_s": None, "run_ok": None}, "age", ("warning", "none", "no"), id="none"
        ),
        pytest.param(
            {"age_s": None, "oldest_age_s": None}, "age", ("critical", "none", "no backup is there any more"), id="gone"
        ),
        pytest.param(
            {"age_s": None}, "age", ("critical", "not verified", "none is verified, and the oldest is"), id="unproven"
        ),
        pytest.param(
            {"age_s": None, "oldest_age_s": 60.0}, "age", ("warning", "not verified", "the oldest is 1m"), id="new"
        ),
        pytest.param(
            {"run_ok": False, "run_words": "the disk is full"}, "run",
            ("warning", "run failed", "the last run failed: the disk is full"), id="the last one failed",
        ),
        pytest.param(
            {"verify_ok": False, "verify_words": "its target is away"}, "verify",
            ("warning", "verify failed", "the last verification failed: its target is away"), id="the try failed",
        ),
        pytest.param(
            {"verify_ok": False, "verify_bad": True}, "verify", ("critical", "verify failed", "failed"), id="damaged"
        ),
        pytest.param(
            {"newest_broken": "a part is cut"}, "verify", ("critical", "broken", "is none: a part is cut"), id="broken"
        ),
        pytest.param(
            {"drill_ok": False, "drill_bad": True, "drill_words": "2 rows are missing"}, "drill",
            ("critical", "drill failed", "the last drill failed: 2 rows are missing"), id="a restore that lacks rows",
        ),
        pytest.param(
            {"restore_now_s": 900.0}, "restore", ("warning", "RTO missed", "about 15m over its RTO of 10m"),
            id="too slow",
        ),
        pytest.param(
            {"anomalies": 2, "anomaly": "half as large as usual"}, "size",
            ("warning", "odd", "the newest is odd: half as large as usual, and 1 more"), id="odd",
        ),
        pytest.param(
            {"unreachable": "no route to host"}, "target",
            ("warning", "unreachable", "its target can't be asked: no route to host"), id="away",
        ),
        pytest.param(
            {"key": "the one that is given is 1", "unreachable": "away"}, "target",
            ("critical", "wrong key", "the one that is given is 1"), id="another key is given",
        ),
        pytest.param(
            {"gone": "2 backups that should be there are gone", "anomalies": 1}, "size",
            ("warning", "gone", "2 backups that should be there are gone"), id="backups are gone",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_check(facts: dict[str, Value], name: str, told: tuple[Level, str, str]) -> None:
    found = judged(**facts)
    level, word, text = found.pop(f"backup.{name}")
    assert (level, word) == told[:2]
    assert all(part in text for part in told[2].split(" over "))
    assert {other for other, _, _ in found.values()} == {"ok"}


@pytest.mark.parametrize(
    ("question", "level", "alert"),
    [
        pytest.param("age", "critical", "rpo-missed", id="an RPO that is missed"),
        pytest.param("run", "warning", "backup-failed", id="a run that failed"),
        pytest.param("verify", "critical", "backup-broken", id="a backup that is none"),
        pytest.param("verify", "warning", "backup-unverified", id="a verification that could not be made"),
        pytest.param("drill", "critical", "drill-failed", id="a drill that failed"),
        pytest.param("restore", "warning", "rto-over", id="a restore that takes too long"),
        pytest.param("size", "warning", "backup-odd", id="an anomaly"),
        pytest.param("target", "warning", "backup-target-away", id="a target that is away"),
    ],
)
def test_each_has_an_alert_of_its_own(question: str, level: Level, alert: str) -> None:
    bad = row("backup:shop", level=level, checks=(check(f"backup.{question}", level, "so it is"),))
    assert [one.rule for one in conditions(board(bad), ())] == [alert]
    assert any(rule.name == alert and rule.runbook for rule in BUILT_IN)


def test_what_proves_a_job_is_its_own_check_whatever_else_is_bad() -> None:
    bad = row(
        "backup:shop",
        level="critical",
        checks=(
            check("backup.age", "critical", "so it is"),
            check("backup.verify", "ok", "so it is"),
            check("backup.run", "ok", "so it is"),
        ),
    )
    verify = find("backup.verify")
    assert verify is not None
    proof = proof_of(board(bad), Offer(action="backup.verify", row="backup:shop", title="x"), "", verify)
    assert proof.checks == ("backup.verify",)
    assert not_yet(proof, bad) == ""
    assert not_yet(proof, row("backup:shop", level="warning", checks=(check("backup.verify", "warning", "so it is"),)))
