"""Containers of every configured engine, and all that was asked for of each."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from collectors.docker_api.client import EngineClient
from collectors.docker_api.parse import Listed
from collectors.docker_engine import DockerConfig
from collectors.globs import is_wanted
from ops.actions.compose import PROJECT, own_name
from ops.actions.docker import Whole
from ops.config.structs import TargetSpec
from ops.drift.base import Place, Source
from ops.drift.docker.facts import container_facts
from ops.drift.docker.reading import bounded, item_name, of_every_engine, or_none
from ops.drift.structs import Difference, Item

_SWARM = "com.docker.swarm.service.id"
Wanted = Callable[[TargetSpec, Listed], bool]


class Containers(Source):
    """What `docker inspect` says of each container that was asked for: image, command, environment, mounts, limits.

    What only the engine chose (ids, addresses, times) is left out; tasks of a swarm are those of its services.
    """

    name = "containers"
    title = "containers and how they were started"
    group = "docker"

    async def capture(self, place: Place) -> Sequence[Item]:
        """List them, then inspect them side by side."""
        return await items_where(place, lambda spec, one: _is_wanted(one, spec) and _is_meant(place, spec, one))

    def by_hand(self, difference: Difference) -> str:
        """Where it is not known any more how it was started."""
        if not difference.place.fact and difference.kind == "added":
            return "accept it if it belongs here, else remove it"
        return "start it anew as it was (docker compose up, or docker run), or accept how it is"


async def items_where(place: Place, wanted: Wanted) -> Sequence[Item]:
    """The containers of every configured engine that are wanted. Raises CollectError, NoData."""
    return await of_every_engine(place, partial(_read, place, wanted))


async def _read(place: Place, wanted: Wanted, client: EngineClient, spec: TargetSpec) -> Sequence[Item]:
    listed = await client.get("/containers/json", list[Listed], all="1")
    names = {one.id: own_name(one) for one in listed}
    work: list[Callable[[], Awaitable[Whole | None]]] = [
        partial(_inspect, client, one.id) for one in listed if wanted(spec, one)
    ]
    seen = await bounded(work, place.tell)
    return [
        Item(name=item_name(spec, one.own_name), facts=container_facts(one, names, place.digest))
        for one in seen
        if one is not None and one.state.status not in ("removing", "dead")
    ]


async def _inspect(client: EngineClient, container: str) -> Whole | None:
    return await or_none(client, f"/containers/{container}/json", Whole)


def _is_wanted(one: Listed, spec: TargetSpec) -> bool:
    """As the target shows it; what belongs to a swarm has names that change with each task."""
    labels = one.labels or {}
    config = spec.config
    if _SWARM in labels or not isinstance(config, DockerConfig):
        return False
    of_project = not config.project or labels.get(PROJECT) == config.project
    return of_project and is_wanted(own_name(one), config.only, config.exclude)


def _is_meant(place: Place, spec: TargetSpec, one: Listed) -> bool:
    return not place.only or place.only == item_name(spec, own_name(one))
