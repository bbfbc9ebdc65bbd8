"""Volumes with a name on every configured engine; what is in them is nobody's business here."""

from collections.abc import Sequence
from functools import partial

from collectors.docker_api.client import EngineClient
from collectors.docker_api.parse import Go
from ops.config.structs import TargetSpec
from ops.drift.base import Place, Source
from ops.drift.docker.hiding import Digest, hidden
from ops.drift.docker.mounts import is_nameless
from ops.drift.docker.reading import item_name, of_every_engine
from ops.drift.named import safe_name
from ops.drift.sources.networks import of_project
from ops.drift.structs import Difference, Item, Value


class Volume(Go, frozen=True):
    """One volume."""

    name: str
    driver: str = ""
    scope: str = ""
    labels: dict[str, str] | None = None
    options: dict[str, str] | None = None
    created_at: str = ""


class VolumeList(Go, frozen=True):
    """GET /volumes."""

    volumes: list[Volume] | None = None


class Volumes(Source):
    """How each volume was made: driver, options, labels. Those without a name come and go with their containers."""

    name = "volumes"
    title = "volumes of the engine"
    group = "docker"

    async def capture(self, place: Place) -> Sequence[Item]:
        """One request for each engine."""
        return await of_every_engine(place, partial(_read, place))

    def by_hand(self, difference: Difference) -> str:
        """What is in a volume is lost with it."""
        if difference.kind == "added":
            return "accept it if it belongs here, else look what is in it and remove it with docker volume rm"
        if not difference.place.fact:
            return "restore what was in it from a backup into a new volume of that name"
        return "save what is in it, make the volume anew as it was, and restore it"


async def _read(place: Place, client: EngineClient, spec: TargetSpec) -> Sequence[Item]:
    listed = (await client.get("/volumes", VolumeList)).volumes or []
    return [
        Item(name=item_name(spec, one.name), facts=volume_facts(one, place.digest))
        for one in listed
        if not is_nameless(one.name) and of_project(spec, one.labels)
    ]


def volume_facts(volume: Volume, digest: Digest) -> dict[str, Value]:
    """Its facts; options of a driver that seem to hold a secret (of a network share) are digests; pure."""
    facts: dict[str, Value] = {"driver": volume.driver, "scope": volume.scope}
    for prefix, named in (("options", volume.options), ("labels", volume.labels)):
        facts |= {f"{prefix}.{safe_name(key)}": hidden(value, digest, key) for key, value in (named or {}).items()}
    return dict(sorted(facts.items()))
