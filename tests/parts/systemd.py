"""A real systemd that manages a user's units, in a mount namespace of its own: this machine may have booted without."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

import pytest

from tests.parts.need import need
from tests.parts.wait import until

MANAGER = Path("/lib/systemd/systemd")
_UNITS: Mapping[str, str] = {
    "app-one.service": "[Unit]\nDescription=One of the shop\n[Service]\nExecStart=/bin/sleep infinity\n",
    "app-two.service": "[Service]\nExecStart=/bin/sleep infinity\n",
    "app-conf.service": "[Service]\nExecStart=/bin/sleep infinity\nExecReload=/bin/sh -c 'echo again >> %h/reloaded'\n",
    "app-bad.service": "[Service]\nExecStart=/bin/sh -c 'exit 7'\n",
    "app-shot.service": "[Service]\nType=oneshot\nExecStart=/bin/true\n",
    "app-loop.service": "[Service]\nExecStart=/bin/false\nRestart=always\nRestartSec=0.2\nStartLimitBurst=99\n",
}
_RUN = "mount --make-rprivate / && mount -t tmpfs none /run/systemd && mkdir /run/systemd/system && exec {} --user"


class Systemctl:
    """The client of that systemd."""

    def __init__(self, folder: Path) -> None:
        self.environment = {**os.environ, "XDG_RUNTIME_DIR": str(folder), "HOME": str(folder / "home")}

    def __call__(self, *arguments: str) -> str:
        """Run it and give what it prints; an error of its own is no fault here."""
        told = subprocess.run(
            ["systemctl", "--user", "--no-pager", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        return told.stdout

    def show(self, unit: str, name: str) -> str:
        """One property of a unit."""
        return self("show", f"--property={name}", "--value", "--", unit).strip()


@contextmanager
def user_systemd(folder: Path) -> Iterator[Systemctl]:
    """Start it with a few units, none of them active."""
    need(sys.platform == "linux" and os.geteuid() == 0 and MANAGER.exists(), "a systemd, and root to run it apart")
    need(shutil.which("systemctl") and shutil.which("unshare"), "systemctl and unshare")
    units = folder / "home/.config/systemd/user"
    units.mkdir(parents=True)
    folder.chmod(0o700)
    for name, text in _UNITS.items():
        (units / name).write_text(text)
    client = Systemctl(folder)
    Path("/run/systemd").mkdir(exist_ok=True)
    manager = subprocess.Popen(
        ["unshare", "--mount", "sh", "-c", _RUN.format(MANAGER)],
        env={**client.environment, "SYSTEMD_LOG_TARGET": "null"},
        stdin=subprocess.DEVNULL,
    )
    try:
        socket = folder / "systemd/private"
        until(lambda: socket.exists() or manager.poll() is not None, "systemd to listen")
        need(manager.poll() is None, "a systemd that runs in a mount namespace of its own")
        yield client
        client("exit")
        manager.wait(10)
    finally:
        manager.kill()
        manager.wait()


@pytest.fixture(scope="module")
def systemd_of_module() -> Iterator[Systemctl]:
    """One for all tests of a file."""
    folder = Path(mkdtemp(prefix="wf-systemd-"))
    try:
        with user_systemd(folder) as client:
            yield client
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def systemctl(systemd_of_module: Systemctl, monkeypatch: pytest.MonkeyPatch) -> Iterator[Systemctl]:
    """The real one where a collector finds it, with nothing running before and after."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", systemd_of_module.environment["XDG_RUNTIME_DIR"])
    yield systemd_of_module
    systemd_of_module("stop", "app-*")
    systemd_of_module("reset-failed")
