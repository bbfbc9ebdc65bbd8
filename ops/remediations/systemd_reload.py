"""Lets a unit of systemd read its configuration again."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from ops.actions.base import Action, Case, Offer, Risk
from ops.actions.errors import Refused
from ops.actions.systemd import KIND, Unit, restartable
from ops.board import Row
from ops.runner.base import Runner


class SystemdReload(Action):
    """`systemctl reload`: an active unit reads its own configuration again, without a stop, where its file says how."""

    name = "systemd.reload"
    title = "reload a unit of systemd"
    kinds: ClassVar[tuple[str, ...]] = (KIND,)
    risk: ClassVar[Risk] = "safe"
    timeout_s = 300.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """For what is active, and can."""
        if restartable(row) and row.facts.get("state") == "active" and row.facts.get("can_reload"):
            yield Offer(action=self.name, row=row.id, title=f"reload {row.name}", score=12, risk=self.risk)

    async def run(self, case: Case, runner: Runner) -> None:
        """Reload it."""
        unit = Unit(case)
        block = await unit.read(runner)
        if block.get("ActiveState") != "active":
            raise Refused(f"{case.row.name} is not active, so it can't reload", "restart it", reason="changed")
        if block.get("CanReload") == "no":
            raise Refused(f"the file of {case.row.name} does not say how to reload it", "restart it", reason="missing")
        await runner.do(unit.call("reload"))
        await unit.active(runner)

    def interrupts(self, case: Case) -> str:
        """Nothing."""
        return ""

    def undone(self, case: Case) -> str:
        """By its file."""
        return "put its configuration back as it was and reload again"
