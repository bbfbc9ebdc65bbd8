"""Parsing of procfs on literals, and reading of this machine's own."""

import os
import time
from pathlib import Path

import psutil
import pytest

from collectors.linux import procfs
from collectors.linux.figures import (
    CpuTimes,
    Memory,
    Traffic,
    parse_counter,
    parse_cpu,
    parse_interfaces,
    parse_load,
    parse_memory,
    parse_pressure,
)
from tests.parts import fixture_procfs as fixture


def _bytes(name: str) -> bytes:
    return fixture.FILES[name].encode()


@pytest.mark.parametrize("name", ["worker", "a b) c", "(x)", ") R 1 1", "ünï"])
def test_a_stat_line_is_taken_apart_whatever_the_name_is(tmp_path: Path, name: str) -> None:
    fixture.process(tmp_path, 7, name=name, state="Z", parent=5, ticks=33, started=123)
    stat = procfs.read_stat(str(tmp_path), 7)
    assert stat is not None
    assert (stat.pid, stat.name, stat.state, stat.parent) == (7, name, "Z", 5)
    assert (stat.ticks, stat.threads, stat.started, stat.exit_code) == (33, 4, 123, 9)
    assert stat.memory_bytes == 25 * procfs.PAGE_BYTES


@pytest.mark.parametrize("text", [b"", b"7 (x) S 1", b"no brackets"])
def test_what_is_no_stat_line_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        procfs.parse_stat(text)


def test_our_own_process_reads_as_the_kernel_knows_it() -> None:
    stat = procfs.read_stat("/proc", os.getpid())
    uptime = procfs.read_uptime("/proc")
    assert stat is not None
    assert uptime is not None
    assert (stat.pid, stat.parent, stat.state) == (os.getpid(), os.getppid(), "R")
    assert stat.ticks / procfs.TICKS_PER_S == pytest.approx(sum(os.times()[:2]), abs=0.5)
    age = time.time() - psutil.Process().create_time()
    assert procfs.age_s(stat, uptime) == pytest.approx(age, abs=2)
    assert procfs.read_command("/proc", os.getpid()) == " ".join(psutil.Process().cmdline())
    assert os.getpid() in set(procfs.pids("/proc"))


def test_what_is_absent_or_ended_reads_as_none(tmp_path: Path) -> None:
    assert procfs.read_stat(str(tmp_path), 1) is None
    assert procfs.read_uptime(str(tmp_path)) is None
    assert procfs.read_command(str(tmp_path), 1) == ""
    assert procfs.read(str(tmp_path)) is None, "a directory can be opened, not read"


def test_a_file_longer_than_one_read_comes_whole_and_bounded(tmp_path: Path) -> None:
    fixture.put(tmp_path, "mounts", "x" * 100_000)
    assert len(procfs.read(f"{tmp_path}/mounts", 10**6) or b"") == 100_000
    assert len(procfs.read(f"{tmp_path}/mounts", 30_000) or b"") == 30_000


def test_cpu_times_count_waiting_for_disks_as_idle() -> None:
    assert parse_cpu(_bytes("stat")) == CpuTimes(busy=200, total=1000)
    with pytest.raises(ValueError, match="no line of CPU times"):
        parse_cpu(b"intr 1 2 3")


def test_memory_in_use_is_what_is_not_available() -> None:
    assert parse_memory(_bytes("meminfo")) == Memory(1000 * 1024, 250 * 1024, 400 * 1024, 300 * 1024)


def test_an_old_kernel_counts_free_and_cache_as_available() -> None:
    text = b"MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 10 kB\nCached: 20 kB\n"
    assert parse_memory(text) == Memory(1000 * 1024, 130 * 1024, 0, 0)


def test_interfaces_with_and_without_a_blank_after_the_colon() -> None:
    found = parse_interfaces(_bytes("net/dev"))
    assert found["lo"] == Traffic(1000, 1000, 0)
    assert found["eth0"] == Traffic(5000, 7000, 3)


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        pytest.param(_bytes("pressure/cpu"), 12.34, id="some, not full"),
        pytest.param(b"", None, id="nothing there"),
        pytest.param(b"full avg10=1.00 avg60=0.00\n", None, id="only full"),
    ],
)
def test_pressure_is_the_share_in_which_some_task_waited(text: bytes, percent: float | None) -> None:
    assert parse_pressure(text) == percent


@pytest.mark.parametrize(
    ("text", "count"),
    [
        pytest.param(_bytes("vmstat"), 7, id="the counter of that very name"),
        pytest.param(b"nr_free_pages 1\n", None, id="an old kernel has none"),
        pytest.param(b"a 1\noom_kill 3", 3, id="the last line"),
    ],
)
def test_a_counter_of_vmstat(text: bytes, count: int | None) -> None:
    assert parse_counter(text, b"oom_kill") == count


def test_loads() -> None:
    assert parse_load(_bytes("loadavg")) == (1.5, 0.8, 0.2)
    with pytest.raises(ValueError, match=r"."):
        parse_load(b"")
