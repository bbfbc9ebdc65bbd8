"""A server as a plain child process in its own process group: start, stop, hang, and start again."""

import os
import signal
import socket
import subprocess  # noqa: TID251 - the demo is one of the two places that may start processes
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from ops.demo.account import Account

HOST = "127.0.0.1"
_TICK_S = 0.01
_STILL_S = 1.0
"""How long to wait until a parent that was told to stand still does so and forks no more."""


class ServerError(Exception):
    """A server could not be prepared or started; the text says why, with the end of its log."""


def free_port() -> int:
    """Find a TCP port on loopback that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def run(arguments: Sequence[str], directory: Path, account: Account | None) -> None:
    """Run a preparing command to its end. Raises ServerError with its output when it fails."""
    try:
        done = subprocess.run(  # noqa: S603
            arguments,
            cwd=directory,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    except OSError as error:
        raise ServerError(f"{arguments[0]} does not run: {error}") from error
    if done.returncode:
        raise ServerError(f"{arguments[0]} failed: {done.stderr.decode(errors='replace').strip()}")


def _environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C"}


class Child(ABC):
    """One server process over a directory that outlives it, so that it can be stopped and launched again."""

    stop_signal = signal.SIGTERM
    fast_stop_signal = signal.SIGTERM

    def __init__(self, directory: Path, port: int) -> None:
        self.directory = directory
        self.host = HOST
        self.port = port
        self.process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def arguments(self) -> list[str]:
        """Give the command line. Nothing secret is in it."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Say whether it takes work now."""

    def account(self) -> Account | None:
        """Give the account to run under; None keeps ours."""
        return None

    @property
    def running(self) -> bool:
        """Whether the process is there (it may hang)."""
        return self.process is not None and self.process.poll() is None

    def launch(self, deadline_s: float = 30.0) -> None:
        """Start it over its directory and wait until it is ready. Raises ServerError when it does not get so."""
        account = self.account()
        with (self.directory / "server.log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603
                self.arguments(),
                cwd=self.directory,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )
        deadline = time.monotonic() + deadline_s
        while not self.is_ready():
            if not self.running or time.monotonic() > deadline:
                self.stop()
                raise ServerError(f"{self.arguments()[0]} did not get ready: {self._end_of_log()}")
            time.sleep(_TICK_S)

    def _end_of_log(self) -> str:
        return (self.directory / "server.log").read_text(errors="replace").strip()[-500:]

    def stop(self, *, fast: bool = True, deadline_s: float = 5.0) -> None:
        """End it: `fast` drops what its clients do. What does not end by the deadline is killed. Safe to call twice."""
        if self.process is None or not self.running:
            return
        self.process.send_signal(self.fast_stop_signal if fast else self.stop_signal)
        self.unhang()
        try:
            self.process.wait(deadline_s)
        except subprocess.TimeoutExpired:
            self._signal_all(signal.SIGKILL)
            self.process.wait()

    def hang(self) -> None:
        """Freeze it with all its children: connections stay open and get no answer."""
        self._signal_all(signal.SIGSTOP)

    def unhang(self) -> None:
        """Let a frozen one go on."""
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: signal.Signals) -> None:
        """Signal the parent first, so that it forks no more, then its children: PostgreSQL's are in other groups."""
        import psutil

        if self.process is None or not self.running:
            return
        with suppress(psutil.NoSuchProcess):
            parent = psutil.Process(self.process.pid)
            parent.send_signal(number)
            deadline = time.monotonic() + _STILL_S
            while number == signal.SIGSTOP and parent.status() != psutil.STATUS_STOPPED and time.monotonic() < deadline:
                time.sleep(_TICK_S)
            for child in parent.children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    child.send_signal(number)
