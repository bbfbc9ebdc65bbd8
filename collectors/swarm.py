"""Reads a Docker swarm from one of its managers: services with what keeps them from running, and nodes."""

import time
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing

import msgspec

from collectors.base import CollectError, Collector, Entity, Reading, Secret, TargetConfig
from collectors.docker_api.client import EngineClient, engine_client, engine_host
from collectors.docker_api.following import follow_log
from collectors.globs import is_wanted
from collectors.swarm_api.parse import Info, Node, Service, Task, refuse_others
from collectors.swarm_api.rows import node_entity, service_entity, swarm_facts
from collectors.text import clean

SERVICES_LIMIT = 1_000
NODES_LIMIT = 500


class SwarmConfig(TargetConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[swarm]]`: which manager, and which services."""

    url: str = ""
    """unix:///path, a plain path, tcp://host:port or ssh://user@host:port; else DOCKER_HOST, else the usual socket."""
    ssh_config: str = ""
    """The ssh config to use for ssh://; without it the user's own."""
    only: tuple[str, ...] = ()
    """Globs over service names; with any, only what matches one is shown."""
    exclude: tuple[str, ...] = ()
    """Globs over service names that are not shown."""

    def __post_init__(self) -> None:
        if not self.runs_on:
            msgspec.structs.force_setattr(self, "runs_on", engine_host(self.url))


class Swarm(Collector[SwarmConfig]):
    """Services of a swarm: wanted and running tasks, how the last update went, why tasks fail or find no place; nodes.

    Failed tasks are those of the last 10 minutes that the manager still knows. The engine must be a manager.
    """

    name = "swarm"
    section = "swarm"
    title = "Swarm"
    Config = SwarmConfig
    source_only = True

    def __init__(self, config: SwarmConfig, secrets: Mapping[str, Secret]) -> None:
        super().__init__(config, secrets)
        self._client: EngineClient | None = None
        self._doing = ""

    async def collect(self) -> Reading:
        """Ask for services, tasks and nodes."""
        client = self._engine()
        try:
            self._doing = "asking the engine for its part in the swarm"
            refuse_others((await client.get("/info", Info)).swarm)
            self._doing = "listing services"
            services = await client.get("/services", list[Service], status="true")
            self._doing = "listing tasks"
            tasks = await client.get("/tasks", list[Task])
            self._doing = "listing nodes"
            nodes = await client.get("/nodes", list[Node])
        except CollectError as error:
            raise _without_leader(error) from error
        return self._reading([one for one in services if self._shown(one.spec.name)], tasks, nodes, time.time())

    async def close(self) -> None:
        """Close all connections."""
        if self._client is not None:
            await self._client.close()

    async def follow(self, key: str) -> AsyncGenerator[str, None]:
        """Log lines of all tasks of the service with that id: the last 200, then live."""
        if not (key.isascii() and key.isalnum()):
            raise CollectError(f"{clean(key)} is no service's id", reason="missing", retry=False)
        service = await self._engine().get(f"/services/{key}", Service)
        tty = service.spec.task_template.container_spec.tty
        async with aclosing(follow_log(self._engine(), f"/services/{key}", tty=tty)) as lines:
            async for line in lines:
                yield line

    def _engine(self) -> EngineClient:
        if self._client is None:
            config = self.config
            self._client = engine_client(config.url, config.ssh_config, config.timeout, self._at)
        return self._client

    def _at(self, step: str) -> None:
        self.phase = f"{self._doing} ({step})" if self._doing else step

    def _shown(self, name: str) -> bool:
        return is_wanted(name, self.config.only, self.config.exclude)

    def _reading(
        self, services: Sequence[Service], tasks: Sequence[Task], nodes: Sequence[Node], now: float
    ) -> Reading:
        of_service: dict[str, list[Task]] = defaultdict(list)
        for task in tasks:
            of_service[task.service_id].append(task)
        busy = Counter(task.node_id for task in tasks if task.status.state == "running")
        services = sorted(services, key=lambda service: service.spec.name)
        names = {node.id: node.name for node in nodes}
        rows = [service_entity(service, of_service[service.id], names, now) for service in services[:SERVICES_LIMIT]]
        rows += [node_entity(node, busy[node.id]) for node in sorted(nodes, key=_node_order)[:NODES_LIMIT]]
        left = len(services) + len(nodes) - len(rows)
        hints = (f"{left} more services and nodes are not shown; choose with only or exclude",) if left else ()
        own = Entity(kind=self.section, name=self.config.name, facts=swarm_facts(len(services), nodes), hints=hints)
        return Reading((own, *rows))


def _node_order(node: Node) -> tuple[str, str]:
    return node.name, node.id


def _without_leader(error: CollectError) -> CollectError:
    """Name the one trouble that only a swarm has: more than half of its managers are gone."""
    if "does not have a leader" not in error.message and "no elected leader" not in error.message:
        return error
    return CollectError(
        "the swarm has no leader: half of its managers or more are gone",
        reason="protocol",
        remedy="bring managers back; as the last resort docker swarm init --force-new-cluster on one that is left",
    )
