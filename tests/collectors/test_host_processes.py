"""The pass over all processes: who burns the CPU, and whose zombies wait."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from collectors.linux.procfs import TICKS_PER_S
from collectors.linux.top import Scan, scan
from tests.parts import fixture_procfs as fixture
from tests.parts.wait import until


@pytest.fixture
def burner() -> Iterator[subprocess.Popen[bytes]]:
    """A child that burns one core."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as child:
        yield child
        child.kill()


def test_the_busiest_come_first_and_only_those_that_ran(tmp_path: Path) -> None:
    for pid in range(10, 20):
        fixture.process(tmp_path, pid, ticks=1000)
    before = scan(str(tmp_path), Scan(), cores=4)
    assert not before.top, "one look alone says nothing about now"
    before = Scan(at=time.monotonic() - 10, ticks=before.ticks)
    fixture.process(tmp_path, 12, ticks=1000 + 5 * TICKS_PER_S)
    fixture.process(tmp_path, 15, ticks=1000 + 1 * TICKS_PER_S)
    found = scan(str(tmp_path), before, cores=4)
    assert [entity.name for entity in found.top] == ["worker[12]", "worker[15]"]
    first = found.top[0].facts
    assert first["cpu_percent"] == pytest.approx(50, abs=1)
    assert first["command"] == "/usr/bin/worker --port 12"
    assert first["user"] == psutil.Process().username()


def test_a_pid_that_is_used_again_does_not_inherit_the_figures_of_the_old_one(tmp_path: Path) -> None:
    fixture.process(tmp_path, 12, ticks=100_000, started=100)
    before = scan(str(tmp_path), Scan(), cores=4)
    fixture.process(tmp_path, 12, ticks=TICKS_PER_S, started=900)
    found = scan(str(tmp_path), Scan(at=time.monotonic() - 10, ticks=before.ticks), cores=4)
    assert found.top[0].facts["cpu_percent"] == pytest.approx(10, abs=1)


def test_only_the_five_busiest_are_kept(tmp_path: Path) -> None:
    for pid in range(10, 60):
        fixture.process(tmp_path, pid, ticks=pid)
    found = scan(str(tmp_path), Scan(at=time.monotonic() - 10, ticks={(1, 1): 0}), cores=4)
    assert [entity.facts["pid"] for entity in found.top] == [59, 58, 57, 56, 55]


def test_a_password_in_a_command_line_is_masked(tmp_path: Path) -> None:
    fixture.process(tmp_path, 12, ticks=500)
    fixture.put(tmp_path, "12/cmdline", "psql\0postgresql://app:hunter2@db/shop\0")
    found = scan(str(tmp_path), Scan(at=time.monotonic() - 10, ticks={(1, 1): 0}), cores=4)
    assert found.top[0].facts["command"] == "psql postgresql://app:***@db/shop"


def test_zombies_are_counted_with_the_parent_that_leaves_most(tmp_path: Path) -> None:
    fixture.process(tmp_path, 5, name="careless")
    fixture.process(tmp_path, 6, name="other")
    for pid in (20, 21):
        fixture.process(tmp_path, pid, state="Z", parent=5)
    fixture.process(tmp_path, 22, state="Z", parent=6)
    facts = scan(str(tmp_path), Scan(), cores=4).facts
    assert facts == {"processes": 5, "zombies": 3, "zombie_parent": "careless (pid 5)"}


def test_no_zombies(tmp_path: Path) -> None:
    fixture.process(tmp_path, 5)
    assert scan(str(tmp_path), Scan(), cores=4).facts == {"processes": 1, "zombies": 0, "zombie_parent": None}


def test_a_long_pass_is_taken_less_often() -> None:
    quick, slow = Scan(at=100, took_s=0.002), Scan(at=100, took_s=0.06)
    assert quick.due(105)
    assert not slow.due(129)
    assert slow.due(131)


def test_a_real_child_that_burns_cpu_is_at_the_top(burner: subprocess.Popen[bytes]) -> None:
    before = scan("/proc", Scan(), cores=os.cpu_count() or 1)
    until(lambda: psutil.Process(burner.pid).cpu_times().user > 0.3, "the child to burn something")
    found = scan("/proc", before, cores=os.cpu_count() or 1)
    ours = [entity for entity in found.top if entity.facts["pid"] == burner.pid]
    assert ours
    percent = ours[0].facts["cpu_percent"]
    assert isinstance(percent, float)
    assert 10 < percent <= 100.0 * (os.cpu_count() or 1)


def test_a_real_child_that_nobody_collects_is_a_zombie() -> None:
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    try:
        until(lambda: psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE, "the child to end")
        facts = scan("/proc", Scan(), cores=1).facts
        zombies = facts["zombies"]
        assert isinstance(zombies, int)
        assert zombies >= 1
        assert facts["zombie_parent"]
    finally:
        child.wait()
