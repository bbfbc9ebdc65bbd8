"""Send a signal to a process."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from collectors.text import clean
from ops.actions.base import Action, Case, Offer, Param, Risk
from ops.actions.processes import KINDS, find, here, lock, proof
from ops.board import Row
from ops.runner.base import Runner

_DOES = {
    "TERM": "it is asked to end",
    "HUP": "it may read its config again, or end",
    "USR1": "it does what it has this signal for, or ends",
    "USR2": "it does what it has this signal for, or ends",
    "INT": "it is asked to end",
    "KILL": "it ends at once and cleans nothing up",
    "STOP": "it stands still until it is sent CONT",
    "CONT": "",
}


class ProcessSignal(Action):
    """Sends a signal to one process of this machine, which must still be the one that was seen.

    The process is held by a descriptor while its start is compared, so a process id that was given to another one
    meanwhile is never signalled; neither is watchfloor itself, nor what it was started from.
    """

    name = "process.signal"
    title = "send a signal to a process"
    kinds: ClassVar[tuple[str, ...]] = KINDS
    risk: ClassVar[Risk] = "interrupts"
    params: ClassVar[tuple[Param, ...]] = (
        Param(name="signal", title="which signal", kind="choice", choices=tuple(_DOES)),
    )
    timeout_s = 30.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """CONT for one that is stopped; any signal for one that runs."""
        if not here(row) or row.facts.get("state") in ("zombie", "exited"):
            return
        if row.facts.get("state") == "stopped":
            yield Offer(
                action=self.name,
                row=row.id,
                title=f"let {clean(row.called)} go on (CONT)",
                why="it was stopped by a signal",
                score=95,
                params={"signal": "CONT"},
                risk="safe",
            )
        yield Offer(
            action=self.name,
            row=row.id,
            title=f"send a signal to {clean(row.called)}",
            score=10,
            ask=self.params,
            verify_row=proof(row),
        )

    async def run(self, case: Case, runner: Runner) -> None:
        """Look at the process, then send it."""
        meant = find(case, case.row.key)
        runner.rely("process", meant.key)
        runner.say(f"{meant.called} is {meant.command or 'a thread of the kernel'}")
        await runner.do(meant.signal(case.params["signal"]))

    def interrupts(self, case: Case) -> str:
        """As the signal says."""
        return _DOES.get(case.params.get("signal", ""), "")

    def undone(self, case: Case) -> str:
        """STOP and CONT undo each other."""
        other = {"STOP": "CONT", "CONT": "STOP"}.get(case.params.get("signal", ""))
        return f"send it {other}" if other else "a signal can't be taken back: start it again if it ended"

    def undo(self, case: Case) -> Offer | None:
        """CONT after STOP."""
        if case.params.get("signal") != "STOP":
            return None
        title = f"let {clean(case.row.called)} go on (CONT)"
        return Offer(action=self.name, row=case.row.id, title=title, params={"signal": "CONT"}, risk="safe")

    def locks(self, case: Case) -> tuple[str, ...]:
        """The process itself."""
        return (lock(case.row.key),)
