"""The host collector over a fixture procfs for exact figures, and over this machine beside psutil."""

import asyncio
import os
import shutil
import time
from pathlib import Path

import psutil
import pytest

from collectors.base import Entity, NoData, Reading
from collectors.host import FIRST_GAP_S, Host, HostConfig
from collectors.linux.figures import CpuTimes
from collectors.linux.kernel import Sample, cpu_percent
from tests.parts import fixture_procfs as fixture


def _host(root: Path | str = "/proc") -> Host:
    return Host(HostConfig(name="box", proc=str(root)), {})


def _own(reading: Reading) -> Entity:
    return reading.entities[0]


def _parts(reading: Reading, kind: str) -> dict[str, Entity]:
    return {entity.name: entity for entity in reading.entities if entity.kind == kind}


async def test_the_facts_of_a_known_host(tmp_path: Path) -> None:
    host = _host(fixture.make(tmp_path))
    fixture.process(tmp_path, 12)
    reading = await host.collect()
    own = _own(reading)
    assert (own.kind, own.name) == ("host", "box")
    cores = os.cpu_count() or 1
    assert own.facts == {
        "load1": 1.5,
        "load5": 0.8,
        "load15": 0.2,
        "cores": cores,
        "load_per_core": round(1.5 / cores, 3),
        "uptime_s": 5000.0,
        "memory_percent": 75.0,
        "memory_used_bytes": 750 * 1024,
        "memory_available_bytes": 250 * 1024,
        "memory_total_bytes": 1000 * 1024,
        "swap_percent": 25.0,
        "swap_used_bytes": 100 * 1024,
        "swap_total_bytes": 400 * 1024,
        "pressure_cpu_percent": 12.34,
        "pressure_memory_percent": 0.0,
        "pressure_io_percent": None,
        "oom_kills": 0,
        "cpu_percent": None,
        "processes": 1,
        "zombies": 0,
        "zombie_parent": None,
    }
    assert set(_parts(reading, "host.disk")) == {"/"}
    assert set(_parts(reading, "host.net")) == {"lo", "eth0"}


async def test_what_happens_between_two_polls(tmp_path: Path) -> None:
    host = _host(fixture.make(tmp_path))
    await host.collect()
    fixture.put(tmp_path, "stat", "cpu  160 0 120 715 105 0 0 0 0 0\n")
    fixture.put(tmp_path, "vmstat", "nr_free_pages 1\noom_kill 9\n")
    fixture.put(tmp_path, "net/dev", fixture.FILES["net/dev"].replace("5000", "905000").replace("7000", "10"))
    reading = await host.collect()
    assert _own(reading).facts["cpu_percent"] == 80.0
    assert _own(reading).facts["oom_kills"] == 2
    net = _parts(reading, "host.net")["eth0"].facts
    assert isinstance(net["received_bytes_per_s"], float)
    assert net["received_bytes_per_s"] > 0
    assert net["sent_bytes_per_s"] is None, "a counter that fell back says nothing"
    assert net["errors_per_s"] == 0


async def test_an_interface_that_appears_has_no_rate_yet(tmp_path: Path) -> None:
    host = _host(fixture.make(tmp_path))
    await host.collect()
    fixture.put(tmp_path, "net/dev", fixture.FILES["net/dev"] + "  eth1:10 1 0 0 0 0 0 0 10 1 0 0 0 0 0 0\n")
    net = _parts(await host.collect(), "host.net")["eth1"].facts
    assert net["received_bytes_per_s"] is None


async def test_an_old_kernel_knows_neither_pressure_nor_out_of_memory_kills(tmp_path: Path) -> None:
    without: dict[str, str | None] = {"pressure/cpu": None, "pressure/memory": None, "vmstat": "nr_free_pages 1\n"}
    facts = _own(await _host(fixture.make(tmp_path, without)).collect()).facts
    assert facts["pressure_cpu_percent"] is None
    assert facts["oom_kills"] is None


async def test_without_procfs_there_is_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(NoData, match="not a Linux"):
        await _host(tmp_path).collect()


@pytest.mark.parametrize(
    ("busy", "total", "own_s", "without_own", "percent"),
    [
        pytest.param(50, 100, 0.0, False, 50.0, id="half busy"),
        pytest.param(0, 0, 0.0, False, None, id="no time has passed"),
        pytest.param(80, 100, 0.5, True, 30.0, id="our own start is left out"),
        pytest.param(10, 100, 0.5, True, 0.0, id="never below zero"),
        pytest.param(120, 100, 0.0, False, 100.0, id="never above a hundred"),
        pytest.param(-5, 100, 0.0, False, 0.0, id="a counter that fell back"),
    ],
)
def test_cpu_percent(busy: int, total: int, own_s: float, without_own: bool, percent: float | None) -> None:
    before = Sample(0.0, CpuTimes(1000, 2000), {}, 1.0)
    now = Sample(1.0, CpuTimes(1000 + busy, 2000 + total), {}, 1.0 + own_s)
    assert cpu_percent(before, now, without_own=without_own) == percent


async def test_this_machine_agrees_with_psutil() -> None:
    host = _host()
    before = time.monotonic()
    reading = await host.collect()
    assert FIRST_GAP_S <= time.monotonic() - before < FIRST_GAP_S + 2.5
    facts = _own(reading).facts
    memory, swap = psutil.virtual_memory(), psutil.swap_memory()
    assert facts["memory_total_bytes"] == memory.total
    assert facts["memory_percent"] == pytest.approx(memory.percent, abs=3)
    assert facts["memory_available_bytes"] == pytest.approx(memory.available, rel=0.05)
    assert facts["swap_total_bytes"] == swap.total
    assert facts["cores"] == psutil.cpu_count()
    assert facts["load1"] == pytest.approx(psutil.getloadavg()[0], abs=1)
    assert facts["uptime_s"] == pytest.approx(time.time() - psutil.boot_time(), abs=5)
    assert facts["processes"] == pytest.approx(len(psutil.pids()), abs=30)
    assert set(_parts(reading, "host.net")) <= set(psutil.net_io_counters(pernic=True))


async def test_cpu_that_is_burnt_here_is_seen() -> None:
    host = _host()
    await host.collect()
    psutil.cpu_percent()
    end = time.process_time() + 0.3
    while time.process_time() < end:
        pass
    ours, known = _own(await host.collect()).facts["cpu_percent"], psutil.cpu_percent()
    assert isinstance(ours, float)
    assert ours >= 10
    assert ours == pytest.approx(known, abs=25)


async def test_closing_waits_for_nothing(tmp_path: Path) -> None:
    host = _host(fixture.make(tmp_path))
    await host.collect()
    shutil.rmtree(tmp_path)
    closing = asyncio.ensure_future(host.close())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert closing.done(), "it ends in the turn that it began in"
    assert closing.exception() is None
