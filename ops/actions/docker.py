"""What actions on containers read: the engine of a case, a container by its full id, and whether it is well."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from collectors.base import CollectError
from collectors.docker_api.client import EngineClient
from collectors.docker_api.following import checked_id
from collectors.docker_api.parse import Go, State
from collectors.text import clean
from ops.actions.base import Case
from ops.actions.errors import ActionError, Refused
from ops.figures import duration
from ops.runner.engines import client_of

READ_S = 10.0
"""How long one answer may take."""
SIZED_S = 60.0
"""How long one may take that says what a container wrote: the engine looks at each of its files."""
_NANO = 10**9
SETTLED_S = 2.0
"""How long a container without a health check must have run to count as well."""


class Networks(Go, frozen=True):
    """NetworkSettings of an inspected container: its endpoints by the network's name."""

    networks: dict[str, dict[str, Any]] | None = None


class MountPoint(Go, frozen=True):
    """What is mounted where; `name` is that of a volume."""

    type: str = ""
    name: str = ""
    source: str = ""
    destination: str = ""
    mode: str = ""
    rw: bool = msgspec.field(default=True, name="RW")


class Whole(Go, frozen=True):
    """GET /containers/ID/json with all that a container like it is made from."""

    id: str
    name: str = ""
    image: str = ""
    """Id of its image: "sha256:…"."""
    created: str = ""
    state: State = State()
    config: dict[str, Any] = msgspec.field(default_factory=dict)
    host_config: dict[str, Any] = msgspec.field(default_factory=dict)
    network_settings: Networks = Networks()
    mounts: list[MountPoint] | None = None
    size_rw: int = 0
    """Bytes that it wrote outside its volumes, where that was asked for."""

    @property
    def own_name(self) -> str:
        """As people call it, unsanitized: "web-1"."""
        return self.name.removeprefix("/")

    @property
    def image_name(self) -> str:
        """What it was made from, as it was asked for: "shop:1.1", or an id."""
        return str(self.config.get("Image") or "")

    @property
    def alive(self) -> bool:
        """Whether it has processes, or will have some again by itself."""
        return self.state.status in ("running", "paused", "restarting")

    @property
    def restart_policy(self) -> str:
        """no, on-failure, unless-stopped or always."""
        return str((self.host_config.get("RestartPolicy") or {}).get("Name") or "no")

    @property
    def probed_s(self) -> float:
        """How long its health check may need to pass for the first time; 0 without one."""
        check = self.config.get("Healthcheck") or {}
        if (check.get("Test") or ["NONE"])[0] == "NONE":
            return 0.0
        interval, timeout = (check.get(name) or 30 * _NANO for name in ("Interval", "Timeout"))
        tries = 1 + (check.get("Retries") or 3)
        return float((check.get("StartPeriod") or 0) + tries * (interval + timeout)) / _NANO

    @property
    def stop_s(self) -> int:
        """How long it is given to end by itself."""
        given = self.config.get("StopTimeout")
        return given if isinstance(given, int) and given >= 0 else 10


@asynccontextmanager
async def engine_of(case: Case) -> AsyncIterator[EngineClient]:
    """A client of the engine that the case's target names, closed in the end. Raises Refused, CollectError."""
    client = client_of(case.spec)
    try:
        yield client
    finally:
        await client.close()


async def whole(
    client: EngineClient, key: str, name: str, *, sized: bool = False, gone: type[ActionError] = Refused
) -> Whole:
    """The container with that full id. Raises `gone` when it is gone; `sized` also measures what it wrote."""
    ask = {"size": "1"} if sized else {}
    try:
        async with asyncio.timeout(SIZED_S if sized else READ_S):
            return await client.get(f"/containers/{checked_id(key)}/json", Whole, **ask)
    except TimeoutError as error:
        raise ActionError("the Docker engine did not answer", "look whether it hangs", reason="timeout") from error
    except CollectError as error:
        if error.reason != "missing":
            raise
        remedy = "look at the rows again: it was removed, or another one was made in its place"
        raise gone(f"{clean(name)} is not there any more", remedy, reason="missing") from error


Look = Callable[[], Awaitable[str]]
"""Says why it is not so yet, "" when it is; for `Runner.until`."""


def running(client: EngineClient, key: str, name: str, settled_s: float = 0.0) -> Look:
    """Looks whether a container runs, and has for `settled_s`. Its look raises ActionError when it has ended."""
    since: dict[str, float] = {}

    async def look() -> str:
        state = (await whole(client, key, name, gone=ActionError)).state
        return _not_running(state, name) or _not_settled(state, name, since, settled_s)

    return look


def well(client: EngineClient, key: str, name: str, settled_s: float = SETTLED_S) -> Look:
    """Looks whether a container runs and is healthy; without a health check: whether it has run for `settled_s`.

    Its look raises ActionError when it has ended or was found unhealthy.
    """
    since: dict[str, float] = {}

    async def look() -> str:
        state = (await whole(client, key, name, gone=ActionError)).state
        if not_yet := _not_running(state, name):
            return not_yet
        if state.health is not None and state.health.status not in ("", "none"):
            return _not_healthy(state, name)
        return _not_settled(state, name, since, settled_s)

    return look


def _not_settled(state: State, name: str, since: dict[str, float], settled_s: float) -> str:
    """`since`: when it was first seen, by the time of its start (that is of the engine's clock, not of ours)."""
    now = asyncio.get_running_loop().time()
    ran_s = now - since.setdefault(state.started_at, now)
    return "" if ran_s >= settled_s else f"{name} has run for {duration(ran_s)}"


def _not_running(state: State, name: str) -> str:
    if state.status in ("exited", "dead"):
        why = " for memory" if state.oom_killed else ""
        raise ActionError(f"{name} ended again{why} with exit code {state.exit_code}", "see its log", reason="exited")
    return "" if state.status == "running" else f"{name} is {clean(state.status)}"


def _not_healthy(state: State, name: str) -> str:
    health = state.health
    if health is None or health.status == "healthy":
        return ""
    if health.status == "unhealthy":
        said = health.log[-1].output.strip() if health.log else ""
        raise ActionError(f"{name} is unhealthy: {clean(said or 'its probe fails')}", "see its log", reason="unhealthy")
    return f"{name} is {clean(health.status)}"
