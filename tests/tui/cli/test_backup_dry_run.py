"""Dry runs of backups: what stays and what goes, each with why, and what a person would have to type."""

from pathlib import Path

import pytest

from tests.parts.backup_floor import Floor

KEEP = "keep = { last = 1 }"


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Floor:
    """Two backups, of which the older one has expired."""
    floor = Floor(tmp_path_factory.mktemp("twice"))
    floor.configure(more=KEEP)
    for _ in range(2):
        floor.say("run", "media")
    return floor


def test_a_dry_prune_says_of_each_why_it_stays_or_goes(twice: Floor) -> None:
    older, newer = (path.name for path in twice.kept)
    said = twice.say("prune", "media", "--dry-run")
    assert f"{older}, " in said
    assert "none of 1 last (restic)" in said
    staying = said.partition("media: 1 backup would stay, ")[2]
    (line,) = [line for line in staying.splitlines() if newer in line]
    assert "last, the last verified one" in line
    assert "verified" in line
    assert older not in staying
    (done,) = twice.told("prune", "media", "--dry-run")["done"]
    assert done["verdict"] == "planned"
    assert [(one["backup"], one["stays"]) for one in done["backups"]] == [(newer, True), (older, False)]
    assert all(one["reasons"] and one["proof"] == "verified" for one in done["backups"])
    assert len(twice.kept) == 2


def test_a_dry_prune_where_nothing_expires_says_why_all_of_it_stays(tmp_path: Path) -> None:
    floor = Floor(tmp_path)
    floor.say("run", "media")
    (kept,) = floor.kept
    said = floor.say("prune", "media", "--dry-run")
    assert "nothing expires; 1 stay" in said
    (line,) = [line for line in said.splitlines() if kept.name in line]
    reason = floor.told("list", "media")[0]["reasons"][0]
    assert reason in line
    (done,) = floor.told("prune", "media", "--dry-run")["done"]
    assert done["verdict"] == "nothing"
    assert done["backups"][0]["reasons"][0] == reason


@pytest.mark.parametrize(
    ("settings", "words", "typed"),
    [
        pytest.param('environment = "production"', ("restore", "media"), True, id="in production"),
        pytest.param("", ("restore", "media"), True, id="where something is written over"),
        pytest.param("", ("restore", "media", "--to", "{folder}/new"), False, id="not into a place that is empty"),
        pytest.param("", ("prune", "media"), True, id="what deletes"),
        pytest.param("", ("drill", "media"), False, id="not a proof"),
    ],
)
def test_a_dry_run_says_what_has_to_be_typed(twice: Floor, settings: str, words: tuple[str, ...], typed: bool) -> None:
    twice.configure(settings=settings, more=KEEP)
    said = twice.say(*(word.format(folder=twice.folder) for word in words), "--dry-run")
    assert ("--confirm media" in said) is typed
