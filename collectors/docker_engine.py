"""Reads a Docker engine: its containers with state, health and use, and now and then what it takes on disk."""

import time
from collections.abc import AsyncGenerator, Mapping, Sequence

import msgspec

from collectors.base import Collector, Entity, Reading, Secret, TargetConfig, Value
from collectors.docker_api.client import EngineClient, engine_client, engine_host
from collectors.docker_api.details import BUDGET_S, Details
from collectors.docker_api.disk import DiskUse, DiskWatch
from collectors.docker_api.following import checked_id, follow_container
from collectors.docker_api.parse import Inspected, Listed, Version, name_of
from collectors.docker_api.rows import container_entity
from collectors.docker_api.stats import StatsStreams
from collectors.globs import is_wanted
from collectors.text import clean
from collectors.units import Duration

CONTAINERS_LIMIT = 1_500
"""Containers shown of one engine; the others are counted in a hint."""
_STREAMED = ("running", "paused")


class DockerConfig(TargetConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[docker]]`: which engine, and which of its containers."""

    url: str = ""
    """unix:///path, a plain path, tcp://host:port or ssh://user@host:port; else DOCKER_HOST, else the usual socket."""
    ssh_config: str = ""
    """The ssh config to use for ssh://; without it the user's own."""
    only: tuple[str, ...] = ()
    """Globs over container names; with any, only what matches one is shown."""
    exclude: tuple[str, ...] = ()
    """Globs over container names that are not shown."""
    project: str = ""
    """Show only the containers of this compose project."""
    disk_interval: Duration = Duration(300)
    """How often the engine is asked to sum up its disk use, which is slow."""

    def __post_init__(self) -> None:
        if not self.runs_on:
            msgspec.structs.force_setattr(self, "runs_on", engine_host(self.url))


class DockerEngine(Collector[DockerConfig]):
    """Containers of a Docker engine: state, health with the probe's own words, and use as `docker stats` shows it.

    Restarts, exit codes and health come from inspections, which are made only where something changed.
    """

    name = "docker_engine"
    section = "docker"
    title = "Docker"
    Config = DockerConfig
    source_only = True

    def __init__(self, config: DockerConfig, secrets: Mapping[str, Secret]) -> None:
        super().__init__(config, secrets)
        self._client: EngineClient | None = None
        self._doing = ""
        self._details = Details(self._inspect, time.monotonic, min(BUDGET_S, config.timeout / 2))
        self._streams = StatsStreams(self._stats, time.monotonic)
        self._disk = DiskWatch(self._ask_disk_use, config.disk_interval)

    async def collect(self) -> Reading:
        """List, inspect what changed, and add the newest samples that streams have brought."""
        self._doing = "asking the engine for its version"
        version = await self._engine().connect()
        self._doing = "listing containers"
        listed = await self._list()
        self._doing = "inspecting containers"
        await self._details.refresh(listed)
        self._streams.want([container.id for container in listed if container.state in _STREAMED])
        self._disk.poke(time.monotonic())
        return self._reading(version, listed, time.time())

    async def close(self) -> None:
        """Close all connections and end the streams."""
        self._streams.stop()
        self._disk.stop()
        if self._client is not None:
            await self._client.close()

    def follow(self, key: str) -> AsyncGenerator[str, None]:
        """Log lines of the container with that full id: the last 200, then live until it ends."""
        return follow_container(self._engine(), key)

    def _engine(self) -> EngineClient:
        if self._client is None:
            config = self.config
            self._client = engine_client(config.url, config.ssh_config, config.timeout, self._at)
        return self._client

    def _at(self, step: str) -> None:
        self.phase = f"{self._doing} ({step})" if self._doing else step

    async def _list(self) -> list[Listed]:
        ask = {"all": "1"}
        if self.config.project:
            ask["filters"] = msgspec.json.encode(
                {"label": [f"com.docker.compose.project={self.config.project}"]}
            ).decode()
        listed = await self._engine().get("/containers/json", list[Listed], **ask)
        return [container for container in listed if self._shown(name_of(container.names or (), container.id))]

    def _shown(self, name: str) -> bool:
        return is_wanted(name, self.config.only, self.config.exclude)

    async def _inspect(self, key: str) -> Inspected:
        return await self._engine().get(f"/containers/{checked_id(key)}/json", Inspected)

    def _stats(self, key: str) -> AsyncGenerator[bytes, None]:
        return self._engine().lines(f"/containers/{checked_id(key)}/stats", stream="1")

    async def _ask_disk_use(self) -> DiskUse:
        return await self._engine().get("/system/df", DiskUse)

    def _reading(self, version: Version, listed: Sequence[Listed], now: float) -> Reading:
        rows = [
            container_entity(container, self._details.of(container), self._streams.newest(container.id), now)
            for container in listed[:CONTAINERS_LIMIT]
        ]
        rows.sort(key=lambda row: row.name)
        states = [container.state for container in listed]
        counts: dict[str, Value] = {
            "version": clean(version.version),
            "containers": len(states),
            "running": states.count("running"),
            "paused": states.count("paused"),
            "stopped": sum(state in ("exited", "created", "dead") for state in states),
        }
        hints = [self._disk.hint] if self._disk.hint else []
        if len(listed) > len(rows):
            hints.append(f"{len(listed) - len(rows)} more containers are not shown; choose with only or project")
        engine = Entity(
            kind=self.section, name=self.config.name, facts=counts | dict(self._disk.facts), hints=tuple(hints)
        )
        return Reading((engine, *rows))
