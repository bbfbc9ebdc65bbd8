"""A shop starts whole, and nothing of it is left, however it ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from ops.demo.plan import SERVICES
from ops.demo.registry import running
from ops.demo.shop import Demo, DemoError, RemoteDemo
from tests.parts.shop import a_shop, all_healthy, cache, database, health, processes_of, until

_OWNER = """
import sys, time
from ops.demo.shop import Demo
demo = Demo.start()
print(demo.directory, demo.guard_pid, flush=True)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def own_registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shops of other tests, which run beside these, are none of ours."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


def _gone(directory: Path) -> bool:
    return not directory.exists() and not processes_of(str(directory))


def _started_by_another() -> "tuple[subprocess.Popen[str], Path, int]":
    owner = subprocess.Popen([sys.executable, "-c", _OWNER], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    directory, guard = owner.stdout.readline().split()
    return owner, Path(directory), int(guard)


def test_everything_is_real_and_works() -> None:
    begun = time.monotonic()
    with a_shop() as demo:
        assert time.monotonic() - begun < 15
        status, body = health(demo.plan, "checkout")
        assert (status, body["status"], body["database"], body["queue"]) == (200, "healthy", "connected", "connected")
        with database(demo.plan) as connection:
            count = "SELECT max(xact_commit) FROM pg_stat_database WHERE datname = 'shop'"
            first = connection.execute(count).fetchall()[0][0]
            until(lambda: connection.execute(count).fetchall()[0][0] > first, 10, "the shop writes")
        until(lambda: cache(demo.plan).llen("emails") == 0, 10, "the worker drains the queue")
        assert cache(demo.plan).xlen("orders") > 0


def test_secrets_stand_in_closed_files_and_in_no_command_line() -> None:
    with a_shop() as demo:
        commands = " ".join(" ".join(process.cmdline()) for process in processes_of(str(demo.directory)))
        assert not any(secret in commands for secret in demo.plan.passwords.values())
        assert demo.config_path.stat().st_mode & 0o077 == 0
        assert (demo.directory / "private").stat().st_mode & 0o077 == 0


def test_after_close_nothing_is_left() -> None:
    with a_shop() as demo:
        assert len(processes_of(str(demo.directory))) > 8
        demo.close()
        assert _gone(demo.directory)
        demo.close()


def test_two_shops_at_once_do_not_meet() -> None:
    with a_shop() as first, a_shop() as second:
        assert not set(first.plan.ports.values()) & set(second.plan.ports.values())
        assert running()[:2] == [second.directory, first.directory]
        assert RemoteDemo.newest().directory == second.directory
        second.close()
        assert all_healthy(first.plan)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_shop_ends_with_its_owner(number: signal.Signals) -> None:
    owner, directory, _ = _started_by_another()
    os.kill(owner.pid, number)
    owner.communicate()
    until(lambda: _gone(directory), 10, "the shop is gone")


def test_a_shop_ends_when_its_supervisor_is_killed() -> None:
    with a_shop() as demo:
        supervisor = psutil.Process(demo.guard_pid).children()[0]
        supervisor.kill()
        until(lambda: _gone(demo.directory), 10, "the shop is gone")


def test_a_shop_ends_when_its_guard_is_killed() -> None:
    owner, directory, guard = _started_by_another()
    os.kill(guard, signal.SIGKILL)
    until(lambda: _gone(directory), 10, "the shop is gone")
    owner.kill()
    owner.communicate()


def test_signals_of_a_terminal_do_not_end_it() -> None:
    with a_shop() as demo:
        for process in (psutil.Process(demo.guard_pid), *psutil.Process(demo.guard_pid).children()):
            for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
                process.send_signal(number)
        time.sleep(0.3)
        assert all_healthy(demo.plan)


def test_what_is_left_of_a_shop_that_was_killed_whole_is_removed_by_the_next() -> None:
    owner, directory, guard = _started_by_another()
    family = [psutil.Process(guard), *psutil.Process(guard).children(recursive=True)]
    for process in family:
        process.suspend()
    for process in reversed(family):
        process.kill()
    owner.kill()
    owner.communicate()
    psutil.wait_procs(family, 5)
    assert directory.exists()
    with a_shop():
        assert not directory.exists()


def test_the_progress_names_every_part() -> None:
    lines: list[str] = []
    demo = Demo.start(progress=lines.append)
    demo.close()
    assert [line.split(" on port")[0] for line in lines[:4]] == [f"service {name}" for name in SERVICES]
    assert any(line.startswith("PostgreSQL on port") for line in lines)
    assert any(line.startswith("Redis on port") for line in lines)


def test_without_a_shop_there_is_none_to_find(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with pytest.raises(DemoError, match="no demo is running"):
        RemoteDemo.newest()


def test_a_shop_that_cannot_start_says_why_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.demo.shop.python", lambda *_: [sys.executable, "-c", 'print(\'{"error": "no luck"}\')'])
    with pytest.raises(DemoError, match="no luck"):
        Demo.start(tmp_path)
    assert list(tmp_path.iterdir()) == []
