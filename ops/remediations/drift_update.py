"""Gives a running container its limits or its restart policy again, without making it anew."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ops.actions.base import Case, Offer, Risk
from ops.actions.containers import call, do
from ops.actions.drift_engine import EngineDriftAction, container_there, standing
from ops.actions.drifted import settled
from ops.board import Row
from ops.runner.base import Runner

if TYPE_CHECKING:
    from ops.drift.structs import Value

_KEYS = {
    "limits.memory_bytes": "Memory", "limits.memory_swap_bytes": "MemorySwap",
    "limits.memory_reservation_bytes": "MemoryReservation", "limits.cpus": "NanoCpus",
    "limits.cpu_shares": "CpuShares", "limits.cpu_quota_us": "CpuQuota", "limits.cpu_period_us": "CpuPeriod",
    "limits.cpuset_cpus": "CpusetCpus", "limits.cpuset_mems": "CpusetMems", "limits.pids": "PidsLimit",
    "limits.blkio_weight": "BlkioWeight",
}  # fmt: skip
_MEMORY = ("limits.memory_bytes", "limits.memory_swap_bytes")
_SCORE = 90
_MAY_END = (*_MEMORY, "limits.pids")
"""Limits that what runs may be over already."""
_NANO = 10**9


class DriftUpdate(EngineDriftAction):
    """Changes memory, processor and process limits, or the restart policy, of a container that goes on running.

    A limit that was not there as agreed can't be taken away so: for that it is made anew.
    """

    name = "drift.update"
    title = "give a container its limits again"
    sources: ClassVar[tuple[str, ...]] = ("containers",)
    risk: ClassVar[Risk] = "interrupts"

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Where there was a limit, or another restart policy."""
        found = self.difference(row)
        if found is None or found.kind == "added" or found.before is None:
            return
        if found.place.fact in _KEYS or found.place.fact == "restart":
            name = found.place.item.partition("/")[2]
            title = f"set {found.place.fact} of container {name} to {found.before}"
            risk: Risk = self.risk if found.place.fact in _MAY_END else "safe"
            yield Offer(action=self.name, row=row.id, title=title, why="as agreed", score=_SCORE, risk=risk)

    async def run(self, case: Case, runner: Runner) -> None:
        """One request."""
        async with standing(case, runner) as stand:
            seen = await container_there(stand, runner)
            body = update_of(stand.found.path.fact, stand.agreed.facts)
            path = f"/containers/{seen.id}/update"
            await do(runner, call(stand.case, "POST", path, body=body), stand.case.row.name)
        await settled(case, runner)

    def interrupts(self, case: Case) -> str:
        """What is over the limit."""
        if case.row.facts.get("fact") in _MEMORY:
            return "where it uses more memory than was agreed, the kernel kills what runs in it"
        return "no more processes begin in it than were agreed" if case.row.facts.get("fact") in _MAY_END else ""

    def undone(self, case: Case) -> str:
        """By the value that it had."""
        return f"set it to {case.row.facts.get('after') or 'none'} again: docker update"


def update_of(fact: str, facts: "Mapping[str, Value]") -> dict[str, Any]:
    """The body of the request that brings one fact back. Memory goes with its swap, which is twice as much unless it
    was given."""
    if fact == "restart":
        policy, _, most = str(facts["restart"]).partition(":")
        return {"RestartPolicy": {"Name": policy, "MaximumRetryCount": int(most or 0)}}
    if fact in _MEMORY:
        memory = facts.get("limits.memory_bytes", 0)
        twice = 2 * memory if isinstance(memory, int) else 0
        return {"Memory": memory, "MemorySwap": facts.get("limits.memory_swap_bytes", twice)}
    value = facts[fact]
    return {_KEYS[fact]: round(value * _NANO) if fact == "limits.cpus" and isinstance(value, int | float) else value}
