"""Images with a name on every configured engine: which content each name stands for."""

from collections.abc import Sequence

from collectors.docker_api.client import EngineClient
from ops.actions.images import ListedImage, familiar, repository
from ops.config.structs import TargetSpec
from ops.drift.base import Place, Source
from ops.drift.docker.reading import item_name, of_every_engine
from ops.drift.structs import Difference, Item, Value

_NONE = "<none>"


class Images(Source):
    """What each name of an image stands for: its digest here, and the one that a registry has it under.

    Images without a name are left out: each build leaves some, and each pull of a name that moved on.
    """

    name = "images"
    title = "images and what their names stand for"
    group = "docker"

    async def capture(self, place: Place) -> Sequence[Item]:
        """One request for each engine."""
        return await of_every_engine(place, _read)

    def by_hand(self, difference: Difference) -> str:
        """Where neither the engine nor a registry has it."""
        if difference.kind == "added":
            return "accept it if it belongs here, else remove it with docker image rm"
        return "build or load the image that was agreed (docker load), or capture anew if the new one is meant"


async def _read(client: EngineClient, spec: TargetSpec) -> Sequence[Item]:
    listed = await client.get("/images/json", list[ListedImage])
    return [Item(name=item_name(spec, name), facts=facts) for name, facts in image_facts(listed).items()]


def image_facts(listed: Sequence[ListedImage]) -> dict[str, dict[str, Value]]:
    """Facts by name ("shop:1.4"), sorted; pure."""
    found = {}
    for image in listed:
        digests = [one for one in image.repo_digests or () if _NONE not in one]
        for tag in image.repo_tags or ():
            if _NONE not in tag:
                found[tag] = {"digest": image.id} | _pulled(tag, digests)
    return dict(sorted(found.items()))


def _pulled(tag: str, digests: Sequence[str]) -> dict[str, Value]:
    """What a registry has it under, in the repository of that very name."""
    repo = familiar(repository(tag)[0])
    same = sorted(one for one in digests if familiar(one.partition("@")[0]) == repo)
    return {"pulled_as": same[0]} if same else {}
