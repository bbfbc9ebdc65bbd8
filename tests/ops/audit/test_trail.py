"""The trail on a real disk: durable, for its owner alone, right after crashes, by several processes, on a full disk."""

import csv
import io
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from collectors.base import Secret
from ops.actions.errors import ActionError
from ops.audit.chain import Entry, parse
from ops.audit.export import as_csv, as_lines, as_text
from ops.audit.trail import AuditTrail
from ops.redact import remember
from tests.parts.command import ROOT
from tests.parts.small_disk import small_disk

ADD = """
import sys, pathlib
from ops.audit.trail import AuditTrail

trail = AuditTrail(pathlib.Path(sys.argv[1]))
for number in range(int(sys.argv[2])):
    trail.append("intent", {"n": number})
    print(number, flush=True)
"""


@pytest.fixture
def trail(tmp_path: Path) -> AuditTrail:
    """A trail with three records."""
    made = AuditTrail(tmp_path / "audit.jsonl", lambda: 1763712000.5)
    for number in range(3):
        assert made.append("intent", {"job": number + 7, "by": {"user": "alice"}, "title": "restart api"}) == number + 1
    return made


def problems(trail: AuditTrail) -> list[str]:
    return [problem.text for problem in trail.verify()]


def test_what_is_added_is_there_for_its_owner_alone(trail: AuditTrail) -> None:
    assert [entry.data["job"] for entry in trail.entries()] == [7, 8, 9]
    assert [entry.data["job"] for entry in trail.entries(last=2)] == [8, 9]
    assert problems(trail) == []
    for file in (trail.path, trail.head_path):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_no_trail_is_no_problem_but_a_removed_one_is(trail: AuditTrail, tmp_path: Path) -> None:
    assert problems(AuditTrail(tmp_path / "other.jsonl")) == []
    trail.path.unlink()
    assert problems(trail) == ["records 1 to 3 are missing at the end"]
    trail.append("intent", {})
    assert problems(trail) == ["records 1 to 3 are missing before it"]


def test_a_removed_end_is_found_also_after_more_was_added(trail: AuditTrail) -> None:
    trail.path.write_bytes(b"".join(list(trail.lines())[:1]))
    assert problems(trail) == ["records 2 to 3 are missing at the end"]
    trail.append("outcome", {})
    assert problems(trail) == ["records 2 to 3 are missing before it"]


def test_a_removed_head_is_found_also_after_more_was_added(trail: AuditTrail) -> None:
    trail.path.write_bytes(b"".join(list(trail.lines())[:2]))
    trail.head_path.unlink()
    trail.append("outcome", {})
    assert [entry.kind for entry in trail.entries()] == ["intent", "intent", "headless", "outcome"]
    assert problems(trail) == ["the head was missing when this line was written: lines may be gone before it"]


def test_a_line_cut_by_a_crash_is_set_aside_and_told(trail: AuditTrail) -> None:
    with trail.path.open("ab") as stream:
        stream.write(b'{"at":1763712000.0,"da')
    assert problems(trail) == ["the line is cut short"]
    assert trail.append("outcome", {"job": 2}) == 5
    assert problems(trail) == []
    assert [entry.kind for entry in trail.entries()][3:] == ["torn", "outcome"]
    assert trail.torn_path.read_bytes() == b'{"at":1763712000.0,"da\n'
    assert stat.S_IMODE(trail.torn_path.stat().st_mode) == 0o600


def test_a_crash_between_line_and_head_leaves_it_whole(trail: AuditTrail) -> None:
    before = trail.head_path.read_bytes()
    trail.append("outcome", {"job": 2})
    last = parse(list(trail.lines())[-1])
    assert last
    trail.head_path.write_bytes(json.dumps({**json.loads(before), "next": last.hash}).encode())
    assert problems(trail) == []
    assert trail.append("outcome", {"job": 3}) == 5
    assert problems(trail) == []


def test_hostile_texts_and_secrets_are_inert(trail: AuditTrail) -> None:
    remember(Secret("hunter2-hunter2"))
    said = {
        "said": "a\nb\x1b]52;c;eA==\x07\u202e hunter2-hunter2",
        "url": "redis://u:geheim@h/0",
        "\ud800": float("nan"),
    }
    trail.append("outcome", {**said, "deep": [[[[[[[[[[["x"]]]]]]]]]]], "big": 2**70})
    raw = trail.path.read_text()
    assert problems(trail) == []
    assert "hunter2" not in raw
    assert "geheim" not in raw
    assert raw.count("\n") == 4
    *_, entry = trail.entries()
    assert entry.data["said"].startswith("a␊b␛]52")
    assert "\u202e" not in entry.data["said"]


def test_it_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "audit.jsonl").symlink_to(tmp_path / "precious")
    with pytest.raises(ActionError, match="can't be written"):
        AuditTrail(tmp_path / "audit.jsonl").append("intent", {})
    assert not (tmp_path / "precious").exists()


def test_several_processes_make_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    command = [sys.executable, "-c", ADD, str(path), "15"]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) for _ in range(4)]
    assert [process.wait(30) for process in running] == [0] * 4
    trail = AuditTrail(path)
    assert problems(trail) == []
    assert [entry.seq for entry in trail.entries()] == list(range(1, 61))


def test_killed_at_any_moment_it_has_all_that_was_said_and_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    said = 0
    for after in (1, 2, 5, 9):
        with subprocess.Popen(
            [sys.executable, "-c", ADD, str(path), "1000"], cwd=ROOT, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout
            for _ in range(after):
                process.stdout.readline()
            process.kill()
            said += after + len(process.stdout.readlines())
        trail = AuditTrail(path)
        assert problems(trail) == []
        assert said <= sum(1 for _ in trail.entries()) <= said + 1
        said = sum(1 for _ in trail.entries())


def test_a_full_disk_is_told_and_nothing_is_half_written(tmp_path: Path) -> None:
    with small_disk(tmp_path) as disk:
        trail = AuditTrail(disk.folder / "floor" / "audit.jsonl")
        trail.append("intent", {"job": 1})
        disk.fill()
        refused: list[ActionError] = []
        for number in range(40):
            try:
                trail.append("intent", {"job": number, "words": "x" * 900})
            except ActionError as error:
                refused.append(error)
        assert {(error.reason, error.message[:35]) for error in refused} == {
            ("full", "there is no room for the audit trai")
        }
        assert problems(trail) == []
        disk.empty()
        trail.append("outcome", {"job": 1})
        assert problems(trail) == []
        assert sum(1 for _ in trail.entries()) == 42 - len(refused)


def test_exports_are_the_lines_a_table_and_text(trail: AuditTrail) -> None:
    trail.append(
        "outcome", {"job": 2, "by": {"user": "=cmd()"}, "verdict": "verified", "said": "ok again", "title": "t"}
    )
    assert "".join(f"{line}\n" for line in as_lines(trail.entries())) == trail.path.read_text()
    table = list(csv.DictReader(io.StringIO("\n".join(as_csv(trail.entries())))))
    assert [row["seq"] for row in table] == ["1", "2", "3", "4"]
    assert (table[3]["user"], table[3]["verdict"], json.loads(table[3]["data"])["job"]) == ("'=cmd()", "verified", 2)
    shown = list(as_text(trail.entries()))
    assert shown[0].split()[-3:] == ["7", "restart", "api"]
    assert shown[3].endswith("t: verified, ok again")
    assert "2025-11-21 08:00:00 UTC" in shown[0]


def test_a_trail_that_somebody_wrote_himself_is_inert_in_a_spreadsheet_and_on_a_terminal() -> None:
    said = ("{\x1b]0;owned\x07", "＝cmd()", ["\x1b[31m"], {"x": "=1"})
    entries = [
        Entry(seq=-1, at=1.0, kind="\x1b[2J", prev="", data={"said": each, "by": {"user": each}}) for each in said
    ]
    whole = "\n".join(as_csv(entries))
    assert not any(sign in whole for sign in "\x1b\x07\r")
    table = list(csv.DictReader(io.StringIO(whole)))
    assert [row["said"][:2] for row in table] == ["{\u241b", "'＝", "['", "{'"]
    assert [row["said"] for row in table] == [row["user"] for row in table]


def test_a_trail_that_hangs_is_given_up(trail: AuditTrail, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    monkeypatch.setattr("ops.audit.trail._PATIENCE_S", 0.05)
    other = os.open(trail.path, os.O_RDWR)
    fcntl.flock(other, fcntl.LOCK_EX)
    with pytest.raises(ActionError, match="in use"):
        trail.append("intent", {})
    os.close(other)
    assert trail.append("intent", {}) == 4
