"""Real processes that tests may signal: each known by a mark in its command line, all ended afterwards."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import uuid4

from collectors.linux import procfs
from ops.config.structs import Config
from tests.parts.acting import config_of
from tests.parts.wait import until

_READY = "import sys, signal, time; {how}; print('ready', flush=True); {body}"
SLEEP = "time.sleep(300)"
BURN = "exec('while True: pass')"
IGNORE = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"
_SUPERVISOR = """
import subprocess, sys
while True:
    child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)', sys.argv[1]])
    child.wait()
"""


class Victim:
    """One of them."""

    def __init__(self, how: str = "pass", body: str = SLEEP) -> None:
        self.mark = f"wf-victim-{uuid4().hex}"
        script = _READY.format(how=how, body=body)
        self.process = subprocess.Popen([sys.executable, "-c", script, self.mark], stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        self.process.stdout.readline()

    @property
    def pid(self) -> int:
        """Its id."""
        return self.process.pid

    @property
    def key(self) -> str:
        """As rows have it."""
        stat = procfs.read_stat("/proc", self.pid)
        assert stat is not None
        return f"{self.pid}:{stat.started}"

    @property
    def state(self) -> str:
        """The kernel's letter, "" when it is gone."""
        stat = procfs.read_stat("/proc", self.pid)
        return stat.state if stat else ""

    @property
    def runs(self) -> bool:
        """Whether it was not ended."""
        return self.state not in ("", "Z", "X")


@contextmanager
def victim(how: str = "pass", body: str = SLEEP) -> Iterator[Victim]:
    """Start one; it and its pipe end with the context."""
    made = Victim(how, body)
    try:
        yield made
    finally:
        made.process.kill()
        made.process.wait()
        if made.process.stdout is not None:
            made.process.stdout.close()


@contextmanager
def supervised() -> Iterator[str]:
    """A process that something starts again whenever it ends; gives the mark of its command line."""
    mark = f"wf-kept-{uuid4().hex}"
    supervisor = subprocess.Popen([sys.executable, "-c", _SUPERVISOR, mark], start_new_session=True)
    try:
        until(lambda: len(pids_of(mark)) == 2, "the supervised process")
        yield mark
    finally:
        supervisor.kill()
        supervisor.wait()
        for pid in pids_of(mark):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def pids_of(mark: str) -> list[int]:
    """Processes with that mark in their command line."""
    return [pid for pid in procfs.pids("/proc") if mark in procfs.read_command("/proc", pid)]


def watching(match: str, more: str = "") -> Config:
    """A config with the process "victim", found by its command line."""
    return config_of(f'[[process]]\nname = "victim"\nmatch = {json.dumps(match)}\n{more}')
