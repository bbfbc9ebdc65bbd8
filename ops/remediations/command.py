"""A command of the config's own."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from ops.actions.base import Action, Case, Offer, Risk
from ops.actions.filling import filled_arguments, filled_folder, fix_of
from ops.board import Row
from ops.figures import duration
from ops.runner.base import Runner
from ops.runner.calls import Program


class Command(Action):
    """Runs the argument list of a `[[fix]]`, without a shell.

    "{name}" inside an argument becomes the value of a parameter that the fix declares; "{row}", "{name}", "{host}" and
    "{service}" are those of the row. A value is always inside one argument, and never an option unless its own pattern
    allows it. The program gets little of the environment, reads nothing, and ends with its time or when cancelled.
    """

    name = "command"
    title = "run a command of the config"
    kinds: ClassVar[tuple[str, ...]] = ("*",)
    risk: ClassVar[Risk] = "interrupts"
    timeout_s = 86_400.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Only where a `[[fix]]` says so."""
        return ()

    async def run(self, case: Case, runner: Runner) -> None:
        """Start it and wait for its end."""
        fix = fix_of(case)
        await runner.do(
            Program(argv=filled_arguments(case, fix), folder=filled_folder(case, fix), timeout_s=float(fix.run.timeout))
        )

    def interrupts(self, case: Case) -> str:
        """Whatever the command does."""
        interrupts = fix_of(case).interrupts
        if interrupts is not None:
            return f"about {duration(interrupts)}, says the config" if interrupts else "nothing, says the config"
        return "what the command does, nobody here knows beforehand"

    def undone(self, case: Case) -> str:
        """As its author knows."""
        return "whatever undoes the command: a second [[fix]] can say it"
