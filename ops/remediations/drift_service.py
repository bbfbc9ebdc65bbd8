"""Gives a Swarm service what was agreed of it, by an update of its spec."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace

from collectors.text import clean
from ops.actions.base import Case, Offer, Param, Risk
from ops.actions.containers import call, do
from ops.actions.drift_engine import EngineDriftAction, Stand, refuse_missing, standing
from ops.actions.drift_meant import refuse_meant
from ops.actions.drifted import settled
from ops.actions.errors import Refused
from ops.actions.swarm import WITHIN, Managed, ServiceNow
from ops.actions.swarm_settled import Goal
from ops.board import Row
from ops.runner.base import Runner

if TYPE_CHECKING:
    from ops.drift.structs import Value

_SCORE = 85
_IMAGE = ("image", "image_digest")
_MAPS = ("env", "labels", "container_labels", "mounts")
"""Groups of facts that are sent as one."""


class DriftService(EngineDriftAction):
    """Changes the one thing of a service that is not as agreed; the swarm replaces its tasks at the service's own pace.

    One that is gone is made again. Secrets and configs are left to whoever deploys it: a baseline has their names, not
    what they are.
    """

    name = "drift.service"
    title = "give a Swarm service what was agreed"
    sources: ClassVar[tuple[str, ...]] = ("swarm",)
    risk: ClassVar[Risk] = "interrupts"
    params: ClassVar[tuple[Param, ...]] = (WITHIN,)

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """For what an update of the spec can change."""
        from ops.drift.docker.service import LASTING

        found = self.difference(row)
        if found is None or found.place.fact in LASTING or (not found.place.fact and found.kind == "added"):
            return
        name, fact = found.place.item.partition("/")[2], found.place.fact
        title = f"update service {name}: {fact} as agreed" if fact else f"make service {name} again"
        yield Offer(
            action=self.name, row=row.id, title=title, why="as agreed", score=_SCORE, risk=self.risk, within_s=180.0
        )

    async def run(self, case: Case, runner: Runner) -> None:
        """Send the spec with that one thing changed and wait until the swarm has got there; or make it again."""
        async with standing(case, runner, "swarm") as stand:
            await (_update if stand.found.path.fact else _create)(stand, runner)
        await settled(case, runner)

    def interrupts(self, case: Case) -> str:
        """As far as the service's own settings let it."""
        return "its tasks are replaced in turn; with a single one nothing answers meanwhile"

    def undone(self, case: Case) -> str:
        """By the spec before."""
        return "swarm.rollback goes back to the spec that it has now"


async def _update(stand: Stand, runner: Runner) -> None:
    from ops.drift.docker.service import plain_texts, spec_with

    await refuse_meant(stand.found, _reach(stand.found.path.fact))
    service = Managed(stand.client, await _with_id(stand), runner)
    now, fact = await service.read(), stand.found.path.fact
    facts = await _revealed(stand, plain_texts(now.spec), fact.partition(".")[0])
    spec = spec_with(now.spec, facts, _IMAGE if fact in _IMAGE else (fact,))
    words = f"runs {facts.get(fact)} tasks" if fact == "replicas" else f"has {clean(fact)} as agreed"
    goal = Goal("updated" if _replaces(fact) else "scaled", words)
    await service.change(now, spec, f"its spec with {clean(fact)} as agreed", goal)


async def _create(stand: Stand, runner: Runner) -> None:
    """Raises Refused where the baseline only has the name of something that it needs."""
    from ops.drift.docker.service import put, spec_with

    facts, name = await _revealed(stand, [], ""), stand.case.row.name
    mode = str(facts.get("mode"))
    if mode not in ("Replicated", "Global") or facts.get("secrets") or facts.get("configs"):
        message = f"{name} needs more than a baseline has: secrets, configs, or how a job is run"
        raise Refused(message, "deploy it as it was agreed (docker stack deploy)", reason="missing")
    spec = spec_with({"Name": stand.name, "Mode": {mode: {}}}, facts, tuple(facts))
    put(spec, "TaskTemplate.Networks", [{"Target": one} for one in await _networks(stand, facts)] or None)
    shown = f"{name}: image {clean(facts.get('image'))}, {len(facts)} settings (values not shown)"
    await do(runner, call(stand.case, "POST", "/services/create", body=spec, shown=shown), name)


async def _networks(stand: Stand, facts: "Mapping[str, Value]") -> list[str]:
    """Ids of the networks that were agreed. Raises Refused where one is not there."""
    from ops.drift.sources.networks import Network

    ids = {one.name: one.id for one in await stand.client.get("/networks", list[Network])}
    wanted = facts.get("networks", ())
    missing = [one for one in wanted if one not in ids] if isinstance(wanted, tuple) else []
    if missing:
        message = f"there is no network {clean(missing[0])} for {stand.case.row.name}"
        raise Refused(message, "deploy it as it was agreed (docker stack deploy)", reason="missing")
    return [ids[one] for one in wanted] if isinstance(wanted, tuple) else []


async def _revealed(stand: Stand, texts: Sequence[object], group: str) -> "Mapping[str, Value]":
    """What was agreed, with the texts of digests. Raises Refused where one of the group ("" for any) is not found."""
    from ops.drift.docker.body import revealed
    from ops.drift.docker.finding import known_of
    from ops.drift.docker.hiding import texts_inside

    known = await known_of(stand.found.place, None, {})
    known.add(texts_inside(list(texts)))
    found = revealed(stand.agreed.facts, known)
    needed = [name for name in found.missing if group in ("", name.partition(".")[0])]
    refuse_missing(needed, stand.case.row.name)
    return found.facts


def _reach(fact: str) -> Callable[[str], bool]:
    """Which facts an update for one of them sets as well: an image with its digest, all of a map."""
    group = fact.partition(".")[0]
    if fact in _IMAGE:
        return lambda other: other in _IMAGE
    return lambda other: group in _MAPS and other.startswith(f"{group}.")


def _replaces(fact: str) -> bool:
    """Whether tasks are made anew for it; the manager then tells of an update."""
    told_only = ("replicas", "labels", "update", "rollback", "ports", "endpoint_mode")
    return fact.partition(".")[0] not in told_only


async def _with_id(stand: Stand) -> Case:
    """The case with the service's id. Raises Refused where it is gone."""
    listed = await stand.client.get("/services", list[ServiceNow])
    ids = [one.id for one in listed if one.spec.get("Name") == stand.name]
    if not ids:
        raise Refused(f"service {stand.case.row.name} is not there any more", "look at drift anew", reason="missing")
    return replace(stand.case, row=replace(stand.case.row, key=ids[0]))
