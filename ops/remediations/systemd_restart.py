"""Restarts a unit of systemd."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from ops.actions.base import Action, Case, Offer, Risk
from ops.actions.systemd import KIND, Unit, restartable
from ops.board import Row
from ops.runner.base import Runner

_FAILED = 92
_STOPPED = 60
_RUNS = 15


class SystemdRestart(Action):
    """`systemctl restart`: stops a unit, where it runs, and starts it; then it must be active.

    With `user = true` in the `[[systemd]]` section it is the user's own systemd. It needs the right that systemctl
    needs, and never asks for a password.
    """

    name = "systemd.restart"
    title = "restart a unit of systemd"
    kinds: ClassVar[tuple[str, ...]] = (KIND,)
    risk: ClassVar[Risk] = "interrupts"
    timeout_s = 300.0
    expected_s = 3.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Best for one that failed; a device, a mount or a target is left alone."""
        if not restartable(row):
            return
        state = row.facts.get("state")
        score, why = {
            "failed": (_FAILED, "it failed"),
            "inactive": (_STOPPED, "it is stopped: somebody may have meant it so")
            if row.level != "ok"
            else (_RUNS, ""),
        }.get(str(state), (_RUNS, ""))
        if row.level != "ok" and not why:
            score, why = 60, row.reason
        yield Offer(action=self.name, row=row.id, title=f"restart {row.name}", why=why, score=score)

    async def run(self, case: Case, runner: Runner) -> None:
        """Restart it and look whether it stays."""
        unit = Unit(case)
        await unit.read(runner)
        await runner.do(unit.call("restart"))
        await unit.active(runner)

    def interrupts(self, case: Case) -> str:
        """What it serves."""
        return f"{case.row.name} answers nothing from its stop until it has started"

    def undone(self, case: Case) -> str:
        """It can't be."""
        return "a restart can't be undone; a unit that was stopped is stopped again with systemctl stop"
