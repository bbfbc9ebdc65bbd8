"""Cleans away what a Docker engine keeps and nobody uses, with the bytes that it frees told first."""

import asyncio
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import ClassVar
from urllib.parse import quote

from collectors.docker_api.client import EngineClient
from collectors.docker_api.disk import DEADLINE_S
from collectors.docker_api.parse import Go
from ops.actions.base import Action, Case, Offer, Param, Risk
from ops.actions.containers import call, do
from ops.actions.docker import READ_S, engine_of
from ops.actions.errors import ActionError, Refused
from ops.actions.images import inspect_image
from ops.actions.pruning import KINDS, MOST, NAMED, Heap, Thing, Usage, What, heaps
from ops.board import Row
from ops.figures import size
from ops.runner.base import Runner

_WHAT = Param(name="what", title="clean away what", kind="choice", choices=KINDS)
_RISKS: dict[What, Risk] = {
    "build cache": "safe", "dangling images": "loses", "stopped containers": "loses", "unused images": "loses",
}  # fmt: skip
"""An image without a name or digest was built here: no registry has it, and a container may be rolled back to it."""
_MOUNTS = ("/", "/var", "/var/lib", "/var/lib/docker")
"""Where an engine keeps its data, unless it was told otherwise; that it is there is looked at before anything goes."""
_MUCH = 2**30
_CACHE_S, _DELETE_S = 600.0, 120.0


class Root(Go, frozen=True):
    """Where GET /info says that the engine keeps its data."""

    docker_root_dir: str = ""


class DockerPrune(Action):
    """Removes dangling images, the build cache, stopped containers, or every image that no container was made from.

    What would go, and how many bytes each kind would free, is told first. Things go one by one by their exact ids,
    the largest first; the engine itself refuses what has come into use meanwhile. Volumes are never touched, nor are
    containers that the target's `project`, `only` and `exclude` leave out.
    """

    name = "docker.prune"
    title = "clean a Docker engine up"
    kinds: ClassVar[tuple[str, ...]] = ("docker", "host.disk")
    risk: ClassVar[Risk] = "loses"
    params = (_WHAT,)
    timeout_s = 1_800.0
    reads_s = DEADLINE_S + READ_S

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """One for each kind of things; best where the disk that the engine most often is on is full."""
        if row.kind == "host.disk" and not (row.name in _MOUNTS and row.level in ("warning", "critical")):
            return []
        full = row.kind == "host.disk"
        reclaimable = row.facts.get("reclaimable_bytes")
        much = isinstance(reclaimable, int | float) and reclaimable >= _MUCH
        best = 90 if full else 50 if much else 15
        freed = f"{size(reclaimable)} of its disk use could be freed" if isinstance(reclaimable, int | float) else ""
        why = row.reason if full else freed
        return [
            Offer(
                action=self.name, row=row.id, title=f"clean {what} away ({row.called})", why=why,
                score=best - 5 * place, params={"what": what}, risk=_RISKS[what],
            )
            for place, what in enumerate(KINDS)
        ]  # fmt: skip

    async def run(self, case: Case, runner: Runner) -> None:
        """Say what there is, then remove what was chosen."""
        what = _chosen(case)
        async with engine_of(case) as client:
            if case.row.kind == "host.disk":
                await _refuse_elsewhere(client, case)
            found = heaps(await _usage(client), case.spec.config)
            for heap in found.values():
                runner.say(heap.words)
            heap = found[what]
            things = heap.things[:MOST]
            runner.rely("what goes", _identity(things))
            if what == "build cache":
                request = call(case, "POST", "/build/prune", shown=heap.words, timeout_s=_CACHE_S, all="1")
                answer = await do(runner, request, what)
                _tell_freed(runner, answer.value)
            else:
                _announce(runner, heap, things)
                await _remove(case, runner, client, things)

    def interrupts(self, case: Case) -> str:
        """What is gone then."""
        return {
            "dangling images": "images without a name are gone, also those that one could have rolled back to",
            "build cache": "the next builds take longer",
            "stopped containers": "what they wrote outside volumes, and their logs, are lost",
            "unused images": "what no registry has any more is lost; other images must be pulled anew when needed",
        }[_chosen(case)]

    def undone(self, case: Case) -> str:
        """It can't be."""
        return "it can't be undone; images can be pulled or built anew"

    def locks(self, case: Case) -> tuple[str, ...]:
        """The engine."""
        return (f"engine/{case.row.host or 'here'}",)


def _chosen(case: Case) -> What:
    what = case.params.get("what", "")
    if what not in KINDS:
        raise Refused(f"{what!r} is nothing that can be cleaned away", f"choose {', '.join(KINDS)}", reason="protocol")
    return what


async def _usage(client: EngineClient) -> Usage:
    try:
        async with asyncio.timeout(DEADLINE_S):
            return await client.get("/system/df", Usage)
    except TimeoutError as error:
        raise Refused(
            "the engine did not sum up its disk use in time", "try again when its disk is less busy", reason="timeout"
        ) from error


async def _refuse_elsewhere(client: EngineClient, case: Case) -> None:
    """Raise Refused where the engine's data is on another mount of the host than the row's."""
    root = (await client.get("/info", Root)).docker_root_dir
    points = [row.name for row in case.rows if row.kind == "host.disk"]
    under = [point for point in points if root == point or root.startswith(point.rstrip("/") + "/")]
    if max(under, key=len, default="") != case.row.name:
        raise Refused(
            f"the engine keeps its data elsewhere ({root}), so nothing of it is on {case.row.name}",
            "look for what else fills it",
            reason="missing",
        )


def _announce(runner: Runner, heap: Heap, things: Sequence[Thing]) -> None:
    if not things:
        raise Refused(f"there are no {heap.what}", "clean something else away", reason="missing")
    for thing in things[:NAMED]:
        runner.say(f"{thing.name}: {size(thing.frees)}")
    if len(things) > NAMED:
        runner.say(f"and {len(things) - NAMED} more, smaller ones")
    if len(heap.things) > len(things):
        runner.say(f"{len(heap.things) - len(things)} smaller ones are left for the next run")


def _identity(things: Sequence[Thing]) -> str:
    """Which things they are, in a few letters."""
    ids = "\n".join(sorted(thing.id for thing in things))
    return f"{len(things)} things ({sha256(ids.encode()).hexdigest()[:12]})"


async def _remove(case: Case, runner: Runner, client: EngineClient, things: Sequence[Thing]) -> None:
    """One by one; what came into use meanwhile is left alone. Raises Refused when nothing could go."""
    before, left = len(things), await _sweep(case, runner, client, things)
    while left and len(left) < before:
        # An image goes only after those that were built upon it, which may be a chain of many.
        before, left = len(left), await _sweep(case, runner, client, [thing for thing, _ in left])
    if len(left) == len(things):
        error = left[0][1]
        raise Refused(f"nothing could be removed: {error.message}", error.remedy, reason=error.reason)
    for _, error in left:
        runner.say(f"left alone: {error.message}")


async def _sweep(
    case: Case, runner: Runner, client: EngineClient, things: Sequence[Thing]
) -> list[tuple[Thing, ActionError]]:
    """Remove each; gives those that the engine did not let go. Raises ActionError for any other trouble."""
    left = []
    for number, thing in enumerate(things):
        runner.progress(number / len(things), f"removing {thing.name}")
        try:
            for path in await _paths(client, thing):
                shown = f"{thing.name}: {size(thing.frees)}"
                await do(runner, call(case, "DELETE", path, shown=shown, timeout_s=_DELETE_S), thing.name)
        except ActionError as error:
            if error.reason not in ("missing", "conflict"):
                raise ActionError(error.message, error.remedy, reason=error.reason) from error
            left.append((thing, error))
    return left


async def _paths(client: EngineClient, thing: Thing) -> Sequence[str]:
    """What is deleted; of an image with several names each of those that are still its own."""
    if not thing.tags:
        return (f"/containers/{thing.id}",)
    if len(thing.tags) == 1:
        return (f"/images/{thing.id}",)
    now = await inspect_image(client, thing.id)
    return [f"/images/{quote(tag, safe='/:')}" for tag in thing.tags if now is not None and tag in now.names]


def _tell_freed(runner: Runner, value: object) -> None:
    freed = value.get("SpaceReclaimed") if isinstance(value, dict) else None
    if isinstance(freed, int):
        runner.say(f"{size(freed)} freed")
