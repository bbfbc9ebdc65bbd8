"""Sets how much memory and CPU a container may use."""

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from msgspec.structs import replace

from collectors.units import Size
from ops.actions.base import Case, Offer, Param, Risk
from ops.actions.containers import START_GRACE_S, ContainerAction, call, condition, do, patient
from ops.actions.docker import engine_of, running, whole
from ops.actions.errors import Refused
from ops.actions.limits import KEEP, Capacity, limits_body, limits_words, refuse_less_than_used
from ops.board import Row
from ops.figures import size
from ops.runner.base import Runner

_MEMORY = Param(
    name="memory", title="how much memory (512MiB)", default=KEEP,
    pattern=r"(?i)as is|none|\d+(\.\d+)?\s*[kmgt]?i?b",
)  # fmt: skip
_CPUS = Param(name="cpus", title="how many CPUs (1.5)", default=KEEP, pattern=r"as is|none|\d{1,4}(\.\d{1,3})?")
_THEN = Param(name="then", title="and then", kind="choice", default="go on", choices=("go on", "restart"))
_TIGHT_PERCENT = 80.0


class ContainerLimits(ContainerAction):
    """Changes the memory or CPU limit of a container as docker update does: at once, without a restart.

    "none" means as much as the engine's host has. The limit lasts until the container is made anew by somebody else.
    """

    name = "container.limits"
    title = "set a container's limits"
    risk: ClassVar[Risk] = "safe"
    params = (_MEMORY, _CPUS, _THEN)
    verb = "set the limits of"
    fits: ClassVar[Mapping[str, int]] = {
        "out of memory": 95, "strained": 20, "unhealthy": 10, "crashed": 10, "loop": 15, "well": 10,
    }  # fmt: skip

    def offers(self, row: Row, rows: Sequence[Row]) -> Sequence[Offer]:
        """Twice the memory where that was too little; else whatever is asked for."""
        plain = [replace(one, ask=(_MEMORY, _CPUS)) for one in super().offers(row, rows)]
        limit, percent = row.facts.get("memory_limit_bytes"), row.facts.get("memory_percent")
        state = condition(row)
        tight = state == "strained" and isinstance(percent, int | float) and percent >= _TIGHT_PERCENT
        if not plain or not isinstance(limit, int) or not (tight or state == "out of memory"):
            return plain
        killed = state == "out of memory"
        more = replace(
            plain[0],
            title=f"give container {row.name} {size(2 * limit)} of memory" + (" and restart it" if killed else ""),
            params={"memory": f"{2 * limit}B", "cpus": KEEP, "then": "restart" if killed else "go on"},
            ask=(),
            score=95 if killed else 60,
            risk="interrupts" if killed else "safe",
        )
        return [more, replace(plain[0], score=20)]

    async def run(self, case: Case, runner: Runner) -> None:
        """Set them; with "restart" then restart it and wait until it runs."""
        memory, cpus = _memory(case), _cpus(case)
        async with engine_of(case) as client:
            name, seen = case.row.name, await whole(client, case.row.key, case.row.name)
            host = seen.host_config
            capacity = await client.get("/info", Capacity)
            runner.rely("container", seen.id)
            runner.rely("limits", limits_words(host))
            runner.say(f"it has {limits_words(host)}")
            body = limits_body(host, capacity, memory, cpus)
            refuse_less_than_used(body.get("Memory", 0), case.row.facts.get("memory_bytes"))
            shown = f"{name}: {', '.join(f'{key} {value}' for key, value in body.items())}"
            await do(runner, call(case, "POST", f"/containers/{seen.id}/update", body=body, shown=shown), name)
            if case.params.get("then") == "restart":
                await do(runner, patient(case, "restart", seen.id, seen.stop_s), name)
                await runner.until(f"{name} runs", START_GRACE_S, running(client, seen.id, name))

    def interrupts(self, case: Case) -> str:
        """Nothing, unless it is restarted."""
        return f"{case.row.name} answers nothing while it restarts" if case.params.get("then") == "restart" else ""

    def undone(self, case: Case) -> str:
        """By the limits from before."""
        return "set the limits from before, which the plan tells, with container.limits"

    def undo(self, case: Case) -> Offer | None:
        """The memory limit from before; the CPUs that it had are in the job's output alone."""
        limit = case.row.facts.get("memory_limit_bytes")
        if case.params.get("cpus", KEEP) != KEEP or not isinstance(limit, int):
            return None
        return Offer(
            action=self.name, row=case.row.id, title=f"set the memory of container {case.row.name} to {size(limit)}",
            why="undo the new limit", params={"memory": f"{limit}B", "cpus": KEEP, "then": "go on"}, risk="safe",
        )  # fmt: skip


def _memory(case: Case) -> int | None:
    """Bytes, 0 for as much as there is, None to leave it."""
    given = case.params.get("memory", KEEP).lower()
    if given == KEEP:
        return None
    if given == "none":
        return 0
    try:
        return int(Size.parse(given))
    except ValueError as error:
        raise Refused(str(error), "write a size such as 512MiB", reason="protocol") from error


def _cpus(case: Case) -> float | None:
    given = case.params.get("cpus", KEEP)
    if given == KEEP:
        return None
    if given == "none":
        return 0.0
    if not re.fullmatch(_CPUS.pattern, given) or float(given) <= 0:
        raise Refused(f"{given!r} is no number of CPUs", "write a number such as 1.5", reason="protocol")
    return float(given)
