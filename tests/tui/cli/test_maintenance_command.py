"""`watchfloor maintenance`: planned work begins with a baseline and a silence, and ends with what changed."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.parts.command import watchfloor
from tests.parts.drift_floor import Floor


@pytest.fixture
def floor(tmp_path: Path) -> Floor:
    """A floor with a baseline of its own."""
    floor = Floor(tmp_path)
    floor.say("capture")
    return floor


def said(floor: Floor, *words: str, status: int = 0) -> str:
    """What the command says, where it ends as it should."""
    done = watchfloor("maintenance", *words, cwd=floor.folder)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout or done.stderr


def told(floor: Floor, *words: str, status: int = 0) -> Any:
    """The same as JSON."""
    return json.loads(said(floor, *words, "--json", status=status))


def silences(floor: Floor) -> Any:
    """Those that stand."""
    done = watchfloor("alerts", "silences", "--json", cwd=floor.folder)
    return [one for one in json.loads(done.stdout) if one["state"] == "active"]


def test_it_begins_with_a_silence_and_ends_with_what_changed(floor: Floor) -> None:
    assert said(floor, "show") == "no maintenance goes on\n"
    begun = said(floor, "begin", "--for", "1h", "upgrade", "the host")
    assert begun.startswith("maintenance: upgrade the host, begun ")
    assert "by hand" in begun
    assert [one["comment"] for one in silences(floor)] == ["maintenance: upgrade the host"]
    assert floor.told("list")["current"] == "baseline"
    assert told(floor, "show")["reason"] == "upgrade the host"
    assert "maintenance goes on already" in said(floor, "begin", "more", status=1)

    floor.write("motd", "upgraded\n")
    report = floor.folder / "report.md"
    ended = said(floor, "end", "--out", str(report), status=2)
    assert ended.startswith("maintenance has ended: 1 difference, silence 1 has ended; the report is ")
    assert ended.endswith("report.md\n")
    assert report.read_text().startswith("# Maintenance: upgrade the host\n")
    assert "## What changed: 1 difference" in report.read_text()
    assert silences(floor) == []
    assert "no maintenance goes on" in said(floor, "end", status=1)


def test_only_what_matches_is_silenced_and_what_changed_nothing_ends_well(floor: Floor) -> None:
    assert said(floor, "begin", "--match", "kind", "disks", status=64).count("\n") == 1
    work = told(floor, "begin", "--match", "kind=host.disk", "disks")
    (silence,) = silences(floor)
    assert (silence["id"], silence["matchers"]) == (work["silence"], ["kind=host.disk"])
    report = told(floor, "end")
    assert (report["findings"]["verdict"], report["work"]["reason"]) == ("none", "disks")


def test_a_report_that_can_not_be_written_is_said_all_the_same(floor: Floor) -> None:
    said(floor, "begin", "upgrade")
    done = watchfloor("maintenance", "end", "--out", "nowhere/report.md", cwd=floor.folder)
    assert (done.returncode, "can't be written" in done.stderr) == (1, True)
    assert done.stdout.startswith("# Maintenance: upgrade\n")


@pytest.mark.parametrize(
    ("words", "status", "words_said"),
    [
        pytest.param(("--for", "2d", "x"), 1, "lasts up to a day", id="too long"),
        pytest.param(("--for", "soon", "x"), 64, "--for", id="no length of time"),
        pytest.param((), 64, "REASON", id="no reason"),
    ],
)
def test_what_can_not_begin_is_one_sentence(floor: Floor, words: tuple[str, ...], status: int, words_said: str) -> None:
    assert words_said in said(floor, "begin", *words, status=status)
    assert silences(floor) == []
