"""Starts and stops a Docker engine of our own, for machines where none runs (root and Debian's docker.io)."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.parts.need import need

DEFAULT_SOCKET = Path("/var/run/docker.sock")
START_S = 60.0
STOP_S = 30.0


def wait_until(satisfied: Callable[[], object], what: str, timeout_s: float = 20.0) -> None:
    """Wait until a condition holds; fails with what was waited for when it does not in time."""
    deadline = time.monotonic() + timeout_s
    while not satisfied():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout_s:g} s in vain until {what}")
        time.sleep(0.05)


def answers(path: Path) -> bool:
    """Whether an engine answers a ping at that socket."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(2)
        try:
            client.connect(str(path))
            client.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            return b" 200 " in client.recv(64)
        except OSError:
            return False


def may_start() -> str:
    """Why no engine can be started here; empty when one can."""
    if os.geteuid() != 0:
        return "starting a Docker engine needs root"
    return "" if shutil.which("dockerd") else "no dockerd here (Debian package docker.io)"


class Dockerd:
    """One engine process with its data, run-time files, pid file and log under one temporary directory.

    `isolated` gives it a network namespace of its own: two engines in one would fight over docker0.
    """

    def __init__(self, path: Path | None = None, *, isolated: bool = False) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="wfd-"))
        self.socket = path or self._folder / "docker.sock"
        self._isolated = isolated
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Its process, while it runs."""
        assert self._process
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it answers; fails with the end of its log when it does not."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(self._command(), stdout=log, stderr=log, start_new_session=True)
        process = self._process
        try:
            wait_until(lambda: answers(self.socket) or process.poll() is not None, "dockerd answers", START_S)
            assert process.poll() is None, "dockerd ended at once"
        except AssertionError as problem:
            end = (self._folder / "log").read_text(errors="replace")[-2_000:]
            self.remove()
            raise AssertionError(f"{problem}: {end}") from None

    def _command(self) -> list[str]:
        folder = self._folder
        return [
            *(["unshare", "--net"] if self._isolated else []),
            "dockerd",
            f"--host=unix://{self.socket}",
            f"--data-root={folder / 'data'}",
            f"--exec-root={folder / 'exec'}",
            f"--pidfile={folder / 'pid'}",
            *(["--iptables=false", "--ip6tables=false"] if self._isolated else []),
        ]

    def stop(self) -> None:
        """End the engine (its containers end with it) and wait until it is gone."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGCONT)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def hang(self) -> None:
        """Freeze the engine: it accepts connections and never answers."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """End the hang."""
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def remove(self) -> None:
        """End the engine and delete all that it wrote."""
        self.stop()
        mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
        for mount in sorted((m for m in mounts if m.startswith(f"{self._folder}/")), reverse=True):
            subprocess.run(["umount", "--lazy", mount], check=False, capture_output=True)
        shutil.rmtree(self._folder, ignore_errors=True)


def engine_here() -> tuple[Path, Dockerd | None]:
    """The socket of an engine: the one that runs at the usual place, else one started there (given too, to remove)."""
    if answers(DEFAULT_SOCKET):
        return DEFAULT_SOCKET, None
    reason = may_start()
    need(not reason, f"no Docker engine answers at {DEFAULT_SOCKET}, and {reason}")
    started = Dockerd(DEFAULT_SOCKET)
    started.start()
    return DEFAULT_SOCKET, started
