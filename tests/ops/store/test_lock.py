"""One process records; others learn which, and the right to it ends with the process."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ops.store.contract import StoreHeld
from ops.store.lock import LOCK_FILE, RecorderLock, recorded_by
from tests.parts.command import ROOT
from tests.parts.wait import until

HOLD = """
import pathlib, sys, time
from ops.store.lock import RecorderLock

lock = RecorderLock(pathlib.Path(sys.argv[1]))
lock.take()
print("held", flush=True)
time.sleep(60)
"""


def test_only_one_has_it_and_the_other_learns_who(tmp_path: Path) -> None:
    one, other = RecorderLock(tmp_path), RecorderLock(tmp_path)
    assert recorded_by(tmp_path) is None
    one.take()
    one.take()
    with pytest.raises(StoreHeld) as caught:
        other.take()
    assert caught.value.message == f"recorded by pid {os.getpid()}"
    assert recorded_by(tmp_path) == os.getpid()
    one.release()
    assert recorded_by(tmp_path) is None
    other.take()
    other.release()


def test_it_ends_with_a_process_that_was_killed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert recorded_by(tmp_path) == process.pid
        process.send_signal(signal.SIGKILL)
    lock = RecorderLock(tmp_path)
    until(lambda: recorded_by(tmp_path) is None, "the lock is free")
    lock.take()
    lock.release()


def test_nobody_else_can_read_it_and_no_link_leads_elsewhere(tmp_path: Path) -> None:
    lock = RecorderLock(tmp_path)
    lock.take()
    assert stat.S_IMODE((tmp_path / LOCK_FILE).stat().st_mode) == 0o600
    lock.release()
    (tmp_path / LOCK_FILE).unlink()
    (tmp_path / LOCK_FILE).symlink_to(tmp_path / "precious")
    with pytest.raises(OSError, match="symbolic"):
        lock.take()
    assert not (tmp_path / "precious").exists()


def test_a_lock_without_a_pid_is_held_by_somebody(tmp_path: Path) -> None:
    lock = RecorderLock(tmp_path)
    lock.take()
    (tmp_path / LOCK_FILE).write_text("no number")
    assert recorded_by(tmp_path) == 0
    with pytest.raises(StoreHeld, match="another process"):
        RecorderLock(tmp_path).take()
    lock.release()


def test_a_lock_whose_file_was_deleted_is_taken_anew(tmp_path: Path) -> None:
    one, other = RecorderLock(tmp_path), RecorderLock(tmp_path)
    one.take()
    (tmp_path / LOCK_FILE).unlink()
    one.take()
    with pytest.raises(StoreHeld):
        other.take()
    one.release()
