"""Processes as workloads: over a fixture procfs for the rules, and real children for what the kernel does."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import psutil
import pytest

from collectors.base import CollectError, Entity, NoData, Value
from collectors.linux import procfs
from collectors.processes import ProcessConfig, Processes
from tests.parts import fixture_procfs as fixture
from tests.parts.wait import until

Start = Callable[[str], "subprocess.Popen[bytes]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start Python children with a program, and end them all afterwards."""
    children: list[subprocess.Popen[bytes]] = []

    def one(program: str) -> "subprocess.Popen[bytes]":
        children.append(subprocess.Popen([sys.executable, "-c", program]))
        return children[-1]

    yield one
    for child in children:
        child.kill()
        child.wait()


def _collector(**settings: object) -> Processes:
    return Processes(msgspec.convert({"name": "shop", **settings}, ProcessConfig), {})


async def _entity(collector: Processes) -> Entity:
    return (await collector.collect()).entities[0]


async def _facts(collector: Processes) -> dict[str, Value]:
    return dict((await _entity(collector)).facts)


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        pytest.param({}, "exactly one", id="no way to find it"),
        pytest.param({"pid": 1, "pid_file": "x"}, "exactly one", id="two ways"),
        pytest.param({"pid": 1, "match": "x"}, "exactly one", id="a pid and a pattern"),
        pytest.param({"pid": -1}, "over 0", id="a negative pid"),
        pytest.param({"match": "("}, "regular expression", id="a broken pattern"),
    ],
)
def test_a_config_that_finds_nothing_is_refused(settings: dict[str, object], error: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=error):
        _collector(**settings)


async def test_a_process_of_a_known_procfs(tmp_path: Path) -> None:
    root = fixture.make(tmp_path)
    fixture.process(root, 12, started=int(2000 * procfs.TICKS_PER_S))
    fixture.put(root, "12/fd/0", "")
    entity = await _entity(_collector(pid=12, proc=str(root)))
    assert (entity.kind, entity.name, entity.key) == ("process", "shop", f"12:{2000 * procfs.TICKS_PER_S}")
    descriptors = entity.facts["descriptors"]
    assert isinstance(descriptors, int)
    assert descriptors >= 1
    assert entity.facts == {
        "pid": 12,
        "state": "sleeping",
        "cpu_percent": None,
        "memory_bytes": 25 * procfs.PAGE_BYTES,
        "memory_percent": round(100 * 25 * procfs.PAGE_BYTES / procfs.MEMORY_BYTES, 2),
        "uptime_s": 3000.0,
        "restarts": 0,
        "exit_code": None,
        "threads": 4,
        "descriptors": descriptors,
        "command": "/usr/bin/worker --port 12",
    }


@pytest.mark.parametrize(
    ("letter", "state"),
    [("R", "running"), ("S", "sleeping"), ("D", "sleeping"), ("I", "sleeping"), ("T", "stopped"), ("Z", "zombie")],
)
async def test_the_states_of_the_kernel(tmp_path: Path, letter: str, state: str) -> None:
    root = fixture.make(tmp_path)
    fixture.process(root, 12, state=letter)
    facts = await _facts(_collector(pid=12, proc=str(root)))
    assert facts["state"] == state
    assert (facts["pid"] is None) == (state == "zombie")


async def test_of_several_that_match_the_oldest_is_meant_and_the_next_takes_its_place(tmp_path: Path) -> None:
    root = fixture.make(tmp_path)
    for pid, started in ((30, 900), (20, 500), (40, 700)):
        fixture.process(root, pid, started=started)
    fixture.process(root, 10, name="other", started=1)
    collector = _collector(match="worker --port", proc=str(root))
    assert (await _facts(collector))["pid"] == 20
    fixture.process(root, 20, started=500, state="Z")
    facts = await _facts(collector)
    assert (facts["pid"], facts["restarts"]) == (40, 1)


async def test_a_pid_given_to_a_stranger_is_not_taken_for_the_process(tmp_path: Path) -> None:
    root, file = fixture.make(tmp_path / "proc"), tmp_path / "shop.pid"
    file.write_text("12\n")
    fixture.process(root, 12, started=int(4999 * procfs.TICKS_PER_S))
    collector = _collector(pid_file=str(file), proc=str(root))
    assert (await _facts(collector))["state"] == "sleeping"
    fixture.process(root, 12, name="bash", started=int(4999 * procfs.TICKS_PER_S) + 50)
    entity = await _entity(collector)
    assert (entity.facts["state"], entity.facts["restarts"]) == ("exited", 0)
    assert "belongs to another process now: bash" in entity.texts["looked for"]
    file.write_text("12\n")
    os.utime(file, (time.time(), time.time() + 1))
    assert (await _facts(collector))["restarts"] == 1, "a new pid file may name the same id"


async def test_a_pid_file_that_is_older_than_the_process_names_a_stranger(tmp_path: Path) -> None:
    root, file = fixture.make(tmp_path / "proc"), tmp_path / "shop.pid"
    file.write_text("12\n")
    os.utime(file, (time.time() - 86400, time.time() - 86400))
    fixture.process(root, 12, started=int(4990 * procfs.TICKS_PER_S))
    assert (await _facts(_collector(pid_file=str(file), proc=str(root))))["state"] == "exited"
    by_command = _collector(pid_file=str(file), match="^/usr/bin/worker", proc=str(root))
    assert (await _facts(by_command))["state"] == "sleeping", "a pattern decides when there is one"


async def test_a_pid_file_that_names_something_else_than_the_pattern(tmp_path: Path) -> None:
    root, file = fixture.make(tmp_path / "proc"), tmp_path / "shop.pid"
    file.write_text("12")
    fixture.process(root, 12, name="bash", started=int(4999 * procfs.TICKS_PER_S))
    entity = await _entity(_collector(pid_file=str(file), match="worker", proc=str(root)))
    assert entity.facts["state"] == "exited"


@pytest.mark.parametrize(
    ("content", "state", "why"),
    [
        pytest.param(None, "missing", "there is no pid file", id="absent"),
        pytest.param("", "missing", "is empty", id="empty"),
        pytest.param("77\n", "exited", "no process has the id 77", id="names one that is gone"),
    ],
)
async def test_a_pid_file_without_a_process_is_a_fact(
    tmp_path: Path, content: str | None, state: str, why: str
) -> None:
    root, file = fixture.make(tmp_path / "proc"), tmp_path / "shop.pid"
    if content is not None:
        file.write_text(content)
    entity = await _entity(_collector(pid_file=str(file), proc=str(root)))
    assert entity.facts["state"] == state
    assert why in entity.texts["looked for"]


@pytest.mark.parametrize("content", ["hello\n", "-5", "1.5"])
async def test_a_pid_file_that_holds_something_else_is_an_error(tmp_path: Path, content: str) -> None:
    file = tmp_path / "shop.pid"
    file.write_text(content)
    with pytest.raises(CollectError, match="holds no process id"):
        await _collector(pid_file=str(file)).collect()


async def test_a_pid_file_that_is_a_folder_or_a_pipe_does_not_hang(tmp_path: Path) -> None:
    with pytest.raises(CollectError, match="cannot read the pid file"):
        await _collector(pid_file=str(tmp_path)).collect()
    os.mkfifo(tmp_path / "pipe")
    assert (await _facts(_collector(pid_file=str(tmp_path / "pipe"))))["state"] == "missing"


async def test_nothing_matches(tmp_path: Path) -> None:
    entity = await _entity(_collector(match="worker", proc=str(fixture.make(tmp_path))))
    assert entity.facts["state"] == "missing"
    assert entity.texts["looked for"] == "no command line matches 'worker'"


async def test_without_procfs_there_is_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(NoData):
        await _collector(pid=1, proc=str(tmp_path)).collect()


async def test_a_real_child_reads_as_psutil_reads_it(start: Start) -> None:
    child = start("while True: pass")
    known = psutil.Process(child.pid)
    until(lambda: known.cpu_times().user > 0.1, "the child to run")
    collector = _collector(pid=child.pid)
    facts = await _facts(collector)
    assert facts["state"] == "running"
    assert facts["memory_bytes"] == pytest.approx(known.memory_info().rss, rel=0.1)
    assert facts["threads"] == known.num_threads()
    assert facts["descriptors"] == known.num_fds()
    assert facts["command"] == " ".join(known.cmdline())[:500]
    assert facts["uptime_s"] == pytest.approx(time.time() - known.create_time(), abs=2)
    used = known.cpu_times().user
    until(lambda: known.cpu_times().user > used + 0.3, "the child to burn some CPU")
    percent = (await _facts(collector))["cpu_percent"]
    assert isinstance(percent, float)
    assert 10 < percent <= 115


async def test_a_real_child_through_stop_continue_kill_and_restart(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "shop.pid"
    child = start("import time; time.sleep(600)")
    file.write_text(str(child.pid))
    collector = _collector(pid_file=str(file))

    assert (await _facts(collector))["state"] in ("running", "sleeping")
    child.send_signal(signal.SIGSTOP)
    until(lambda: psutil.Process(child.pid).status() == psutil.STATUS_STOPPED, "the child to stop")
    assert (await _facts(collector))["state"] == "stopped"
    child.send_signal(signal.SIGCONT)
    until(lambda: psutil.Process(child.pid).status() != psutil.STATUS_STOPPED, "the child to go on")
    assert (await _facts(collector))["state"] in ("running", "sleeping")
    child.send_signal(signal.SIGKILL)
    until(lambda: psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE, "the child to end")
    facts = await _facts(collector)
    assert (facts["state"], facts["exit_code"]) == ("zombie", 137)
    child.wait()
    facts = await _facts(collector)
    assert (facts["state"], facts["exit_code"], facts["pid"]) == ("exited", 137, None)

    other = start("import time; time.sleep(600)")
    file.write_text(str(other.pid))
    facts = await _facts(collector)
    assert (facts["pid"], facts["restarts"], facts["exit_code"]) == (other.pid, 1, None)
    file.unlink()
    assert (await _facts(collector))["state"] == "exited"


async def test_a_real_child_is_found_by_its_command_and_again_after_its_restart(start: Start) -> None:
    mark = f"wanted-{os.getpid()}-{time.monotonic_ns()}"
    collector = _collector(match=mark)
    assert (await _facts(collector))["state"] == "missing"
    first = start(f"import time; time.sleep(600)  # {mark}")
    until(lambda: mark in " ".join(psutil.Process(first.pid).cmdline()), "the child to be what it was started as")
    assert (await _facts(collector))["pid"] == first.pid
    first.kill()
    first.wait()
    assert (await _facts(collector))["state"] == "exited"
    second = start(f"import time; time.sleep(600)  # {mark}")
    until(lambda: mark in " ".join(psutil.Process(second.pid).cmdline()), "the child to be what it was started as")
    facts = await _facts(collector)
    assert (facts["pid"], facts["restarts"]) == (second.pid, 1)


async def test_a_real_childs_exit_code_is_told_while_it_is_a_zombie(start: Start) -> None:
    child = start("raise SystemExit(3)")
    until(lambda: psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE, "the child to end")
    facts = await _facts(_collector(pid=child.pid))
    assert (facts["state"], facts["exit_code"]) == ("zombie", 3)


async def test_a_log_is_followed_when_the_config_names_one(tmp_path: Path) -> None:
    log = tmp_path / "shop.log"
    log.write_text("started\n")
    lines = _collector(pid=1, log_file=str(log)).follow("")
    assert await anext(lines) == "started"
    with pytest.raises(CollectError, match="names no log of shop"):
        _collector(pid=1).follow("")
