"""The monitor as a service: one at a time, what it tells systemd, a new config, its end with its terminal."""

import asyncio
import json
import os
import pty
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from ops.config.load import load
from ops.meeting import socket_path
from ops.shared import SharedSource
from ops.store.lock import recorded_by
from tests.parts.command import ROOT, clean_environment, watchfloor
from tests.parts.monitors import monitor, refusing
from tests.parts.need import need
from tests.parts.wait import until

LIMIT_S = 20.0


def test_a_second_one_ends_with_75_and_says_who_leads(tmp_path: Path) -> None:
    config = refusing(tmp_path)
    with monitor(config) as first:
        until(socket_path(tmp_path / "history").exists, "the first one to lead", LIMIT_S)
        second = watchfloor("monitor", "--config", str(config), cwd=tmp_path)
        assert second.returncode == 75
        assert second.stderr.startswith(f"watchfloor: the monitor on {socket.gethostname()}, pid {first.process.pid} ")
        assert "leads shop already" in second.stderr
        assert first.process.poll() is None
        first.process.send_signal(signal.SIGTERM)
        assert first.process.wait(LIMIT_S) == 0
    assert recorded_by(tmp_path / "history") is None
    assert not socket_path(tmp_path / "history").exists()


def test_systemd_hears_that_it_is_ready_lives_reads_a_config_anew_and_ends(tmp_path: Path) -> None:
    config, told = refusing(tmp_path), []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.setblocking(False)

        def heard(words: str) -> Callable[[], bool]:
            def look() -> bool:
                try:
                    while True:
                        told.append(manager.recv(4096).decode())
                except BlockingIOError:
                    return any(words in each for each in told)

            return look

        environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "400000"}
        with monitor(config, environment=environment) as one:
            until(heard("READY=1\nSTATUS=shop: 1 critical"), "it to be ready", LIMIT_S)
            until(heard("WATCHDOG=1"), "a sign of life", LIMIT_S)
            config.write_text(config.read_text() + '[[service]]\nname = "web"\n')
            one.process.send_signal(signal.SIGHUP)
            until(one.said("config", "the new config is refused, the old one goes on: "), "a refusal", LIMIT_S)
            assert heard("RELOADING=1\nMONOTONIC_USEC=")()
            config.write_text(config.read_text() + 'url = "http://127.0.0.1:9/"\nfailures = 1\n')
            one.process.send_signal(signal.SIGHUP)
            until(one.said("config", "the config is read anew: 2 targets"), "the new config", LIMIT_S)
            until(lambda: any(line.get("row") == "service:web" for line in one.lines), "its target", LIMIT_S)
            slow = '[monitor]\nping_command = ["sh", "-c", "sleep 2; echo http://127.0.0.1:9"]\n'
            config.write_text(config.read_text() + slow)
            told.clear()
            one.process.send_signal(signal.SIGHUP)
            until(lambda: sum(line["kind"] == "config" for line in one.lines) == 3, "it once more", LIMIT_S)
            assert heard("RELOADING=1")()
            begun = next(place for place, each in enumerate(told) if "RELOADING" in each)
            assert sum(each == "WATCHDOG=1" for each in told[begun:]) >= 3, "it lives while the config is read"
            one.process.send_signal(signal.SIGTERM)
            assert one.process.wait(LIMIT_S) == 0
            assert heard("STOPPING=1")()
            assert not any(line.get("state") == "resolved" for line in one.lines), "an incident goes on over it all"


async def test_a_floor_goes_on_within_five_seconds_after_its_monitor_is_killed(tmp_path: Path) -> None:
    config = refusing(tmp_path)
    with monitor(config) as one:
        until(socket_path(tmp_path / "history").exists, "it to lead", LIMIT_S)
        floor = SharedSource(load(str(config)))
        boards = floor.boards()
        async with asyncio.timeout(LIMIT_S):
            board = await anext(board async for board in boards if board.rows)
            assert (board.mode, board.watching) == (
                "attached", f"monitor on {socket.gethostname()}, pid {one.process.pid}"
            )  # fmt: skip
            one.process.kill()
            async with asyncio.timeout(5):
                board = await anext(
                    board async for board in boards if board.mode == "live" and board.rows[0].level == "critical"
                )
            assert any(f"pid {one.process.pid} has ended: this floor polls by itself" in note for note in board.notes)
        await boards.aclose()
        await floor.close()


def test_it_ends_with_its_terminal(tmp_path: Path) -> None:
    config = refusing(tmp_path)
    pid, terminal = pty.fork()
    if not pid:
        os.chdir(ROOT)
        command = [sys.executable, "-m", "tui", "monitor", "--config", str(config)]
        os.execve(sys.executable, command, clean_environment())  # noqa: S606 - our own program
    until(socket_path(tmp_path / "history").exists, "it to lead", LIMIT_S)
    os.close(terminal)
    until(lambda: os.waitpid(pid, os.WNOHANG)[0] == pid, "its end", LIMIT_S)


def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    need(shutil.which("systemd-analyze"), "systemd-analyze")
    folder = tmp_path / "a 100% floor"
    folder.mkdir()
    printed = watchfloor("monitor", "--config", str(refusing(folder)), "--systemd-unit", "--auto", cwd=tmp_path)
    assert printed.returncode == 0, printed.stderr
    command = next(line for line in printed.stdout.splitlines() if line.startswith("ExecStart="))
    assert command.endswith(f'"monitor" "--config" "{tmp_path}/a 100%% floor/watchfloor.toml" "--logfmt" "--auto"')
    unit = tmp_path / "watchfloor.service"
    unit.write_text(printed.stdout)
    checked = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    assert "watchfloor.service" not in checked.stderr, checked.stderr


def test_logfmt_has_the_same_fields_as_json(tmp_path: Path) -> None:
    config = refusing(tmp_path)
    done = watchfloor("monitor", "--config", str(config), "--logfmt", "--for", "2s", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    begun = [line for line in done.stdout.splitlines() if "kind=monitor" in line]
    assert len(begun) == 1
    assert f'text="leads shop: 1 target, recorded in {tmp_path / "history"}"' in begun[0]
    (line, *_) = [line for line in done.stdout.splitlines() if "kind=level" in line]
    assert " row=service:api level=critical text=" in line
    assert json.loads(line.partition("text=")[2]).endswith("refused the connection")
