"""What systemctl prints, as systemd 252 and others print it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.base import Reading, Value
from collectors.polling.inert import sanitize
from collectors.systemd_api.parse import (
    CpuSample,
    cpu_percent,
    cpu_sample,
    manager_facts,
    parse_blocks,
    unit_entity,
    whole,
)

RUNNING = """Type=notify
MainPID=812
StatusText=Processing requests...
CanReload=yes
Result=success
NRestarts=2
ExecMainCode=0
ExecMainStatus=0
MemoryCurrent=25800704
CPUUsageNSec=1843000000
TasksCurrent=11
Id=nginx.service
Description=A high performance web server and a reverse proxy server
LoadState=loaded
ActiveState=active
SubState=running
UnitFileState=enabled
ActiveEnterTimestampMonotonic=11813985578
InactiveEnterTimestampMonotonic=0
"""
KILLED = """Type=simple
MainPID=0
StatusText=
Result=oom-kill
NRestarts=5
ExecMainCode=2
ExecMainStatus=9
MemoryCurrent=[not set]
CPUUsageNSec=18446744073709551615
TasksCurrent=[not set]
Id=app-worker@1.service
Description=Worker 1 = the first
LoadState=loaded
ActiveState=failed
SubState=failed
UnitFileState=static
ActiveEnterTimestampMonotonic=11813984508
InactiveEnterTimestampMonotonic=11813988594
"""
TIMER = """Result=success
Id=apt-daily.timer
Description=Daily apt download activities
LoadState=loaded
ActiveState=active
SubState=waiting
UnitFileState=enabled
ActiveEnterTimestampMonotonic=9000000
InactiveEnterTimestampMonotonic=0
"""
MISSING = """Type=
MainPID=0
Result=success
NRestarts=0
ExecMainCode=0
ExecMainStatus=0
MemoryCurrent=18446744073709551615
Id=nope.service
Description=nope.service
LoadState=not-found
ActiveState=inactive
SubState=dead
UnitFileState=
ActiveEnterTimestampMonotonic=0
InactiveEnterTimestampMonotonic=0
"""
NOW_S = 11900.0
_KNOWN = {"load": "loaded", "stopped_s": None, "cpu_percent": None}


def facts(text: str) -> dict[str, Value]:
    (block,) = parse_blocks(text)
    return dict(unit_entity(block, NOW_S, None).facts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            RUNNING,
            {
                **_KNOWN,
                "state": "active",
                "sub": "running",
                "type": "notify",
                "result": "success",
                "exit_code": None,
                "restarts": 2,
                "memory_bytes": 25800704,
                "tasks": 11,
                "uptime_s": 86.014,
                "pid": 812,
                "description": "A high performance web server and a reverse proxy server",
                "enabled": "enabled",
                "status": "Processing requests...",
                "can_reload": True,
            },
            id="a service that runs",
        ),
        pytest.param(
            KILLED,
            {
                **_KNOWN,
                "state": "failed",
                "sub": "failed",
                "type": "simple",
                "result": "oom-kill",
                "exit_code": -9,
                "restarts": 5,
                "memory_bytes": None,
                "tasks": None,
                "uptime_s": None,
                "stopped_s": 86.011,
                "pid": None,
                "description": "Worker 1 = the first",
                "enabled": "static",
                "status": None,
                "can_reload": None,
            },
            id="a service that was killed for memory",
        ),
        pytest.param(
            TIMER,
            {
                **_KNOWN,
                "state": "active",
                "sub": "waiting",
                "type": None,
                "result": "success",
                "exit_code": None,
                "restarts": None,
                "memory_bytes": None,
                "tasks": None,
                "uptime_s": 11891.0,
                "pid": None,
                "description": "Daily apt download activities",
                "enabled": "enabled",
                "status": None,
                "can_reload": None,
            },
            id="a timer has no process",
        ),
        pytest.param(
            MISSING,
            {
                **_KNOWN,
                "state": "not-found",
                "sub": "dead",
                "load": "not-found",
                "type": None,
                "result": "success",
                "exit_code": None,
                "restarts": 0,
                "memory_bytes": None,
                "tasks": None,
                "uptime_s": None,
                "pid": None,
                "description": "nope.service",
                "enabled": None,
                "status": None,
                "can_reload": None,
            },
            id="no such unit",
        ),
    ],
)
def test_a_unit(text: str, expected: dict[str, Value]) -> None:
    assert facts(text) == expected


def test_several_units_stand_apart_by_blank_lines() -> None:
    blocks = list(parse_blocks("\n".join((RUNNING, KILLED, TIMER))))
    assert [block["Id"] for block in blocks] == ["nginx.service", "app-worker@1.service", "apt-daily.timer"]
    assert list(parse_blocks("\n\n\n")) == []


def test_the_manager() -> None:
    (block,) = parse_blocks("Version=252.38-1~deb12u1\nNNames=30\nNFailedUnits=1\nNJobs=0\nSystemState=degraded\n")
    assert manager_facts(block) == {
        "version": "252.38-1~deb12u1",
        "system_state": "degraded",
        "units": 30,
        "failed": 1,
        "jobs": 0,
    }
    assert set(manager_facts({}).values()) == {None}


@pytest.mark.parametrize(
    ("written", "figure"),
    [
        ("0", 0),
        ("42", 42),
        *((text, None) for text in ("18446744073709551615", "[not set]", "infinity", "", "-1", "1.5", "²", "9" * 5000)),
        (None, None),
    ],
)
def test_figures(written: str | None, figure: int | None) -> None:
    assert whole(written) == figure


def test_cpu_is_that_between_two_polls() -> None:
    first = cpu_sample({"CPUUsageNSec": "1000000000"}, 10.0)
    second = cpu_sample({"CPUUsageNSec": "3500000000"}, 20.0)
    assert cpu_percent(first, second) == 25.0
    assert cpu_percent(None, second) is None
    assert cpu_percent(second, CpuSample(30.0, 0.1)) is None, "it began anew"
    assert cpu_sample({"CPUUsageNSec": "[not set]"}, 10.0) is None


@given(
    st.text() | st.lists(st.sampled_from(["Id=a", "ActiveState=\x1b[2J", "", "=", "MainPID=-1", "x"])).map("\n".join)
)
def test_any_text_is_read_without_a_fault(text: str) -> None:
    for block in parse_blocks(text):
        sanitize(Reading((unit_entity(block, NOW_S, None),)))
        manager_facts(block)
