"""Empty a log file."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from collectors.text import clean
from ops.actions.base import Action, Case, Offer, Risk
from ops.actions.files import KINDS, look, path_of, place
from ops.board import Row
from ops.figures import size
from ops.runner.base import Runner
from ops.runner.calls import File


class LogTruncate(Action):
    """Empties a log file in place: who writes it goes on writing it, and its space is free at once.

    Never through a link, never a device, a pipe, or a file with a second name. What was in it is lost.
    """

    name = "log.truncate"
    title = "empty a log file"
    kinds: ClassVar[tuple[str, ...]] = KINDS
    risk: ClassVar[Risk] = "loses"
    timeout_s = 60.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """For a log that is one file."""
        path = place(row)
        if path:
            title = f"empty {clean(path)}: what is in it is lost"
            yield Offer(action=self.name, row=row.id, title=title, score=10, risk="loses")

    async def run(self, case: Case, runner: Runner) -> None:
        """Say what is in it, then empty it."""
        seen = look(path_of(case))
        runner.rely("file", seen.identity)
        runner.say(f"{clean(seen.path)} holds {size(seen.size_bytes)}, which become free")
        await runner.do(File(path=seen.path, how="truncate"))

    def interrupts(self, case: Case) -> str:
        """Its content."""
        return "what is in the log is lost"

    def undone(self, case: Case) -> str:
        """It can't be."""
        return "it can't be: copy the file first if it may be needed"
