"""Restart a process."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import ClassVar

from collectors.base import Collector, TargetConfig
from collectors.text import clean
from ops.actions.base import Action, Case, Offer, Risk
from ops.actions.errors import Refused
from ops.actions.filling import filled_arguments, filled_folder, fix_of
from ops.actions.loops import NO_REMEDY, restarts_again_and_again
from ops.actions.processes import end, find, here, lock
from ops.board import Row
from ops.runner.base import Runner
from ops.runner.calls import Program

_BACK_S = 60.0
_HELPED = ("exited", "hung", "unhealthy")
"""Words of checks that a restart mends often."""


class ProcessRestart(Action):
    """Restarts a watched process, and waits until another one runs in its place.

    A `[[fix]]` with `argv` says the command that restarts it (`["supervisorctl", "restart", "api"]`). Without one the
    process is ended, TERM and then KILL, and whoever supervises it starts it again; it is offered by itself only for
    a process that was seen to come back, and helps only one that hangs: no restart mends what ends again and again.
    """

    name = "process.restart"
    title = "restart a process"
    kinds: ClassVar[tuple[str, ...]] = ("process",)
    risk: ClassVar[Risk] = "interrupts"
    timeout_s = 300.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """For a process that came back before."""
        restarts = row.facts.get("restarts")
        if here(row) and isinstance(restarts, int) and restarts > 0:
            title = f"end {clean(row.called)}, and wait until its supervisor starts it again"
            loops = restarts_again_and_again(row)
            why = NO_REMEDY if loops else "" if row.level == "ok" else row.reason
            helps = not loops and any(check.word in _HELPED for check in row.checks if check.level != "ok")
            yield Offer(action=self.name, row=row.id, title=title, why=why, score=75 if helps else 20)

    async def run(self, case: Case, runner: Runner) -> None:
        """Restart it, then look for another one."""
        if getattr(case.spec.config, "pid", 0):
            raise Refused(
                f"{clean(case.row.called)} is watched by its pid, which another process will not have",
                "find it by pid_file or match in the config",
            )
        runner.rely("process", case.row.key)
        if case.fix and fix_of(case).run.argv:
            fix = fix_of(case)
            argv, folder = filled_arguments(case, fix), filled_folder(case, fix)
            await runner.do(Program(argv=argv, folder=folder, timeout_s=float(fix.run.timeout)))
        else:
            await end(find(case, case.row.key), runner)
        await _returned(case, runner)

    def interrupts(self, case: Case) -> str:
        """What it does."""
        return f"{case.row.name} answers nothing until it has started again"

    def undone(self, case: Case) -> str:
        """It can't be."""
        return "a restart can't be undone"

    def locks(self, case: Case) -> tuple[str, ...]:
        """The process itself, and the row: without a process there is no identity."""
        return (f"{case.config.settings.name}/{case.row.id}", *((lock(case.row.key),) if case.row.key else ()))


async def _returned(case: Case, runner: Runner) -> None:
    collector = case.spec.collector(case.spec.config, case.spec.secrets)
    try:
        await runner.until(f"another {clean(case.row.name)} runs", _BACK_S, _look(collector, case.row.key))
    finally:
        await collector.close()


def _look(collector: Collector[TargetConfig], before: str) -> Callable[[], Awaitable[str]]:
    async def look() -> str:
        seen = (await collector.collect()).entities[0]
        if not seen.key or seen.facts.get("state") in ("zombie", "exited", "missing"):
            return "none runs"
        return "the same one still runs" if seen.key == before else ""

    return look
