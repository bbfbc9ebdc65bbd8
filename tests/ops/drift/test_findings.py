"""Findings: judged in one order, with the moment since when each is so, kept whole whoever writes."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from collectors.drift import DriftConfig
from ops.drift.compare import value_key
from ops.drift.expected import Expected
from ops.drift.findings import FILE_NAME, FindingsFile, judged
from ops.drift.structs import Acceptance, Difference, Findings, Head

BASELINE = Head(name="agreed", id="0123456789ab", at=1_000.0, host="web-1", user="ann", version="0.1.0")
IMAGE = Difference(path="containers:local/web-1#image", kind="changed", before="a", after="b")
LABEL = Difference(path="containers:local/web-1#labels.a", kind="added", after="c")
MODE = Difference(path="files:/etc/x#mode", kind="changed", before="0644", after="0600")
DRIFT = DriftConfig(name="web-1", ignore=("files:/etc/*",), severity={"*#labels.*": "warning"})
NONE = Expected(BASELINE)


def findings(*differences: Difference, at: float = 2_000.0) -> Findings:
    """What one detection found."""
    return Findings(at=at, took_s=2.5, baseline=BASELINE, differences=differences)


def test_each_is_judged_and_those_that_count_come_first() -> None:
    found = judged([LABEL, MODE, IMAGE], DRIFT, NONE, None, 2_000.0)
    assert [one.path for one in found] == [IMAGE.path, LABEL.path, MODE.path]
    assert [one.severity for one in found] == ["critical", "warning", "critical"]
    assert [one.ignored for one in found] == ["", "", "files:/etc/*"]
    assert [one.counts for one in found] == [True, True, False]
    assert {one.since for one in found} == {2_000.0}


def test_what_is_the_same_is_there_since_it_was_first_seen() -> None:
    before = findings(*judged([IMAGE, LABEL], DRIFT, NONE, None, 2_000.0))
    now = judged([IMAGE, replace(LABEL, after="d"), MODE], DRIFT, NONE, before, 3_000.0)
    assert {one.path: one.since for one in now} == {IMAGE.path: 2_000.0, LABEL.path: 3_000.0, MODE.path: 3_000.0}


@given(
    st.lists(st.sampled_from([IMAGE, LABEL, MODE]), unique_by=lambda one: one.path),
    st.floats(1, 1e9),
    st.floats(1, 1e9),
)
def test_judging_again_changes_nothing(found: list[Difference], first: float, then: float) -> None:
    once = judged(found, DRIFT, NONE, None, first)
    assert judged(reversed(once), DRIFT, NONE, findings(*once), then) == once


def test_they_are_kept_whole_for_their_owner(tmp_path: Path) -> None:
    kept = FindingsFile(tmp_path)
    assert kept.read() is None
    assert kept.write(findings(IMAGE, replace(LABEL, before=("a", "b"), after=True, facts={"x": 1.5})))
    file = tmp_path / "drift" / FILE_NAME
    assert file.stat().st_mode & 0o777 == 0o600
    assert kept.read() == findings(IMAGE, replace(LABEL, before=("a", "b"), after=True, facts={"x": 1.5}))
    file.write_bytes(file.read_bytes()[:-1])
    assert kept.read() is None
    assert kept.write(findings(MODE)), "the next detection mends it"
    assert kept.read() == findings(MODE)


def test_a_detection_that_ended_earlier_takes_no_later_one_s_place(tmp_path: Path) -> None:
    kept = FindingsFile(tmp_path)
    kept.write(findings(IMAGE, at=2_000.0))
    assert not kept.write(findings(MODE, at=1_990.0))
    assert kept.read() == findings(IMAGE, at=2_000.0)
    assert kept.write(findings(MODE, at=500.0)), "a clock that was set back keeps nothing forever"


def test_what_is_ignored_is_not_accepted_too() -> None:
    accepted = [
        Acceptance(path=one.path, kind=one.kind, value=value_key(one), baseline=BASELINE.id, by="ann", at=1, reason="x")
        for one in (IMAGE, MODE)
    ]
    found = {one.path: one for one in judged([IMAGE, MODE], DRIFT, Expected(BASELINE, accepted), None, 5.0)}
    assert found[IMAGE.path].expected == "accepted by ann: x"
    assert (found[MODE.path].expected, found[MODE.path].ignored) == ("", "files:/etc/*")
