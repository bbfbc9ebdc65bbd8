"""One at a time per set: who has it is told, and whoever died with it is taken over from, with a note."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ops.backup.errors import BackupError
from ops.backup.locks import alone, here, holder, is_abandoned, is_dead, lock_file
from ops.backup.target import Leftover

HOLDS = """
import sys, time
from pathlib import Path
from ops.backup.locks import alone
with alone(Path(sys.argv[1]), "media", "run", say=print):
    print("held", flush=True)
    time.sleep(1000)
"""


def held_by_another(folder: Path) -> "subprocess.Popen[str]":
    other = subprocess.Popen([sys.executable, "-c", HOLDS, str(folder)], stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    return other


def test_the_second_is_told_who_has_it_and_since_when(tmp_path: Path) -> None:
    other = held_by_another(tmp_path)
    try:
        assert (found := holder(tmp_path, "media")) is not None
        assert (found.pid, found.what) == (other.pid, "run")
        words = rf"is being worked on by \S+ \(pid {other.pid}, run, for "
        with pytest.raises(BackupError, match=words) as caught, alone(tmp_path, "media", "verify", say=print):
            raise AssertionError("two have it")
        assert caught.value.reason == "held"
        with alone(tmp_path, "other", "run", say=print):
            assert holder(tmp_path, "other") is not None
    finally:
        other.kill()
        other.communicate()


def test_who_has_just_taken_it_is_told_by_name_though_it_is_not_written_yet(tmp_path: Path) -> None:
    other = held_by_another(tmp_path)
    try:
        file = lock_file(tmp_path, "media")
        content = file.read_bytes()
        file.write_bytes(b"")
        threading.Timer(0.05, file.write_bytes, [content]).start()
        words = rf"is being worked on by \S+ \(pid {other.pid}, run, for "
        with pytest.raises(BackupError, match=words), alone(tmp_path, "media", "verify", say=print):
            raise AssertionError("two have it")
    finally:
        other.kill()
        other.communicate()


def test_one_that_was_killed_is_taken_over_with_a_note(tmp_path: Path) -> None:
    other = held_by_another(tmp_path)
    other.send_signal(signal.SIGKILL)
    other.communicate()
    said: list[str] = []
    with alone(tmp_path, "media", "run", say=said.append) as died:
        assert died is not None
        assert died.pid == other.pid
    assert len(said) == 1
    assert f"pid {other.pid}, run" in said[0]
    assert "ended without a word" in said[0]
    with alone(tmp_path, "media", "run", say=said.append) as died:
        assert died is None
    assert not lock_file(tmp_path, "media").exists()


def test_one_that_let_go_in_this_moment_did_not_die(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ops.backup import locks
    from ops.jobs.held import grab

    other = held_by_another(tmp_path)

    def later(file: Path) -> int | None:
        other.kill()
        other.communicate()
        file.unlink()
        return grab(file)

    monkeypatch.setattr(locks, "grab", later)
    said: list[str] = []
    with alone(tmp_path, "media", "run", say=said.append) as died:
        assert died is None
    assert said == []


def test_an_account_without_a_name_holds_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unnamed(uid: int) -> None:
        raise KeyError(f"getpwuid(): uid not found: {uid}")

    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", unnamed)
    with alone(tmp_path, "media", "run", say=print):
        assert (found := holder(tmp_path, "media")) is not None
        assert found.user == f"uid {os.getuid()}"


def test_a_process_of_this_host_that_has_ended_is_dead_and_nobody_else() -> None:
    host = here().partition("/")[0]
    assert not is_dead(here())
    assert is_dead(f"{host}/{os.getpid()}/1")
    assert is_dead(f"{host}/999999999/5")
    assert not is_dead("elsewhere/999999999/5")
    assert not is_dead("")
    assert not is_dead(f"{host}/nonsense")


@pytest.mark.parametrize(
    ("owner", "age_s", "wanted"),
    [
        pytest.param(here(), 10**7, True, id="older than any backup takes, whoever began it"),
        pytest.param(here(), 60.0, False, id="of a process that lives"),
        pytest.param(here().rpartition("/")[0] + "/1", 1.0, True, id="of one that died just now"),
        pytest.param("elsewhere/1/1", 86_400.0, False, id="of another host, a day old"),
        pytest.param("elsewhere/1/1", 8 * 86_400.0, True, id="of another host, more than a week old"),
        pytest.param("", 60.0, False, id="of nobody, a minute old"),
        pytest.param("", 7_200.0, True, id="of nobody, two hours old"),
    ],
)
def test_what_nobody_goes_on_with(owner: str, age_s: float, wanted: bool) -> None:
    left = Leftover("20261121T020000Z-aaaaaa", 1e9, 5, owner)
    assert is_abandoned(left, 1e9 + age_s) is wanted


def test_what_does_not_say_when_it_began_is_left_alone() -> None:
    assert not is_abandoned(Leftover("20261121T020000Z-aaaaaa", None, 5, "elsewhere/1/1"), 1e9)
