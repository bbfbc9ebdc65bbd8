"""Makes a container anew as it was agreed, from the facts of the baseline alone."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from collectors.text import clean
from ops.actions.base import Case, Offer, Risk
from ops.actions.containers import START_GRACE_S, call, do
from ops.actions.docker import Whole, running
from ops.actions.drift_engine import (
    EngineDriftAction,
    Stand,
    container_named,
    image_agreed,
    known_texts,
    standing,
    tell_lost,
)
from ops.actions.drift_meant import refuse_meant
from ops.actions.drifted import settled
from ops.actions.errors import Refused
from ops.actions.images import inspect_image
from ops.actions.recreating import Recipe
from ops.actions.replacing import Replacement, refuse_irreplaceable, told
from ops.board import Row
from ops.runner.base import Runner

if TYPE_CHECKING:
    from ops.drift.structs import Value

_LIVE = ("state", "networks")
"""Facts that another action puts right without an interruption."""
_SCORE, _SCORE_LIVE = 85, 20


class DriftRecreate(EngineDriftAction):
    """Makes a container again as the baseline has it: image, command, environment, mounts, networks, ports, limits.

    The one that is there is kept until the new one is well, and put back if it is not. Values of the environment are
    not in the baseline: they are taken from the container, its image, env files and compose files.
    """

    name = "drift.recreate"
    title = "make a container anew as agreed"
    sources: ClassVar[tuple[str, ...]] = ("containers",)
    risk: ClassVar[Risk] = "interrupts"
    expected_s = 8.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """For whatever of a container is not as it was, and for one that is gone."""
        found = self.difference(row)
        if found is None or (not found.place.fact and found.kind == "added") or found.place.fact == "state":
            return
        name, gone = found.place.item.partition("/")[2], not found.place.fact
        score = _SCORE_LIVE if found.place.fact.startswith(_LIVE) else _SCORE
        yield Offer(
            action=self.name, row=row.id, title=f"make container {name} {'again' if gone else 'anew as agreed'}",
            why="as agreed", score=score, risk=self.risk, within_s=180.0,
        )  # fmt: skip

    async def run(self, case: Case, runner: Runner) -> None:
        """Put one as agreed in its place."""
        async with standing(case, runner) as stand:
            seen = await container_named(stand.client, stand.name)
            runner.rely("container", seen.id if seen else "none")
            await refuse_meant(stand.found)
            if seen is not None:
                await refuse_irreplaceable(stand.client, seen, stand.case.row.name)
            agreed = stand.agreed.facts
            volumes = kept_volumes(seen)
            facts = await known_texts(stand, seen, await inspect_image(stand.client, str(agreed["image_digest"])))
            networks = await _networks(stand, facts)
            image = await image_agreed(stand, runner, str(agreed["image"]), str(agreed["image_digest"]))
            from ops.drift.docker.body import creation

            made = creation(facts, image, volumes, networks)
            shown, state = told(made, clean(image)).replace("as it is", "as agreed"), str(agreed.get("state"))
            await _tell_empty(stand, runner, facts, volumes)
            if seen is None:
                await _create(stand, runner, made, shown, state)
            else:
                tell_lost(runner, seen)
                await Replacement(stand.case, runner, stand.client, seen).run(made, shown, start=state != "stopped")
            if state == "paused":
                await do(runner, call(stand.case, "POST", f"/containers/{stand.name}/pause"), stand.case.row.name)
        await settled(case, runner)

    def interrupts(self, case: Case) -> str:
        """Until the new one is up."""
        return "what is in its place answers nothing until the new one is up; what it wrote outside its volumes goes"

    def undone(self, case: Case) -> str:
        """It can't be."""
        return "it can't be undone: start it as it was before by hand, and capture anew"


def kept_volumes(seen: Whole | None) -> Mapping[str, str]:
    """The volumes without a name that a container has, by their place inside."""
    from ops.drift.docker.mounts import is_nameless

    mounts = (seen.mounts if seen else None) or ()
    return {one.destination: one.name for one in mounts if one.type == "volume" and is_nameless(one.name)}


async def _networks(stand: Stand, facts: "Mapping[str, Value]") -> Mapping[str, str]:
    """Ids of all networks by name. Raises Refused where one that is needed is not there."""
    from ops.drift.sources.networks import Network

    ids = {one.name: one.id for one in await stand.client.get("/networks", list[Network])}
    wanted = facts.get("networks", ())
    missing = [name for name in (wanted if isinstance(wanted, tuple) else ()) if name not in ids]
    if missing:
        raise Refused(
            f"there is no network {clean(missing[0])} for {stand.case.row.name}",
            "put the network right first (drift.network)",
            reason="missing",
        )
    return ids


async def _tell_empty(stand: Stand, runner: Runner, facts: "Mapping[str, Value]", kept: Mapping[str, str]) -> None:
    """Say which of its volumes are not there any more: the engine makes those, empty."""
    from ops.drift.docker.mounts import named_volumes, nameless_places
    from ops.drift.docker.table import named
    from ops.drift.sources.volumes import VolumeList

    wanted = named_volumes([value for fact, value in facts.items() if fact.startswith("mounts.")])
    there = {one.name for one in (await stand.client.get("/volumes", VolumeList)).volumes or ()} if wanted else set()
    for name in sorted(set(wanted) - there):
        runner.say(f"its volume {clean(name)} is not there any more and begins empty")
    for place in sorted(set(nameless_places(named(facts, "mounts"))) - kept.keys()):
        said = "docker volume ls tells whether there still is the other"
        runner.say(f"its volume without a name at {clean(place)} begins empty; {said}")


async def _create(stand: Stand, runner: Runner, made: Recipe, shown: str, state: str) -> None:
    """Make it where there is none."""
    name = stand.case.row.name
    request = call(stand.case, "POST", "/containers/create", body=made.body, shown=shown, name=stand.name)
    answer = await do(runner, request, name)
    new = str(answer.value["Id"]) if isinstance(answer.value, dict) and "Id" in answer.value else stand.name
    for endpoint in made.others:
        body = {"Container": new, "EndpointConfig": endpoint.config}
        path = f"/networks/{endpoint.network}/connect"
        await do(runner, call(stand.case, "POST", path, body=body, shown=f"{clean(endpoint.name)}: {name}"), name)
    if state != "stopped":
        await do(runner, call(stand.case, "POST", f"/containers/{new}/start"), name)
        await runner.until(f"{name} runs", START_GRACE_S, running(stand.client, new, name))
