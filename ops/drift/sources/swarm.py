"""Services of every configured swarm, and all that was asked for of each."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec

from collectors.docker_api.client import EngineClient
from collectors.docker_api.parse import Go
from collectors.globs import is_wanted
from collectors.swarm import SwarmConfig
from collectors.swarm_api.parse import Info, refuse_others
from ops.config.structs import TargetSpec
from ops.drift.base import Place, Source
from ops.drift.docker.reading import item_name, of_every_engine
from ops.drift.docker.service import service_facts
from ops.drift.sources.networks import Network
from ops.drift.structs import Difference, Item


class ServiceNow(Go, frozen=True):
    """One element of GET /services, with its whole spec."""

    id: str = msgspec.field(name="ID")
    spec: dict[str, Any] = msgspec.field(default_factory=dict)

    @property
    def name(self) -> str:
        """Unsanitized."""
        return str(self.spec.get("Name") or self.id)


class Swarm(Source):
    """The spec of each service: image, replicas, environment, constraints, limits, how it is updated.

    Where its tasks run, and how well, is left to the floor.
    """

    name = "swarm"
    title = "services of a swarm"
    group = "docker"

    async def capture(self, place: Place) -> Sequence[Item]:
        """Ask each manager for its services and networks."""
        return await of_every_engine(place, partial(_read, place), "swarm")

    def by_hand(self, difference: Difference) -> str:
        """As it was deployed."""
        if not difference.place.fact and difference.kind == "added":
            return "accept it if it belongs here, else remove it with docker service rm"
        return "deploy it as it was agreed (docker stack deploy), or accept how it is"


async def _read(place: Place, client: EngineClient, spec: TargetSpec) -> Sequence[Item]:
    refuse_others((await client.get("/info", Info)).swarm)
    networks = {one.id: one.name for one in await client.get("/networks", list[Network])}
    services = await client.get("/services", list[ServiceNow])
    return [
        Item(name=item_name(spec, one.name), facts=service_facts(one.spec, networks, place.digest))
        for one in services
        if isinstance(spec.config, SwarmConfig) and is_wanted(one.name, spec.config.only, spec.config.exclude)
    ]
