"""`watchfloor audit`: what was done, for people and programs, and whether that record is whole."""

import csv
import io
import json
from pathlib import Path

import pytest

from ops.audit.trail import AuditTrail
from tests.parts.command import clean_environment, watchfloor

CONFIG = '[watchfloor]\nname = "shop"\n\n[[tcp]]\nname = "db"\nhost = "127.0.0.1"\nport = 1\n'


@pytest.fixture
def state(tmp_path: Path) -> dict[str, str]:
    """An environment whose state is below the test's folder, which has a config too."""
    (tmp_path / "watchfloor.toml").write_text(CONFIG)
    return clean_environment(XDG_STATE_HOME=str(tmp_path / "state"))


@pytest.fixture
def trail(tmp_path: Path) -> AuditTrail:
    """That floor's trail with four records."""
    made = AuditTrail(tmp_path / "state" / "watchfloor" / "shop" / "audit.jsonl", lambda: 1763712000.0)
    for job in (1, 2):
        about = {
            "job": job,
            "by": {"user": "alice", "origin": "192.0.2.7"},
            "title": "restart api",
            "row": "service:api",
        }
        made.append("intent", about)
        made.append("outcome", {**about, "verdict": "verified", "said": "api is ok again"})
    return made


def test_show_tells_the_newest(tmp_path: Path, state: dict[str, str], trail: AuditTrail) -> None:
    done = watchfloor("audit", "show", "--last", "2", cwd=tmp_path, environment=state)
    assert (done.returncode, done.stderr) == (0, "")
    first, second = (line.split("  ") for line in done.stdout.splitlines())
    assert first[-1] == " restart api"
    assert second[-1] == " restart api: verified, api is ok again"
    assert "2025-11-21 08:00:00 UTC" in second
    told = json.loads(watchfloor("audit", "show", "--json", cwd=tmp_path, environment=state).stdout)
    assert [entry["seq"] for entry in told] == [1, 2, 3, 4]
    assert told[3]["data"]["by"]["origin"] == "192.0.2.7"


def test_a_number_beyond_all_numbers_is_none(tmp_path: Path, state: dict[str, str], trail: AuditTrail) -> None:
    done = watchfloor("audit", "show", "--last", "9" * 30, cwd=tmp_path, environment=state)
    assert (done.returncode, "is no number of records" in done.stderr) == (64, True)


def test_a_whole_record_is_0(tmp_path: Path, state: dict[str, str], trail: AuditTrail) -> None:
    done = watchfloor("audit", "verify", cwd=tmp_path, environment=state)
    assert (done.returncode, done.stdout) == (0, f"whole: 4 records in {trail.path}\n")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        pytest.param(
            lambda lines: [lines[0], lines[1].replace(b"alice", b"mallo"), *lines[2:]],
            "line 2: the line was changed",
            id="changed",
        ),
        pytest.param(lambda lines: lines[:3], "the end: record 4 is missing at the end", id="its end removed"),
        pytest.param(lambda lines: [lines[0], *lines[2:]], "line 2: record 2 is missing before it", id="one removed"),
    ],
)
def test_one_that_was_touched_is_1(
    tmp_path: Path, state: dict[str, str], trail: AuditTrail, harm: object, said: str
) -> None:
    trail.path.write_bytes(b"".join(harm(list(trail.lines()))))  # type: ignore[operator]
    done = watchfloor("audit", "verify", cwd=tmp_path, environment=state)
    assert (done.returncode, done.stdout.splitlines()[0]) == (1, said)
    told = watchfloor("audit", "verify", "--json", cwd=tmp_path, environment=state)
    assert told.returncode == 1
    assert len(json.loads(told.stdout)["problems"]) == 1


def test_exports(tmp_path: Path, state: dict[str, str], trail: AuditTrail) -> None:
    assert watchfloor("audit", "export", cwd=tmp_path, environment=state).stdout == trail.path.read_text()
    done = watchfloor("audit", "export", "--format", "csv", "--out", "a.csv", cwd=tmp_path, environment=state)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "a.csv").read_text())))
    assert [row["user"] for row in rows] == ["alice"] * 4
    assert (tmp_path / "a.csv").stat().st_mode & 0o777 == 0o600


def test_a_folder_can_be_named_and_needs_no_config(tmp_path: Path, state: dict[str, str], trail: AuditTrail) -> None:
    (tmp_path / "elsewhere").mkdir()
    done = watchfloor(
        "audit", "verify", "--store", str(trail.path.parent), cwd=tmp_path / "elsewhere", environment=state
    )
    assert (done.returncode, done.stdout.split(":")[0]) == (0, "whole")


def test_where_nothing_is_on_record(tmp_path: Path, state: dict[str, str]) -> None:
    for words in (("verify",), ("show",), ("export",)):
        assert watchfloor("audit", *words, cwd=tmp_path, environment=state).returncode == 0
    assert "nothing is on record" in watchfloor("audit", "show", cwd=tmp_path, environment=state).stderr
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(
    "words",
    [(), ("prove",), ("show", "--last", "few"), ("export", "--format", "xml"), ("verify", "--store", "/nowhere")],
)
def test_wrong_words_are_wrong_use(tmp_path: Path, state: dict[str, str], words: tuple[str, ...]) -> None:
    assert watchfloor("audit", *words, cwd=tmp_path, environment=state).returncode == 64


def test_one_that_can_t_be_read_is_told(tmp_path: Path, state: dict[str, str], trail: AuditTrail) -> None:
    trail.path.unlink()
    trail.path.mkdir()
    done = watchfloor("audit", "verify", cwd=tmp_path, environment=state)
    assert (done.returncode, done.stdout) == (70, "")
    assert "can't be read" in done.stderr
