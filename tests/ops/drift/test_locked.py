"""One writer at a time: another waits for it, and is told who it is where that does not end."""

import os
import threading
from pathlib import Path

import pytest

from ops.drift.locked import alone
from ops.drift.source import DriftError


def test_one_at_a_time(tmp_path: Path) -> None:
    inside, most = 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(5):
            with alone(tmp_path, "x"):
                inside += 1
                most = max(most, inside)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (inside, most) == (0, 1)


def test_who_keeps_it_is_told(tmp_path: Path) -> None:
    with alone(tmp_path, "x"), pytest.raises(DriftError, match=f"pid {os.getpid()} writes"), alone(tmp_path, "x", 0.0):
        pass
    with alone(tmp_path, "x", 0.0):
        assert [file.name for file in tmp_path.iterdir()] == ["x.lock"]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DriftError, match="can't be used"), alone(tmp_path / "gone", "x"):
        pass
