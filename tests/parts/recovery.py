"""What pages of recovery are run on: configs over a shop or a folder that stands for a host, watched by monitors."""

import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import tomli_w

from ops.demo.plan import Plan
from ops.demo.shop import Demo
from ops.incidents.book import IncidentBook
from ops.incidents.database import FILE_NAME
from tests.parts.command import ROOT, clean_environment, watchfloor
from tests.parts.mended import config_without, once_good
from tests.parts.runbook import Runbook
from tests.parts.shop import all_healthy
from tests.parts.wait import until

OPENED_WITHIN_S = 60.0
WELL_WITHIN_S = 60.0
UNWATCHED = ("host", "docker", "notify")
"""This machine's own matters."""
Tables = dict[str, object]


def write(path: Path, tables: Mapping[str, object]) -> Path:
    """A config that only we may read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(tomli_w.dumps(tables))
    return path


def shop_config(demo: Demo, name: str) -> Path:
    """The shop's, with a fix that starts its Redis."""
    config = once_good(config_without(demo, UNWATCHED, name))
    tables = tomllib.loads(config.read_text())
    tables["fix"].append(start_redis(demo.plan))
    return write(config, tables)


def start_redis(plan: Plan) -> Tables:
    """As the demo's own fix starts PostgreSQL."""
    argv = [sys.executable, "-m", "ops.demo.mend", plan.directory, "restart", "redis"]
    return {
        "name": "start redis",
        "about": "the server is started",
        "when": {"row": "process:redis", "state": "exited"},
        "run": {"kind": "command", "row": "process:redis", "argv": argv, "folder": str(ROOT), "timeout": "30s"},
        "verify": {"row": "redis:cache", "within": "30s"},
    }


def lose_redis(plan: Plan) -> None:
    """End it as a crash does, and take away whatever it wrote."""
    os.kill(int(plan.pid_file("redis").read_text()), signal.SIGKILL)
    for file in Path(plan.directory, "redis").glob("*.rdb"):
        file.unlink()


@contextmanager
def monitored(config: Path) -> Iterator[Callable[[], int]]:
    """A monitor that has looked once; what is given waits for its open incident and gives the number."""
    folder = Path(tomllib.loads(config.read_text())["store"]["path"])
    command = [sys.executable, "-m", "tui", "--config", str(config), "monitor"]
    known: set[int] = set()

    def opened() -> int:
        book = IncidentBook(folder)
        try:
            until(lambda: _new(book, known), "an incident", OPENED_WITHIN_S)
            return _new(book, known)[0]
        finally:
            book.close()

    with subprocess.Popen(command, cwd=ROOT, env=clean_environment(), stdout=subprocess.DEVNULL) as process:
        try:
            until((folder / FILE_NAME).exists, "the first look of the monitor", 20)
            known |= {one.number for one in IncidentBook(folder).open()}
            yield opened
        finally:
            process.terminate()


def _new(book: IncidentBook, known: Container[int]) -> list[int]:
    """Numbers of those that go on and were not known, gravest first; not that a shop just begun has no backups yet."""
    new = (one for one in book.open() if one.number not in known)
    return [one.number for one in new if not all(row.startswith("backup:") for row in one.rows)]


def taken(config: Path, *sets: str) -> str:
    """Take backups of these sets, as a schedule would; gives a moment when all was well, as a person writes it."""
    done = watchfloor("--config", str(config), "backup", "run", *sets, cwd=config.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())


def safety(config: Path, name: str) -> str:
    """The id of the last one that was taken before a restore."""
    told = watchfloor("--config", str(config), "backup", "list", name, "--json", cwd=config.parent)
    kept = json.loads(told.stdout)
    return str(next(one["manifest"]["id"] for one in kept if one["manifest"]["why"] == "safety"))


def well(shop: Demo) -> None:
    """Wait until every service is."""
    until(lambda: all_healthy(shop.plan), "the shop to be well", WELL_WITHIN_S)


def broken(shop: Demo) -> None:
    """Wait until one suffers."""
    until(lambda: not all_healthy(shop.plan), "the shop to suffer", WELL_WITHIN_S)


def page_of(name: str) -> Path:
    """Where one of the pages of recovery stands."""
    return ROOT / "docs" / "recovery" / f"{name}.md"


def page(name: str, folder: Path, **environment: str) -> Runbook:
    """One of them, with what a person says first, run in a folder."""
    return Runbook(page_of(name), folder, environment)
