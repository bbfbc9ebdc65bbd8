"""Connects a container with the networks that were agreed, and takes it out of the others."""

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from collectors.text import clean
from ops.actions.base import Case, Offer, Risk
from ops.actions.containers import call, do
from ops.actions.drift_engine import EngineDriftAction, Stand, container_there, standing
from ops.actions.drifted import settled
from ops.actions.errors import Refused
from ops.board import Row
from ops.runner.base import Runner

_FACT = "networks"
_SCORE = 88
_FIXED = ("host", "none")


class DriftConnect(EngineDriftAction):
    """Joins and leaves networks while the container runs: its names and addresses there are those that were agreed."""

    name = "drift.connect"
    title = "connect a container with its networks again"
    sources: ClassVar[tuple[str, ...]] = ("containers",)
    risk: ClassVar[Risk] = "interrupts"

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Where it is in other networks, or under other names in one."""
        found = self.difference(row)
        fact = found.place.fact if found else ""
        if found is not None and (fact == _FACT or fact.startswith(f"{_FACT}.")):
            title = f"connect container {found.place.item.partition('/')[2]} with its networks again"
            yield Offer(action=self.name, row=row.id, title=title, why="as agreed", score=_SCORE, risk=self.risk)

    async def run(self, case: Case, runner: Runner) -> None:
        """Leave first: an address can only be taken once it is free."""
        async with standing(case, runner) as stand:
            seen = await container_there(stand, runner)
            joined = set(seen.network_settings.networks or ())
            runner.rely("networks", " ".join(sorted(joined)))
            leave, join = _moves(stand, joined)
            if fixed := [name for name in (*leave, *join) if name in _FIXED]:
                message = f"a container can't join or leave the network {fixed[0]} while it is there"
                raise Refused(message, "make it anew as agreed (drift.recreate)", reason="conflict")
            from ops.drift.docker.body import endpoint_config
            from ops.drift.sources.networks import Network

            ids = {one.name: one.id for one in await stand.client.get("/networks", list[Network])}
            if missing := [name for name in join if name not in ids]:
                message = f"there is no network {clean(missing[0])}"
                raise Refused(message, "put the network right first (drift.network)", reason="missing")
            for name in leave:
                await _tell(
                    stand, runner, ids.get(name, name), "disconnect", {"Container": seen.id, "Force": True}, name
                )
            for name in join:
                body = {"Container": seen.id, "EndpointConfig": endpoint_config(stand.agreed.facts, name)}
                await _tell(stand, runner, ids[name], "connect", body, name)
        await settled(case, runner)

    def interrupts(self, case: Case) -> str:
        """Connections through what it leaves."""
        return "its connections through the networks that it leaves break"

    def undone(self, case: Case) -> str:
        """By hand."""
        return "docker network connect and disconnect, as it was before"


def _moves(stand: Stand, joined: set[str]) -> tuple[list[str], list[str]]:
    """The networks that are left and joined for this difference."""
    fact = stand.found.path.fact
    agreed = stand.agreed.facts.get(_FACT, ())
    wanted = set(agreed) if isinstance(agreed, tuple) else set()
    if fact == _FACT:
        return sorted(joined - wanted), sorted(wanted - joined)
    name = fact.removeprefix(f"{_FACT}.").rpartition(".")[0]
    return [name] * (name in joined), [name] * (name in wanted)


async def _tell(stand: Stand, runner: Runner, network: str, verb: str, body: Mapping[str, object], name: str) -> None:
    shown = f"{clean(name)}: {stand.case.row.name}"
    await do(runner, call(stand.case, "POST", f"/networks/{network}/{verb}", body=body, shown=shown), clean(name))
