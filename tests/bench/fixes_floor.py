"""A real floor in a terminal of its own over parts that are made for it: a config, its folder, its jobs."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench.terminal import Terminal

SERVICES = 10
FLOOR = [sys.executable, "-m", "tui"]
WRITER = str(Path(__file__).with_name("writer.py"))
_HEAD = '[watchfloor]\nname = "bench"\ntheme = "dark"\n\n[store]\npath = "store"\n\n'
_SERVICE = '[[service]]\nname = "s{number:02}"\nurl = "http://127.0.0.1:9/"\ninterval = "1s"\n\n'
_FIX = """[[fix]]
name = "fix-{number:02}"
when = {{ service = "s{number:02}" }}
run = {{ kind = "command", argv = {argv}, timeout = "10m", params = {params} }}
verify = {{ within = "1s" }}

"""
_KINDS = (
    "container.restart", "postgres.terminate", "redis.purge-memory", "process.signal", "compose.restart",
    "rabbitmq.requeue", "swarm.update", "systemd.restart", "container.recreate", "log.rotate",
)  # fmt: skip
_OTHER = '[[fix]]\nname = "fix-{number:02}"\nwhen = {{ service = "s{number:02}" }}\nrun = {{ kind = "{kind}" }}\n\n'
_DOCKER = '[[docker]]\nname = "bench"\nurl = "{url}"\nonly = ["{glob}"]\ninterval = "1s"\n\n'


def services() -> str:
    """Services that are down, since nobody listens."""
    return "".join(_SERVICE.format(number=number) for number in range(SERVICES))


def fixes(per_s: str = "{per_s}", for_s: str = "{for_s}") -> str:
    """A writer for each of the services; what it is to write stays open without arguments."""
    argv = json.dumps([sys.executable, WRITER, per_s, for_s])
    params = '{ per_s = { default = "10" }, for_s = { default = "1" } }' if "{" in per_s else "{}"
    return "".join(_FIX.format(number=number, argv=argv, params=params) for number in range(SERVICES))


def of_ten_kinds() -> str:
    """A fix for each of the services, each by another action."""
    return "".join(_OTHER.format(number=number, kind=kind) for number, kind in enumerate(_KINDS))


def engine(url: str, glob: str) -> str:
    """Some containers of an engine."""
    return _DOCKER.format(url=url, glob=glob)


@contextmanager
def place(toml: str) -> Iterator[Path]:
    """A config in a folder that nobody else can write, with locks of its own."""
    with TemporaryDirectory() as name:
        before = os.environ.get("XDG_STATE_HOME")
        os.environ["XDG_STATE_HOME"] = name
        config = Path(name, "watchfloor.toml")
        config.write_text(_HEAD + toml)
        config.chmod(0o600)
        try:
            yield config
        finally:
            os.environ.pop("XDG_STATE_HOME")
            if before is not None:
                os.environ["XDG_STATE_HOME"] = before


def opened(config: Path) -> Terminal:
    """The floor of that config."""
    return Terminal([*FLOOR, "--config", str(config)])


def output_file(config: Path, number: int) -> Path:
    """Where the output of a job begins."""
    return config.parent / "store" / "jobs" / str(number) / "output.0"


def until(terminal: Terminal, there: Callable[[], object], limit_s: float) -> float | None:
    """Seconds until something is there, while the terminal is read; None when it never was."""
    began = time.perf_counter()
    while time.perf_counter() - began < limit_s:
        if there():
            return time.perf_counter() - began
        terminal.read(0.001)
    return None


def kinds(file: Path) -> Mapping[str, Any]:
    """What kinds of lines are in an output so far, each with its first text."""
    found: dict[str, Any] = {}
    for line in file.read_bytes().splitlines() if file.exists() else ():
        entry = json.loads(line)
        found.setdefault(entry["kind"], entry["text"])
    return found
