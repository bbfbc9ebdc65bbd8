"""Looks at what runs on this machine, without changing anything, and makes a config of it."""

import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from collectors.registry import discover
from collectors.text import clean
from ops.config.decode import read_table
from ops.config.listening import Answer, look, says_ok
from ops.config.problems import Problems
from ops.config.resolve import with_secrets
from ops.config.structs import Config

NOTE = "no config found: showing what runs here; `watchfloor init` writes it down"
DOCKER_SOCKET = Path("/var/run/docker.sock")
POSTGRES_PORT = 5432
REDIS_PORT = 6379
SYSTEMD = Path("/run/systemd/system")
"""There where systemd runs the machine."""
_DOCKER_TIMEOUT_S = 0.1


class Found(NamedTuple):
    """One thing that runs here: a table of the config, and how we know."""

    section: str
    table: Mapping[str, Any]
    why: str


class Discovery(NamedTuple):
    """All that runs here, and what we saw but may not look at."""

    found: tuple[Found, ...]
    notes: tuple[str, ...] = ()

    name: str = "watchfloor"
    """What to call the floor: this host's name."""

    def tables(self) -> dict[str, Any]:
        """The same as TOML would be parsed."""
        tables: dict[str, Any] = {"watchfloor": {"name": self.name}}
        for item in self.found:
            tables.setdefault(item.section, []).append(item.table)
        return tables


def discover_config(environ: Mapping[str, str] | None = None) -> Config:
    """The config of what runs here; takes some milliseconds, and at most 0.3 s when nothing answers."""
    environ = os.environ if environ is None else environ
    discovery = look_around(environ)
    located = read_table(discovery.tables(), Problems("what runs here", {}), discover())
    config = with_secrets(located, environ)
    located.problems.stop()
    return msgspec.structs.replace(config, path="", notes=(NOTE, *discovery.notes, *config.notes))


def look_around(environ: Mapping[str, str]) -> Discovery:
    """Find the host, a Docker engine, systemd, PostgreSQL, Redis, and what answers on the usual ports of loopback."""
    sections, name = discover(), _host_name()
    answers = {answer.port: answer for answer in look()}
    docker, note = _docker(environ)
    found = (
        Found("host", {"name": name}, "this machine itself"),
        *docker,
        *((Found("systemd", {"name": name}, "systemd runs this machine"),) if SYSTEMD.is_dir() else ()),
        *_postgres(environ, answers.pop(POSTGRES_PORT, None)),
        *_redis(answers.pop(REDIS_PORT, None)),
        *(_by_port(answer) for answer in answers.values()),
    )
    return Discovery(tuple(item for item in found if item.section in sections), (note,) if note else (), name)


def _host_name() -> str:
    return clean(socket.gethostname(), 100).replace("/", "-").strip() or "this host"


def _docker(environ: Mapping[str, str]) -> tuple[tuple[Found, ...], str]:
    if environ.get("DOCKER_HOST"):
        return (Found("docker", {"name": "local"}, "DOCKER_HOST names this engine"),), ""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(_DOCKER_TIMEOUT_S)
        try:
            probe.connect(str(DOCKER_SOCKET))
        except PermissionError:
            return (), f"{DOCKER_SOCKET} is there but not for this user: join the group docker, then log in again"
        except OSError:
            return (), ""
        manages = says_ok(probe, "localhost", "/swarm")
    engine = Found("docker", {"name": "local"}, f"an engine listens on {DOCKER_SOCKET}")
    swarm = Found("swarm", {"name": "local"}, "the engine is a manager of a swarm")
    return (engine, *((swarm,) if manages else ())), ""


def _postgres(environ: Mapping[str, str], answer: Answer | None) -> Iterator[Found]:
    """A database where libpq's own variables say how to log in, else only whether its port takes connections."""
    if environ.get("PGUSER") and (answer or environ.get("PGHOST")):
        host = environ.get("PGHOST") or (answer.host if answer else "")
        given = {"host": host, "port": environ.get("PGPORT", ""), "user": environ["PGUSER"]}
        given["dbname"] = environ.get("PGDATABASE", "")
        table = {"name": "local", "dsn": " ".join(f"{key}={_quoted(text)}" for key, text in given.items() if text)}
        if environ.get("PGPASSWORD"):
            table["password_env"] = "PGPASSWORD"  # noqa: S105 - the variable's name
        yield Found("postgres", table, "PGUSER and its kind say how to log in")
    elif answer:
        yield _by_port(answer)


def _quoted(text: str) -> str:
    """A value as libpq's key=value texts want it."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _redis(answer: Answer | None) -> Iterator[Found]:
    if answer is None:
        return
    if "redis" in discover():
        yield Found("redis", {"name": "local", "url": f"redis://{answer.netloc}/0"}, f"port {REDIS_PORT} answers")
    else:
        yield _by_port(answer)


def _by_port(answer: Answer) -> Found:
    if answer.section in discover():
        place = {"url": f"http://{answer.netloc}"} if answer.url else {"host": answer.host, "port": answer.port}
        return Found(answer.section, {"name": "local", **place}, f"port {answer.port} answers as {answer.title}")
    if answer.url:
        return Found("service", {"name": answer.title, "url": answer.url}, f"port {answer.port} answers HTTP with 200")
    table = {"name": answer.title, "host": answer.host, "port": answer.port}
    return Found("tcp", table, f"port {answer.port} takes connections")
