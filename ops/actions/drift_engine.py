"""What actions on differences of an engine share: its case, the container or image that is meant, and what it was."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from collectors.base import CollectError
from collectors.docker_api.client import EngineClient, target
from collectors.text import clean
from ops.actions.base import Case
from ops.actions.containers import call, do
from ops.actions.docker import READ_S, Whole, engine_of
from ops.actions.drifted import Agreed, DriftAction, agreed, target_of
from ops.actions.errors import ActionError, Refused
from ops.actions.images import Image, inspect_image, pull_call, repository
from ops.figures import size
from ops.runner.base import Runner

if TYPE_CHECKING:
    from ops.drift.structs import Item, Value

_NAMED = 10
"""Variables that are named in one sentence."""


class Stand(NamedTuple):
    """Where an action on a difference of an engine stands."""

    found: Agreed
    case: Case
    """The same case as one on the engine's own target: its row is called like the thing."""
    client: EngineClient
    name: str
    """Of the thing as the engine has it, unsanitized."""

    @property
    def agreed(self) -> "Item":
        """What was agreed of it. Raises Refused where it was not there."""
        if self.found.agreed is None:
            raise Refused(
                f"{self.case.row.name} was not there when the baseline was captured",
                "remove it, or accept it",
                reason="missing",
            )
        return self.found.agreed


@asynccontextmanager
async def standing(case: Case, runner: Runner, *sections: str) -> AsyncIterator[Stand]:
    """The difference captured anew, and a client of its engine, closed in the end.

    Raises Refused, ActionError, CollectError.
    """
    from ops.drift.named import raw_name

    found = await agreed(case)
    spec = target_of(case, found.path, *(sections or ("docker",)))
    name = raw_name(found.path.item.removeprefix(f"{spec.config.name}/"))
    runner.rely("baseline", found.baseline.head.id)
    row = replace(case.row, name=clean(name), host=spec.config.runs_on, key="")
    meant = replace(case, spec=spec, row=row)
    async with engine_of(meant) as client:
        try:
            yield Stand(found, meant, client, name)
        except CollectError as error:
            raise ActionError(error.message, error.remedy, reason=error.reason) from error


class EngineDriftAction(DriftAction):
    """An action on a difference of an engine; nobody else may act on the same thing meanwhile."""

    timeout_s = 3_600.0
    reads_s = 30.0

    def locks(self, case: Case) -> tuple[str, ...]:
        """The thing, as the actions on the row of a container name it too."""
        source, item = str(case.row.facts.get("source")), str(case.row.facts.get("item"))
        first, _, name = item.partition("/")
        specs = [spec for spec in case.config.targets if spec.id in (f"docker:{first}", f"swarm:{first}")]
        host = specs[0].config.runs_on if specs else ""
        return (f"{source.removesuffix('s')}/{host or 'here'}/{name}",)


async def container_named(client: EngineClient, name: str) -> Whole | None:
    """The container of that name, with what it wrote outside its volumes; None where there is none."""
    try:
        async with asyncio.timeout(READ_S):
            seen = await client.get(f"/containers/{name}/json", Whole, size="1")
    except TimeoutError as error:
        raise ActionError("the Docker engine did not answer", "look whether it hangs", reason="timeout") from error
    except CollectError as error:
        if error.reason != "missing":
            raise
        return None
    return seen if seen.own_name == name else None


async def container_there(stand: Stand, runner: Runner) -> Whole:
    """The container, which is relied on. Raises Refused where it is gone."""
    seen = await container_named(stand.client, stand.name)
    if seen is None:
        raise Refused(f"{stand.case.row.name} is not there any more", "look at drift anew", reason="missing")
    runner.rely("container", seen.id)
    return seen


def tell_lost(runner: Runner, seen: Whole) -> None:
    """Say what goes with a container that is replaced or removed; the run holds to what the plan said of it."""
    wrote = seen.size_rw > 0
    runner.rely("wrote outside its volumes", "yes" if wrote else "no")
    if wrote:
        runner.loses(f"it has written {size(seen.size_rw)} outside its volumes, which goes with the old one")


async def image_agreed(stand: Stand, runner: Runner, name: str, digest: str) -> str:
    """What to make a container from so that it has the image that was agreed: its name, which then stands for it.

    An image that is not here any more is pulled by the digest that a registry had it under. Raises Refused where none
    is known.
    """
    here, called = await inspect_image(stand.client, digest), await inspect_image(stand.client, name)
    runner.rely(f"image {clean(name)}", called.id if called else "not there")
    repo, tag = repository(name)
    if called is not None and called.id == digest:
        return name
    if here is None:
        await _pull(stand, runner, name, digest)
    if not repo or tag.startswith("sha256:"):
        return name if here is None and repo else digest
    source = digest if here is not None else _pulled_as(stand, name)
    if called is not None and len(called.repo_tags or ()) < 2:
        runner.say(f"the image that is called {clean(name)} now keeps no other name; by its id it is {called.id}")
    path = target(f"/images/{source}/tag")
    await do(runner, call(stand.case, "POST", path, shown=" ", repo=repo, tag=tag), clean(name))
    return name


async def _pull(stand: Stand, runner: Runner, name: str, digest: str) -> None:
    pulled_as = _pulled_as(stand, name)
    if not pulled_as:
        raise Refused(
            f"the image that was agreed as {clean(name)} ({digest[7:19]}) is not on the engine any more",
            "build or load it again, or capture anew if the new one is meant",
            reason="missing",
        )
    await do(runner, pull_call(stand.case, pulled_as), clean(name))
    pulled = await inspect_image(stand.client, pulled_as)
    if not runner.dry and (pulled is None or pulled.id != digest):
        raise ActionError(f"what was pulled as {clean(pulled_as)} is another image than was agreed", reason="changed")


def _pulled_as(stand: Stand, name: str) -> str:
    """The digest that a registry had an image under, by what the baseline knows of images."""
    from ops.drift.structs import Path

    repo, tag = repository(name)
    prefix = f"{stand.case.spec.config.name}/"
    for called in (name, f"{repo}:{tag}"):
        item = stand.found.baseline.item(Path("images", prefix + called))
        if item is not None and item.facts.get("pulled_as"):
            return str(item.facts["pulled_as"])
    return name if "@sha256:" in name else ""


async def known_texts(stand: Stand, seen: Whole | None, image: Image | None) -> "Mapping[str, Value]":
    """The agreed facts with every digest replaced by its text, looked for wherever it may still stand.

    That is the container as it is, the image's own defaults, env files and compose files. Raises Refused with the names
    of what is found nowhere.
    """
    from ops.drift.docker.body import revealed
    from ops.drift.docker.finding import known_of

    known = await known_of(stand.found.place, seen, image.config if image else {})
    found = revealed(stand.agreed.facts, known)
    refuse_missing(found.missing, stand.case.row.name)
    return found.facts


def refuse_missing(missing: Sequence[str], name: str) -> None:
    """Raise Refused where values are needed that nothing is known of but their digests."""
    if not missing:
        return
    told = ", ".join(clean(one.removeprefix("env.")) for one in missing[:_NAMED])
    more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
    raise Refused(
        f"{name} can't be made as agreed: values of {told}{more} are kept nowhere that can be read",
        "put them into a file that the config names under env_files or compose in [[drift]], then try again",
        reason="missing",
    )
