"""Makes a network as it was agreed: one that is gone, or one that is otherwise and empty."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from collectors.base import CollectError
from collectors.docker_api.client import EngineClient
from collectors.docker_api.parse import Go
from collectors.text import clean
from ops.actions.base import Case, Offer, Risk
from ops.actions.containers import call, do
from ops.actions.drift_engine import EngineDriftAction, Stand, refuse_missing, standing
from ops.actions.drift_meant import refuse_meant
from ops.actions.drifted import settled
from ops.actions.errors import Refused
from ops.board import Row
from ops.runner.base import Runner

if TYPE_CHECKING:
    from ops.drift.structs import Value

_SCORE, _SCORE_ANEW = 92, 60
_NAMED = 3


class Guest(Go, frozen=True):
    """Who is in a network."""

    name: str = ""


class Endpoint(Go, frozen=True):
    """Where a container joins a network."""

    network_id: str = msgspec.field(default="", name="NetworkID")


class Joined(Go, frozen=True):
    """The networks of a container."""

    networks: dict[str, Endpoint] | None = None


class Member(Go, frozen=True):
    """One element of GET /containers/json, with its networks; they are kept while it is stopped."""

    names: list[str] | None = None
    network_settings: Joined = Joined()


class Whole(Go, frozen=True):
    """GET /networks/ID with who is in it, and what secrets of it may be of."""

    id: str
    name: str = ""
    options: dict[str, str] | None = None
    labels: dict[str, str] | None = None
    containers: dict[str, Guest] | None = None


class DriftNetwork(EngineDriftAction):
    """Creates a network with the driver, options, labels and subnets that were agreed.

    One that is otherwise is removed first, which it only is while nothing is in it: a stopped container that was could
    not be started any more. Where no subnet was given the engine chooses one.
    """

    name = "drift.network"
    title = "make a network as agreed"
    sources: ClassVar[tuple[str, ...]] = ("networks",)
    risk: ClassVar[Risk] = "interrupts"

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Where it is gone or otherwise."""
        found = self.difference(row)
        if found is None or (found.kind == "added" and not found.place.fact):
            return
        name, gone = found.place.item.partition("/")[2], not found.place.fact
        yield Offer(
            action=self.name, row=row.id, title=f"make network {name} {'again' if gone else 'anew as agreed'}",
            why="as agreed", score=_SCORE if gone else _SCORE_ANEW, risk="safe" if gone else self.risk,
        )  # fmt: skip

    async def run(self, case: Case, runner: Runner) -> None:
        """Remove what is in its place, then create it."""
        async with standing(case, runner) as stand:
            await refuse_meant(stand.found)
            name, there = stand.case.row.name, await _there(stand.client, stand.name)
            runner.rely("network", there.id if there else "none")
            if there is not None and (guests := await _guests(stand.client, there)):
                raise Refused(
                    f"{', '.join(guests[:_NAMED])} is in {name}, which can't be made anew around it",
                    "take what is in it out first (docker network disconnect), and put it back afterwards",
                    reason="conflict",
                )
            body = await _body(stand, there)
            if there is not None:
                await do(runner, call(stand.case, "DELETE", f"/networks/{there.id}"), name)
            shown = f"{body['Driver']}, {len(body['Labels'])} labels, {len(body['Options'])} options"
            await do(runner, call(stand.case, "POST", "/networks/create", body=body, shown=f"{name}: {shown}"), name)
        await settled(case, runner)

    def interrupts(self, case: Case) -> str:
        """Nothing is in it."""
        return "" if not case.row.facts.get("fact") else "nothing can join it for the moment until it is there again"

    def undone(self, case: Case) -> str:
        """By removing it."""
        return "remove it again: docker network rm"


async def _there(client: EngineClient, name: str) -> Whole | None:
    try:
        found = await client.get(f"/networks/{name}", Whole)
    except CollectError as error:
        if error.reason != "missing":
            raise
        return None
    return found if found.name == name else None


async def _guests(client: EngineClient, there: Whole) -> list[str]:
    """Names of all that is in it, whether it runs or not: by its id, which the next one of that name does not have."""
    listed = await client.get("/containers/json", list[Member], all="1")
    names = {clean(one.name) for one in (there.containers or {}).values()}
    for one in listed:
        if any(joined.network_id == there.id for joined in (one.network_settings.networks or {}).values()):
            names.add(clean((one.names or ["?"])[0].removeprefix("/")))
    return sorted(names)


async def _body(stand: Stand, there: Whole | None) -> Mapping[str, Any]:
    """Raises Refused where an option was secret and is found nowhere."""
    from ops.drift.docker.body import revealed
    from ops.drift.docker.finding import known_of
    from ops.drift.docker.hiding import texts_inside

    known = await known_of(stand.found.place, None, {})
    known.add(texts_inside([dict((there.options if there else None) or {}), (there.labels if there else None) or {}]))
    found = revealed(stand.agreed.facts, known)
    refuse_missing(found.missing, stand.case.row.name)
    return creation(stand.name, found.facts)


def creation(name: str, facts: "Mapping[str, Value]") -> Mapping[str, Any]:
    """The body of the request that creates such a network."""
    from ops.drift.docker.table import named

    columns = _filled([facts.get(f"ipam.{key}") for key in ("subnets", "ranges", "gateways")])
    given = [
        {key: one for key, one in zip(("Subnet", "IPRange", "Gateway"), row, strict=True) if one}
        for row in zip(*columns, strict=True)
    ]
    ipam = {"Driver": facts.get("ipam.driver", "default"), "Config": given, "Options": named(facts, "ipam.options")}
    return {
        "Name": name, "CheckDuplicate": True, "Driver": facts.get("driver", "bridge"),
        "Internal": facts.get("internal", False), "Attachable": facts.get("attachable", False),
        "EnableIPv6": facts.get("ipv6", False), "IPAM": ipam, "Options": named(facts, "options"),
        "Labels": named(facts, "labels"),
    }  # fmt: skip


def _filled(lists: Sequence[object]) -> list[tuple[str, ...]]:
    """Columns of the same height: what was not given is empty."""
    most = max((len(one) for one in lists if isinstance(one, tuple)), default=0)
    return [one if isinstance(one, tuple) else ("",) * most for one in lists]
