"""Stages on this machine: processes, log files, a hook, a command, systemd's units, and kubectl written down."""

import json
import os
import signal
from collections.abc import Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from collectors.linux import procfs
from tests.parts.acting import config_of
from tests.parts.dry_case import Stage, Staged, Staging
from tests.parts.scripted_programs import program
from tests.parts.servers import Exchange, running
from tests.parts.systemd import Systemctl
from tests.parts.victims import pids_of, supervised, victim, watching
from tests.parts.wait import until

_PROCESS = "process:victim"
_API = {"deployment": "api", "namespace": "prod", "context": "prod"}
_UNIT_FACTS = "--property=Id,ActiveState,SubState,Result,MainPID,NRestarts,InvocationID"


def _processes(mark: str) -> list[tuple[int, int, bool]]:
    """Those with the mark: pid, start, and whether it stands still."""
    stats = (procfs.read_stat("/proc", pid) for pid in pids_of(mark))
    return [(*stat.identity, stat.state == "T") for stat in stats if stat is not None and stat.state not in "ZX"]


@asynccontextmanager
async def _process(request: pytest.FixtureRequest, **params: str) -> Staging:
    with victim() as one:
        yield Staged(watching(one.mark), _PROCESS, partial(_processes, one.mark), params)


@asynccontextmanager
async def _supervised(request: pytest.FixtureRequest) -> Staging:
    with supervised() as mark:
        yield Staged(watching(f"300. {mark}"), _PROCESS, partial(_processes, mark))


def _files(folder: Path) -> dict[str, tuple[str, int, int, int]]:
    """What lies in a folder: text, inode, mode, time of the last change."""
    found = ((path, path.stat()) for path in sorted(folder.iterdir()))
    return {path.name: (path.read_text(), stat.st_ino, stat.st_mode, stat.st_mtime_ns) for path, stat in found}


@asynccontextmanager
async def _log(request: pytest.FixtureRequest) -> Staging:
    folder: Path = request.getfixturevalue("tmp_path")
    (folder / "app.log").write_text("one\n")
    (folder / "app.log.1").write_text("older\n")
    config = config_of(f'[[log]]\nname = "app"\nfile = {json.dumps(str(folder / "app.log"))}\n')
    yield Staged(config, "log:app", partial(_files, folder))


@asynccontextmanager
async def _command(request: pytest.FixtureRequest) -> Staging:
    folder: Path = request.getfixturevalue("tmp_path")
    config = config_of(
        '[[process]]\nname = "victim"\nmatch = "wf-none-such"\n'
        f'[[fix]]\nname = "make it"\nwhen = {{ row = "{_PROCESS}" }}\n'
        f'run = {{ kind = "command", argv = {json.dumps(["touch", str(folder / "made")])} }}\n'
    )
    yield Staged(config, _PROCESS, partial(_files, folder), fix="make it")


@asynccontextmanager
async def _hook(request: pytest.FixtureRequest) -> Staging:
    called: list[str] = []

    async def talk(exchange: Exchange) -> None:
        if exchange.method != "GET":
            called.append(exchange.target)
        await exchange.answer(200, b"")

    async with running(talk) as server:
        config = config_of(
            f'[[service]]\nname = "api"\nurl = "{server.url}/health"\n'
            '[[fix]]\nname = "wake it"\nwhen = { service = "api" }\n'
            f'run = {{ kind = "http.hook", url = "{server.url}/wake" }}\n'
        )
        yield Staged(config, "service:api", lambda: list(called), fix="wake it")


def _changing(notes: Path) -> list[str]:
    """What kubectl was called with to change something."""
    lines = notes.read_text().splitlines() if notes.exists() else []
    return [line for line in lines if not line.startswith("get ")]


@asynccontextmanager
async def _deployment(request: pytest.FixtureRequest, **params: str) -> Staging:
    folder: Path = request.getfixturevalue("tmp_path")
    found = """echo '{"metadata": {"uid": "u-1"}, "spec": {"replicas": 3}}'"""
    note = f'printf "%s\\n" "$*" >> {folder}/called'
    program(folder, "kubectl", f'{note}\ncase "$1" in get) {found};; esac')
    request.getfixturevalue("monkeypatch").setenv("PATH", f"{folder}:{os.environ['PATH']}")
    config = config_of('[[process]]\nname = "victim"\nmatch = "wf-none-such"\n')
    yield Staged(config, _PROCESS, partial(_changing, folder / "called"), _API | params)


def _units(real: Systemctl) -> tuple[str, bool]:
    """How each unit is, and whether the one that can has reloaded."""
    told = real("show", _UNIT_FACTS, "app-one.service", "app-conf.service", "app-bad.service")
    return told, (Path(real.environment["HOME"]) / "reloaded").exists()


@asynccontextmanager
async def _unit(request: pytest.FixtureRequest, unit: str) -> Staging:
    real: Systemctl = request.getfixturevalue("systemctl")
    real("start", "app-one", "app-conf", "app-bad")
    until(lambda: real.show("app-bad", "ActiveState") == "failed", "the bad one to fail")
    config = config_of(f'[[systemd]]\nname = "own"\nuser = true\nunits = ["{unit}"]\n')
    yield Staged(config, f"systemd.unit:own/{unit}", partial(_units, real))


STAGES: Mapping[str, Stage] = {
    "command": _command,
    "http.hook": _hook,
    "kubernetes.restart": _deployment,
    "kubernetes.scale": partial(_deployment, replicas="5"),
    "kubernetes.undo": _deployment,
    "log.rotate": _log,
    "log.truncate": _log,
    "process.kill": _process,
    "process.restart": _supervised,
    "process.signal": partial(_process, signal=signal.SIGSTOP.name.removeprefix("SIG")),
    "systemd.reload": partial(_unit, unit="app-conf.service"),
    "systemd.reset-failed": partial(_unit, unit="app-bad.service"),
    "systemd.restart": partial(_unit, unit="app-one.service"),
}
