"""End a process."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from collectors.text import clean
from ops.actions.base import Action, Case, Offer, Param, Pick, Risk
from ops.actions.processes import KINDS, busiest, end, find, here, lock, most_memory, proof
from ops.board import Row
from ops.figures import percent
from ops.runner.base import Runner

_PROCESS = Param(name="process", title="which process, most memory first", kind="pick")


class ProcessKill(Action):
    """Ends one process of this machine: TERM, and KILL where it still lives after 10 s.

    On a busy host it is offered for the process that burns most of the CPU, on a full one for a process of one's
    choice, most memory first. It must still be the one that was seen. What has ended and waits for its parent to
    collect it (a zombie) can't be ended again: the refusal names the parent.
    """

    name = "process.kill"
    title = "end a process"
    kinds: ClassVar[tuple[str, ...]] = (*KINDS, "host")
    risk: ClassVar[Risk] = "interrupts"
    timeout_s = 60.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """The process itself; on a host that is not well, its busiest one."""
        if row.kind == "host":
            yield from self._of_host(row, rows)
        elif here(row) and row.facts.get("state") not in ("zombie", "exited"):
            title = f"end {clean(row.called)} (TERM, then KILL)"
            yield Offer(action=self.name, row=row.id, title=title, score=15, verify_row=proof(row))

    def _of_host(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        if row.host:
            return
        bad = {check.word for check in row.checks if check.level != "ok"}
        top = busiest(rows)
        if top is not None and bad & {"busy", "stalling"}:
            burns = top.facts.get("cpu_percent")
            yield Offer(
                action=self.name,
                row=row.id,
                title=f"end {clean(top.name)} (TERM, then KILL)",
                why=f"it burns most: {percent(burns) if isinstance(burns, int | float) else '?'} of a core",
                score=80 if isinstance(burns, int | float) and burns >= 50 else 40,
                params={"process": top.key},
            )
        if bad & {"full", "swapping", "stalling", "out of memory"}:
            yield Offer(
                action=self.name, row=row.id, title="end a process that takes much memory", score=50, ask=(_PROCESS,)
            )

    async def picks(self, case: Case, param: Param) -> Sequence[Pick]:
        """What takes most memory."""
        return await most_memory(getattr(case.spec.config, "proc", "/proc"))

    async def run(self, case: Case, runner: Runner) -> None:
        """TERM, then KILL if it must be."""
        meant = find(case, _key(case))
        runner.rely("process", meant.key)
        runner.say(f"{meant.called} is {meant.command or 'a thread of the kernel'}")
        await end(meant, runner)

    def interrupts(self, case: Case) -> str:
        """What it does."""
        return "what the process does ends; what it did not write down is lost"

    def undone(self, case: Case) -> str:
        """By whoever starts it."""
        return "start it again, unless something does that by itself"

    def locks(self, case: Case) -> tuple[str, ...]:
        """The process itself."""
        return (lock(_key(case)),)


def _key(case: Case) -> str:
    """The process that was chosen on a host, else the row's own."""
    return case.params.get("process", "") if case.row.kind == "host" else case.row.key
