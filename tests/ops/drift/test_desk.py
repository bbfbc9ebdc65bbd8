"""The desk: capture, detect, accept, withdraw, compare; and what is kept of it."""

import asyncio
from pathlib import Path as File

import pytest

from collectors.base import CollectError, NoData
from ops.drift.auto import still
from ops.drift.kept import Kept
from ops.drift.shelf import Shelf
from ops.drift.source import DriftError
from ops.drift.structs import Difference, Path
from tests.parts.drift_desk import NOW, Scene, paths


@pytest.fixture
def scene(tmp_path: File) -> Scene:
    return Scene(tmp_path)


def test_what_was_captured_and_did_not_change_is_no_drift_fifty_times(scene: Scene) -> None:
    baseline = scene.capture("agreed")

    assert (baseline.head.name, baseline.head.user, scene.desk.current()) == ("agreed", "ann", "agreed")
    assert all(scene.detect().differences == () for _ in range(50))


def test_exactly_what_changed_is_named_and_since_when(scene: Scene) -> None:
    scene.capture()
    scene.files.items["a"] = {"mode": "666"}
    first = scene.detect()
    scene.images.items["y"] = {"id": "2"}

    later = scene.detect()

    assert paths(first) == ["files:a#mode"]
    assert sorted(paths(later)) == ["files:a#mode", "images:y"]
    assert {one.path: one.since for one in later.drift} == {"files:a#mode": NOW + 60, "images:y": NOW + 120}
    assert scene.desk.findings() == later


def test_only_some_sources_are_compared_and_nothing_of_it_is_kept(scene: Scene) -> None:
    scene.capture()
    whole = scene.detect()
    scene.files.items.clear()
    scene.images.items.clear()

    assert paths(scene.detect(only=["images"])) == ["images:x"]
    assert scene.desk.findings() == whole


def test_with_a_path_only_its_item_is_read_and_told_of(scene: Scene) -> None:
    scene.capture()
    scene.files.items = {"a": {"mode": "666"}, "b": {"mode": "666"}}
    scene.files.asked.clear()

    assert paths(scene.detect(path=Path.read("files:a#mode"))) == ["files:a#mode"]
    assert scene.files.asked == ["a"]
    with pytest.raises(DriftError):
        scene.detect(path=Path.read("nosuch:a"))


def test_a_source_that_can_not_be_read_is_told_as_such_and_never_as_gone(scene: Scene) -> None:
    scene.capture()
    scene.images.error = CollectError("the engine does not answer")

    found = scene.detect()

    assert [(one.path, one.kind, one.reason) for one in found.differences] == [
        ("images:*", "unreadable", "the engine does not answer")
    ]


def test_captured_in_part_the_rest_of_the_baseline_stays(scene: Scene) -> None:
    scene.capture("agreed")
    scene.files.items["a"], scene.images.items["x"] = {"mode": "666"}, {"id": "2"}

    scene.capture("agreed", only=["files"])

    assert paths(scene.detect()) == ["images:x#id"]
    assert [head.name for head in scene.desk.baselines()] == ["agreed"]


def test_a_baseline_of_some_sources_says_that_it_knows_nothing_of_the_others(scene: Scene) -> None:
    scene.capture(only=["files"])

    found = scene.detect()

    assert found.differences == ()
    assert found.notes == ("the baseline knows nothing of images: capture them to have them compared",)


def test_what_is_accepted_is_no_drift_until_it_changes_again_or_is_taken_back(scene: Scene) -> None:
    scene.capture()
    scene.files.items["a"] = {"mode": "666"}
    before, found = scene.desk.version(), scene.detect()

    assert scene.desk.accept(found.drift, by="ann", reason="ticket 12") == 1
    assert scene.desk.accept(found.drift, by="ann", reason="ticket 12") == 0
    kept = scene.desk.findings()
    assert kept is not None
    assert [one.expected for one in kept.differences] == ["accepted by ann: ticket 12"]
    assert scene.desk.version() != before
    assert paths(scene.detect()) == []

    scene.files.items["a"] = {"mode": "777"}
    assert paths(scene.detect()) == ["files:a#mode"]
    scene.files.items["a"] = {"mode": "666"}
    assert paths(scene.detect()) == []
    assert scene.desk.withdraw(["files:a#mode"]) == 1
    assert paths(scene.detect()) == ["files:a#mode"]


def test_captured_anew_everything_is_agreed_and_acceptances_are_forgotten(scene: Scene) -> None:
    scene.capture()
    scene.files.items["a"] = {"mode": "666"}
    scene.desk.accept(scene.detect().drift, by="ann", reason="ticket 12")
    scene.capture()
    scene.files.items["a"] = {"mode": "644"}
    scene.detect()
    scene.files.items["a"] = {"mode": "666"}

    assert scene.detect().differences == ()


def test_what_was_accepted_for_a_baseline_that_can_not_be_read_for_a_while_is_not_forgotten(
    scene: Scene, tmp_path: File
) -> None:
    scene.capture("agreed")
    scene.files.items["a"] = {"mode": "666"}
    scene.desk.accept(scene.detect().drift, by="ann", reason="ticket 12")
    file = tmp_path / "state/drift/baselines/agreed.toml"
    whole = file.read_bytes()
    file.write_bytes(b"[baseline")
    scene.capture("other")
    file.write_bytes(whole)
    scene.desk.choose("agreed")

    assert paths(scene.detect()) == []


def test_two_baselines_are_compared_with_each_other(scene: Scene) -> None:
    scene.capture("before")
    scene.files.items["a"] = {"mode": "666"}
    scene.capture("after")

    found = scene.desk.compared("before", "after")

    assert (paths(found), found.baseline.name, found.against) == (["files:a#mode"], "before", "after")
    assert paths(scene.desk.compared("after", "after")) == []


def test_another_baseline_than_the_current_one_leaves_findings_and_history_alone(scene: Scene) -> None:
    scene.capture("old")
    scene.files.items["a"] = {"mode": "666"}
    scene.capture("new")
    whole = scene.detect()

    assert paths(scene.detect("old")) == ["files:a#mode"]
    assert scene.desk.findings() == whole
    scene.desk.choose("old")
    assert paths(scene.detect()) == ["files:a#mode"]


def test_a_baseline_of_a_file_is_never_taken_for_the_current_one_that_is_called_so(
    scene: Scene, tmp_path: File
) -> None:
    scene.capture("agreed")
    scene.desk.export("agreed", tmp_path / "agreed.toml")
    scene.files.items["a"] = {"mode": "666"}
    scene.capture("agreed")
    whole = scene.detect()

    assert paths(scene.detect(str(tmp_path / "agreed.toml"))) == ["files:a#mode"]
    assert scene.desk.findings() == whole


def test_what_is_captured_beside_leaves_the_current_one_as_it_is(scene: Scene) -> None:
    scene.capture("agreed")
    scene.capture("beside", use=False)

    assert scene.desk.current() == "agreed"
    assert [head.name for head in scene.desk.baselines()] == ["agreed", "beside"]


def test_what_was_accepted_outlives_a_kill_while_another_source_is_captured(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.capture()
    scene.files.items["a"] = {"mode": "666"}
    scene.desk.accept(scene.detect().drift, by="ann", reason="ticket 12")

    def killed(*_: object, **__: object) -> None:
        raise SystemExit

    for room, step in ((Shelf, "keep"), (Shelf, "_point"), (Kept, "forget")):
        with monkeypatch.context() as patched:
            patched.setattr(room, step, killed)
            with pytest.raises(SystemExit):
                scene.capture(only=["images"])
        assert paths(scene.detect()) == []


def test_what_was_agreed_of_a_source_that_has_nothing_to_read_by_now_is_not_gone(scene: Scene) -> None:
    scene.capture()
    difference = Difference(path="images:x#id", kind="changed")
    scene.images.error = NoData("no engine is configured")

    found = scene.detect()

    assert [(one.path, one.kind, one.reason) for one in found.drift] == [
        ("images:*", "unreadable", "no engine is configured")
    ]
    with pytest.raises(DriftError, match="stands can't be seen: no engine is configured"):
        asyncio.run(still(scene.desk, difference))


def test_counts_over_time_are_written_when_they_change(scene: Scene) -> None:
    scene.capture()
    scene.detect()
    scene.detect()
    scene.files.items["a"] = {"mode": "666"}
    scene.detect()

    newest, oldest = scene.desk.history()
    assert (newest.new, oldest.new) == (("files:a#mode",), ())


def test_a_baseline_that_was_edited_is_used_with_force_only(scene: Scene, tmp_path: File) -> None:
    scene.capture("agreed")
    file = tmp_path / "state/drift/baselines/agreed.toml"
    file.write_text(file.read_text().replace('"644"', '"600"'))

    with pytest.raises(DriftError, match="changed by hand") as refused:
        scene.detect()
    assert "--force" in refused.value.remedy
    found = scene.detect(force=True)
    assert paths(found) == ["files:a#mode"]
    assert "changed by hand" in found.notes[0]
    with pytest.raises(DriftError, match="changed by hand"):
        scene.desk.accept(found.drift, by="ann", reason="meant")


def test_an_edit_by_hand_is_news_and_so_is_a_new_capture(scene: Scene, tmp_path: File) -> None:
    scene.capture("agreed")
    version = scene.desk.version()
    assert not scene.desk.edited()
    file = tmp_path / "state/drift/baselines/agreed.toml"
    file.write_text(file.read_text().replace('"644"', '"0644"'))

    assert scene.desk.version() != version
    assert scene.desk.edited()
    scene.capture("agreed")
    assert not scene.desk.edited("agreed")


def test_without_a_baseline_there_is_nothing_to_compare_with(scene: Scene) -> None:
    with pytest.raises(DriftError, match="no baseline") as refused:
        scene.detect()
    assert "capture" in refused.value.remedy
    assert scene.desk.current() == ""
    assert scene.desk.findings() is None


def test_what_no_action_puts_right_says_what_a_person_should_do(scene: Scene) -> None:
    scene.capture()
    scene.files.items["a"] = {"mode": "666"}
    (one,) = scene.detect().drift

    assert scene.desk.offers(one) == ()
    assert scene.desk.by_hand(one) == "look at files:a#mode"
    assert scene.desk.row(one, NOW).target == "drift:web-1"


def test_what_can_not_be_read_by_now_is_not_said_to_be_as_agreed(tmp_path: File) -> None:
    scene = Scene(tmp_path)
    scene.capture()
    scene.files.items["a"] = {"mode": "666"}
    (difference,) = scene.detect().drift
    assert asyncio.run(still(scene.desk, difference)) is not None
    scene.files.error = CollectError("the disk is gone", remedy="look at it")

    with pytest.raises(DriftError, match="files can't be read: the disk is gone"):
        asyncio.run(still(scene.desk, difference))

    scene.files.error = None
    scene.files.items["a"] = {"mode": "644"}
    assert asyncio.run(still(scene.desk, difference)) is None
