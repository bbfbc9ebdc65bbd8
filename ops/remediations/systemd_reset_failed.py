"""Forgets that a unit of systemd failed."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from ops.actions.base import Action, Case, Offer, Risk
from ops.actions.systemd import KIND, Unit
from ops.board import Row
from ops.runner.base import Runner


class SystemdResetFailed(Action):
    """`systemctl reset-failed`: a unit that failed counts as stopped, and its count of starts begins anew.

    It starts nothing: for a unit whose failure was looked into, or that systemd gave up on for too many starts.
    """

    name = "systemd.reset-failed"
    title = "forget the failure of a unit of systemd"
    kinds: ClassVar[tuple[str, ...]] = (KIND,)
    risk: ClassVar[Risk] = "safe"
    timeout_s = 60.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """For what failed."""
        if row.facts.get("state") == "failed" and row.word != "gone":
            why = "systemd gave up starting it" if row.facts.get("result") == "start-limit-hit" else "it failed"
            title = f"forget the failure of {row.name}"
            yield Offer(action=self.name, row=row.id, title=title, why=why, score=50, risk=self.risk)

    async def run(self, case: Case, runner: Runner) -> None:
        """Reset it; of one that is well by now nothing is to be reset, which is no error."""
        unit = Unit(case)
        await unit.read(runner)
        await runner.do(unit.call("reset-failed"))

    def interrupts(self, case: Case) -> str:
        """Nothing."""
        return ""

    def undone(self, case: Case) -> str:
        """It can't be."""
        return "it can't be undone: how it failed is still in the journal"
