"""Sends a signal to a container's first process: KILL, or another that it may know."""

from collections.abc import Mapping
from typing import ClassVar

from collectors.docker_api.client import EngineClient
from ops.actions.base import Case, Offer, Param, Risk
from ops.actions.containers import START_GRACE_S, ContainerAction, call, condition, do
from ops.actions.docker import Look, Whole, engine_of, whole
from ops.actions.errors import Refused
from ops.runner.base import Runner

_SIGNALS = ("KILL", "TERM", "INT", "HUP", "QUIT", "USR1", "USR2")


class ContainerKill(ContainerAction):
    """Ends a container at once with KILL, without giving it time; or sends it HUP, USR1 and the like."""

    name = "container.kill"
    title = "kill a container"
    risk: ClassVar[Risk] = "interrupts"
    params = (Param(name="signal", title="which signal", kind="choice", default="KILL", choices=_SIGNALS),)
    expected_s = 600.0
    verb = "kill"
    fits: ClassVar[Mapping[str, int]] = {
        "loop": 15, "unhealthy": 10, "out of memory": 10, "strained": 10, "paused": 10, "well": 5,
    }  # fmt: skip

    async def run(self, case: Case, runner: Runner) -> None:
        """Send the signal; after KILL wait until that process is no more."""
        signal = case.params.get("signal", "KILL")
        async with engine_of(case) as client:
            name, seen = case.row.name, await whole(client, case.row.key, case.row.name)
            runner.rely("container", seen.id)
            if condition(case.row) != "loop":
                runner.rely("started at", seen.state.started_at)
            await do(runner, call(case, "POST", f"/containers/{seen.id}/kill", signal=signal), name)
            if signal == "KILL":
                await runner.until(f"{name} has ended", START_GRACE_S, _ended(client, seen, name))

    def interrupts(self, case: Case) -> str:
        """Until somebody starts it, without a farewell."""
        if case.params.get("signal", "KILL") == "KILL":
            return f"{case.row.name} ends at once, with whatever it was doing, until somebody starts it again"
        return f"what {case.row.name} does with that signal is its own affair; most end it"

    def undone(self, case: Case) -> str:
        """By starting it."""
        if case.params.get("signal", "KILL") != "KILL":
            return f"a signal can't be taken back: start {case.row.name} again with container.start if it ended"
        return f"start {case.row.name} again with container.start; what it had not written is lost"

    def undo(self, case: Case) -> Offer | None:
        """Start what was killed; what another signal did, nobody here knows."""
        if case.params.get("signal", "KILL") != "KILL":
            return None
        return Offer(
            action="container.start", row=case.row.id, title=f"start container {case.row.name}", why="undo its end",
            risk="safe",
        )  # fmt: skip


def _ended(client: EngineClient, before: Whole, name: str) -> Look:
    async def look() -> str:
        try:
            now = (await whole(client, before.id, name)).state
        except Refused:
            return ""  # It was started with --rm.
        same = now.started_at == before.state.started_at
        return f"{name} still runs" if same and now.status in ("running", "paused") else ""

    return look
