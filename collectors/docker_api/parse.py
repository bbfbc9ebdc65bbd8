"""What a Docker engine answers, as structs of the wanted fields only, and the pure arithmetic over them."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeVar

import msgspec

from collectors.base import CollectError, Value
from collectors.text import clean

PORTS_LIMIT = 16
"""Ports named in one fact; more are counted."""
_PROJECT = "com.docker.compose.project"
_SERVICE = "com.docker.compose.service"
_ONE_OFF = "com.docker.compose.oneoff"
_SWARM_SERVICE = "com.docker.swarm.service.name"


class Go(msgspec.Struct, rename="pascal", frozen=True):
    """An object as Go's encoder writes it: PascalCase, null for an empty list or map; other fields are skipped."""


class Version(Go, frozen=True):
    """GET /version."""

    version: str = ""
    api_version: str = ""
    min_api_version: str = msgspec.field(default="", name="MinAPIVersion")


class Port(Go, frozen=True):
    """One port of a listed container; `public_port` 0 where it is not published."""

    private_port: int
    ip: str = msgspec.field(default="", name="IP")
    public_port: int = 0
    type: str = "tcp"


class Listed(Go, frozen=True):
    """One element of GET /containers/json."""

    id: str
    names: list[str] | None = None
    image: str = ""
    image_id: str = msgspec.field(default="", name="ImageID")
    state: str = ""
    status: str = ""
    ports: list[Port] | None = None
    labels: dict[str, str] | None = None


class Probe(Go, frozen=True):
    """One run of a container's health check, newest last in the log of it."""

    exit_code: int = 0
    output: str = ""


class Health(Go, frozen=True):
    """What the engine says of a container's health check."""

    status: str = ""
    log: list[Probe] | None = None


class State(Go, frozen=True):
    """State of an inspected container; times are RFC 3339, year 1 for never."""

    status: str = ""
    exit_code: int = 0
    started_at: str = ""
    finished_at: str = ""
    oom_killed: bool = msgspec.field(default=False, name="OOMKilled")
    health: Health | None = None


class Settings(Go, frozen=True):
    """Config of an inspected container."""

    tty: bool = False


class LogConfig(Go, frozen=True):
    """Where a container's log goes."""

    type: str = ""


class HostSettings(Go, frozen=True):
    """HostConfig of an inspected container."""

    log_config: LogConfig = LogConfig()
    memory: int = 0
    """The limit in bytes; 0 for none."""


class Inspected(Go, frozen=True):
    """GET /containers/ID/json."""

    id: str = ""
    state: State = State()
    config: Settings = Settings()
    host_config: HostSettings = HostSettings()
    restart_count: int = 0


class CpuUsage(msgspec.Struct, frozen=True):
    """CPU time used by a container, in nanoseconds."""

    total_usage: int = 0
    percpu_usage: list[int] | None = None


class CpuStats(msgspec.Struct, frozen=True):
    """CPU time of a container and of its whole host, in nanoseconds, at one moment."""

    cpu_usage: CpuUsage = CpuUsage()
    system_cpu_usage: int = 0
    online_cpus: int = 0


class MemoryStats(msgspec.Struct, frozen=True):
    """Memory of a container in bytes; `stats` is the kernel's own table, different in cgroup v1 and v2."""

    usage: int | None = None
    limit: int | None = None
    stats: dict[str, int] | None = None


class PidsStats(msgspec.Struct, frozen=True):
    """How many processes and threads a container has."""

    current: int | None = None


class Sample(msgspec.Struct, frozen=True):
    """One line of GET /containers/ID/stats; `precpu_stats` is the sample before it."""

    cpu_stats: CpuStats = CpuStats()
    precpu_stats: CpuStats = CpuStats()
    memory_stats: MemoryStats = MemoryStats()
    pids_stats: PidsStats = PidsStats()


AnswerT = TypeVar("AnswerT")


def decode(text: bytes, shape: type[AnswerT]) -> AnswerT:
    """Read an answer's JSON as that shape; raises CollectError when it is none."""
    try:
        return msgspec.json.decode(text, type=shape)
    except msgspec.DecodeError as problem:
        raise CollectError(
            f"the Docker engine's answer makes no sense: {clean(problem)}",
            reason="protocol",
            remedy="check that the configured url is that of a Docker engine",
        ) from problem


def cpu_percent(sample: Sample) -> float | None:
    """CPU in percent of one core, as `docker stats` shows it; None in the first sample, which has none before it.

    Δcontainer ÷ Δsystem × online CPUs × 100, 0 if either Δ ≤ 0 (docker/cli `cli/command/container/stats_helpers.go`).
    """
    now, before = sample.cpu_stats, sample.precpu_stats
    if not before.system_cpu_usage:
        return None
    container = now.cpu_usage.total_usage - before.cpu_usage.total_usage
    system = now.system_cpu_usage - before.system_cpu_usage
    if container <= 0 or system <= 0:
        return 0.0
    cpus = now.online_cpus or len(now.cpu_usage.percpu_usage or ()) or 1
    return container / system * cpus * 100


def memory_bytes(memory: MemoryStats) -> int | None:
    """Memory in use without the file cache that can be dropped at once, as `docker stats` shows it; None if unknown.

    usage − total_inactive_file (cgroup v1) or inactive_file (v2) when smaller than usage (the same file).
    """
    if memory.usage is None:
        return None
    table = memory.stats or {}
    for name in ("total_inactive_file", "inactive_file"):
        inactive = table.get(name)
        if inactive is not None and inactive < memory.usage:
            return memory.usage - inactive
    return memory.usage


def usage_facts(sample: Sample | None, limit_bytes: int = 0) -> dict[str, Value]:
    """The facts of a container's newest sample; all None without one, except a limit that was set (0 = none)."""
    if sample is None:
        unknown: dict[str, Value] = dict.fromkeys(("cpu_percent", "memory_bytes", "memory_percent", "pids"))
        return unknown | {"memory_limit_bytes": limit_bytes or None}
    used, limit = memory_bytes(sample.memory_stats), sample.memory_stats.limit
    return {
        "cpu_percent": cpu_percent(sample),
        "memory_bytes": used,
        "memory_limit_bytes": limit or None,
        "memory_percent": used / limit * 100 if used is not None and limit else None,
        "pids": sample.pids_stats.current,
    }


def utc_seconds(text: str) -> float | None:
    """An RFC 3339 time as UTC seconds; None for Go's "never" (year 1) and for what is no time."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.timestamp() if moment.year > 1 and moment.tzinfo else None


_HEALTH = re.compile(r"\((?:health: )?(healthy|unhealthy|starting)\)$")


def health_of(status: str) -> str | None:
    """Health in a listed status such as "Up 3 minutes (unhealthy)"; None without a health check."""
    match = _HEALTH.search(status)
    return match[1] if match else None


_EXIT_CODE = re.compile(r"(?:Exited|Restarting) \((-?\d+)\)")


def exit_code_of(status: str) -> int | None:
    """Exit code in a listed status such as "Exited (137) 2 seconds ago"; None where it has none."""
    match = _EXIT_CODE.match(status)
    return int(match[1]) if match else None


_AGE = re.compile(r"(Less than a|About an?|\d+) (second|minute|hour|day|week|month|year)")
_UNIT_S = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800, "month": 2592000, "year": 31536000}


def least_age_s(status: str) -> float | None:
    """The least age in seconds that a listed status can mean ("Up 3 hours": 2.5 hours); None where it names none.

    The words are those of docker/go-units `duration.go`, which rounds hours and cuts everything else.
    """
    match = _AGE.search(status)
    if match is None:
        return None
    if match[1] == "Less than a":
        return 0.0
    unit = _UNIT_S[match[2]]
    age = (int(match[1]) if match[1].isdigit() else 1) * unit
    return float(age if unit < 3600 else age - 1800)


def name_of(names: Iterable[str], container_id: str) -> str:
    """What people call a container: its own name, not one that a link gave it; the short id without any."""
    own = min(names, key=lambda name: name.count("/"), default="")
    return clean(own.removeprefix("/") or container_id[:12])


def _port(port: Port) -> str:
    inner = f"{port.private_port}/{port.type}"
    if not port.public_port:
        return inner
    everywhere = port.ip in ("", "0.0.0.0", "::")  # noqa: S104 - compared with, never bound to
    host = "" if everywhere else f"[{port.ip}]:" if ":" in port.ip else f"{port.ip}:"
    return f"{host}{port.public_port}→{inner}"


def ports_text(ports: Iterable[Port]) -> str:
    """Ports as "127.0.0.1:8080→80/tcp, 443/tcp": published ones first, one word for IPv4 and IPv6 of all addresses."""
    ordered = sorted(ports, key=lambda port: (not port.public_port, port.private_port, port.public_port, port.type))
    words = list(dict.fromkeys(_port(port) for port in ordered))
    left = len(words) - PORTS_LIMIT
    return clean(", ".join(words[:PORTS_LIMIT] + ([f"… {left} more"] if left > 0 else [])), 1_000)


def label_facts(labels: Mapping[str, str]) -> dict[str, Value]:
    """The compose project and service that labels name, cleaned; None without.

    For a swarm's task its service too, and that it is one of a kind where `docker compose run` made it.
    """
    swarm: dict[str, Value] = {"swarm_service": clean(labels[_SWARM_SERVICE])} if labels.get(_SWARM_SERVICE) else {}
    once: dict[str, Value] = {"one_off": True} if labels.get(_ONE_OFF) == "True" else {}
    return (
        swarm
        | once
        | {
            "project": clean(labels[_PROJECT]) if labels.get(_PROJECT) else None,
            "service": clean(labels[_SERVICE]) if labels.get(_SERVICE) else None,
        }
    )
