"""Drills of what is written down and what is asked by programs: logs, access logs, a git checkout, plugins."""

import asyncio
import json
import os
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from tests.drills.drill import LONG, Drill, Fault, Part
from tests.drills.site import TIMES, Missing, Site

LINES = 200
FLOOD = 300_000
EVIL = b"ERROR \x1b]52;c;b3duZWQ=\x07\x1b[2J\xc2\x9b31m[red]x[/] \xe2\x80\xaegnp \xff\xfe\x00 end\n"
LONG_LINE = b"ERROR " + b"x" * 5_000_000 + b"\n"
REQUESTS = 40
FORGOTTEN_S = 90.0
"""What was logged counts for a minute."""
Write = Callable[[Path], None]


def _append(path: Path, data: bytes) -> None:
    with path.open("ab") as log:
        log.write(data)


def _errors(path: Path) -> None:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    _append(path, f"{now} ERROR payment refused: card 4711\n".encode() * LINES)


def _flood(path: Path) -> None:
    _append(path, b"".join(b"INFO request %d was answered\n" % number for number in range(FLOOD)))


def _evil(path: Path) -> None:
    _append(path, EVIL * 10 + LONG_LINE)


def _rotate(path: Path) -> None:
    path.rename(path.with_suffix(".1"))
    _append(path, b"ERROR written after the rotation\n" * 10)


@asynccontextmanager
async def _log(site: Site, name: str, write: Write) -> AsyncIterator[Fault]:
    path = site.room(name) / "app.log"
    _append(path, b"INFO started\n")
    config = f'[[log]]\nname = "{name}"\nfile = "{path}"\n{TIMES}\n'
    yield Fault(
        config, partial(asyncio.to_thread, write, path), partial(asyncio.to_thread, _append, path, b"INFO ok\n")
    )


def _requests(status: int) -> bytes:
    fields = {"status": status, "request_time": 0.02, "path": "/checkout", "method": "GET", "bytes": 12}
    return (json.dumps(fields) + "\n").encode() * REQUESTS


@asynccontextmanager
async def _access(site: Site) -> AsyncIterator[Fault]:
    path = site.room("access-log-errors") / "access.log"
    _append(path, _requests(200))
    config = f'[[access_log]]\nname = "access-log-errors"\nfile = "{path}"\nformat = "json"\n{TIMES}\n'
    bad, good = partial(_append, path, _requests(502)), partial(_append, path, _requests(200) * 100)
    yield Fault(config, partial(asyncio.to_thread, bad), partial(asyncio.to_thread, good))


def _git(folder: Path, *arguments: str) -> None:
    named = ("-c", "user.name=drill", "-c", "user.email=drill@localhost")
    subprocess.run(["git", "-C", str(folder), *named, *arguments], check=True, capture_output=True)


@asynccontextmanager
async def _dirty(site: Site) -> AsyncIterator[Fault]:
    if shutil.which("git") is None:
        raise Missing("git on PATH")
    folder = site.room("git-dirty")
    tracked = folder / "settings"
    tracked.write_text("debug = no\n")
    for words in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "Deployed")):
        await asyncio.to_thread(_git, folder, *words)
    config = f'[[git]]\nname = "git-dirty"\npath = "{folder}"\n{TIMES}\n'
    change, back = partial(tracked.write_text, "debug = yes\n"), partial(tracked.write_text, "debug = no\n")
    yield Fault(config, partial(asyncio.to_thread, change), partial(asyncio.to_thread, back))


_PLUGIN = """#!/bin/sh
test -e "$0.slow" && sleep 60
test -e "$0.bad" && { echo "CRITICAL - 7 jobs failed | jobs=7"; exit 2; }
echo "OK - no job failed | jobs=0"
"""


@asynccontextmanager
async def _plugin(site: Site, name: str, mark: str) -> AsyncIterator[Fault]:
    program = site.room(name) / "check_jobs"
    program.write_text(_PLUGIN)
    os.chmod(program, 0o755)  # noqa: S103 - it is a program
    flag = program.with_name(f"check_jobs.{mark}")
    config = f'[[exec]]\nname = "{name}"\ncommand = ["{program}"]\n{TIMES}\n'
    yield Fault(config, partial(asyncio.to_thread, flag.touch), partial(asyncio.to_thread, flag.unlink))


def _logged(name: str, write: Write) -> Part:
    return lambda site: _log(site, name, write)


_LOGS: tuple[tuple[str, Write, str, str], ...] = (
    ("log-errors", _errors, "erring errors 200/min.*200× payment refused", "how many in a minute, equal ones as one"),
    ("log-flood", _flood, "too many to read", "that lines were left out, and how many"),
    ("log-evil", _evil, "erring errors", "errors in inert and bounded words"),
    ("log-rotated", _rotate, "erring errors.*written after the rotation", "what the new file says"),
)
DRILLS = (
    *(
        Drill(
            name=name, shows=shows, row=f"log:{name}", says=says, part=_logged(name, write), wave=LONG,
            healed_s=FORGOTTEN_S, shared=True, note="counts for a minute",
        )
        for name, write, says, shows in _LOGS
    ),
    Drill(
        name="access-log-errors", shows="the share of failed requests", row="access_log:access-log-errors",
        says="erring failed requests", part=_access, wave=LONG, healed_s=FORGOTTEN_S, note="counts for a minute",
    ),
    Drill(
        name="git-dirty", shows="that a file differs from the commit", row="git:git-dirty", says="1 file differs",
        part=_dirty, wave="programs",
    ),
    Drill(
        name="plugin-critical", shows="the plugin's own line", row="exec:plugin-critical", says="7 jobs failed",
        part=lambda site: _plugin(site, "plugin-critical", "bad"), wave="programs",
    ),
    Drill(
        name="plugin-hang", shows="no answer, at the deadline; nothing is left running", row="exec:plugin-hang",
        says="no answer within 5 s", part=lambda site: _plugin(site, "plugin-hang", "slow"), wave="programs",
    ),
)  # fmt: skip
