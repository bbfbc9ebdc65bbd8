"""Removes what came after the baseline: a container, an image's name, a network, a volume, a service of a swarm."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import ClassVar

from collectors.docker_api.client import target
from ops.actions.base import Case, Offer, Risk
from ops.actions.containers import call, do, patient
from ops.actions.drift_engine import EngineDriftAction, Stand, container_there, standing
from ops.actions.drifted import settled
from ops.actions.errors import Refused
from ops.actions.images import inspect_image
from ops.board import Row
from ops.figures import size
from ops.runner.base import Runner

_RISKS: Mapping[str, Risk] = {
    "containers": "loses",
    "images": "loses",
    "networks": "interrupts",
    "swarm": "interrupts",
    "volumes": "loses",
}  # fmt: skip
_ONE = {
    "containers": "container", "images": "image", "networks": "network", "swarm": "service", "volumes": "volume",
}  # fmt: skip
_SCORES = {"containers": 40, "images": 30, "networks": 60, "swarm": 40, "volumes": 10}


class DriftRemove(EngineDriftAction):
    """Removes one thing that was not there when the baseline was captured, by its exact identity.

    The engine itself refuses what is in use. Volumes of a container that is removed stay; a volume is lost with all
    that is in it.
    """

    name = "drift.remove"
    title = "remove what was not agreed"
    sources: ClassVar[tuple[str, ...]] = ("containers", "images", "networks", "swarm", "volumes")
    risk: ClassVar[Risk] = "loses"

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Only for whole things that came since."""
        found = self.difference(row)
        if found is None or found.place.fact or found.kind != "added":
            return
        source = found.place.source
        title = f"remove {_ONE[source]} {found.place.item.partition('/')[2]}"
        yield Offer(
            action=self.name, row=row.id, title=title, why="the baseline has none of that name",
            score=_SCORES[source], risk=_RISKS[source],
        )  # fmt: skip

    async def run(self, case: Case, runner: Runner) -> None:
        """Remove it; a container is given time to end."""
        section = "swarm" if case.row.facts.get("source") == "swarm" else "docker"
        async with standing(case, runner, section) as stand:
            if stand.found.agreed is not None:
                raise Refused(f"{stand.case.row.name} belongs here", "look at drift anew", reason="changed")
            await _REMOVE[stand.found.path.source](stand, runner)
        await settled(case, runner)

    def interrupts(self, case: Case) -> str:
        """What goes with it."""
        return {
            "containers": "it answers nothing any more, and what it wrote outside its volumes is lost",
            "images": "an image that no registry has is lost with its last name",
            "networks": "what still means to join it can't be started",
            "swarm": "all its tasks end",
            "volumes": "all that is in it is lost",
        }.get(str(case.row.facts.get("source")), "")

    def undone(self, case: Case) -> str:
        """It can't be."""
        return "it can't be undone"


async def _container(stand: Stand, runner: Runner) -> None:
    seen = await container_there(stand, runner)
    name = stand.case.row.name
    if seen.size_rw > 0:
        runner.say(f"it has written {size(seen.size_rw)} outside its volumes, which goes with it")
    if seen.alive:
        await do(runner, patient(stand.case, "stop", seen.id, seen.stop_s), name)
    if not (seen.alive and seen.host_config.get("AutoRemove")):
        await do(runner, call(stand.case, "DELETE", f"/containers/{seen.id}"), name)


async def _image(stand: Stand, runner: Runner) -> None:
    image = await inspect_image(stand.client, stand.name)
    if image is None:
        raise Refused(f"{stand.case.row.name} is not there any more", "look at drift anew", reason="missing")
    runner.rely("image", image.id)
    if len(image.repo_tags or ()) < 2:
        runner.say("it has no other name: the image itself goes")
    await do(runner, call(stand.case, "DELETE", target(f"/images/{stand.name}"), noprune="1"), stand.case.row.name)


async def _network(stand: Stand, runner: Runner) -> None:
    from ops.drift.sources.networks import Network

    network = await stand.client.get(f"/networks/{stand.name}", Network)
    if network.name != stand.name:  # an engine also takes the beginning of an id
        raise Refused(f"{stand.case.row.name} is not there any more", "look at drift anew", reason="missing")
    runner.rely("network", network.id)
    await do(runner, call(stand.case, "DELETE", f"/networks/{network.id}"), stand.case.row.name)


async def _volume(stand: Stand, runner: Runner) -> None:
    from ops.drift.sources.volumes import Volume

    volume = await stand.client.get(f"/volumes/{stand.name}", Volume)
    runner.rely("volume", volume.created_at)
    await do(runner, call(stand.case, "DELETE", target(f"/volumes/{stand.name}")), stand.case.row.name)


async def _service(stand: Stand, runner: Runner) -> None:
    from ops.drift.sources.swarm import ServiceNow

    listed = await stand.client.get("/services", list[ServiceNow])
    ids = [one.id for one in listed if one.name == stand.name]
    if not ids:
        raise Refused(f"{stand.case.row.name} is not there any more", "look at drift anew", reason="missing")
    runner.rely("service", ids[0])
    await do(runner, call(stand.case, "DELETE", f"/services/{ids[0]}"), stand.case.row.name)


_REMOVE: Mapping[str, Callable[[Stand, Runner], Awaitable[None]]] = {
    "containers": _container,
    "images": _image,
    "networks": _network,
    "swarm": _service,
    "volumes": _volume,
}
