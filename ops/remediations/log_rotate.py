"""Begin a log file anew."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from collectors.text import clean
from ops.actions.base import Action, Case, Offer, Risk
from ops.actions.files import KINDS, look, path_of, place
from ops.board import Row
from ops.figures import size
from ops.runner.base import Runner
from ops.runner.calls import File


class LogRotate(Action):
    """Renames a log file to ".1" (the older ones to ".2" and so on, nine at most) and begins an empty one.

    The new one has the same owner and permissions. Who holds the old one open goes on writing into it until it is told
    to open its log again (often by HUP or USR1). Only with a tenth one is anything lost: the oldest.
    """

    name = "log.rotate"
    title = "begin a log file anew"
    kinds: ClassVar[tuple[str, ...]] = KINDS
    risk: ClassVar[Risk] = "loses"
    timeout_s = 60.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """For a log that is one file."""
        path = place(row)
        if path:
            title = f"rotate {clean(path)}: the old one is kept as .1"
            yield Offer(action=self.name, row=row.id, title=title, score=20, risk="loses")

    async def run(self, case: Case, runner: Runner) -> None:
        """Say how much is moved aside, then do it."""
        seen = look(path_of(case))
        runner.rely("file", seen.identity)
        runner.say(f"{clean(seen.path)} holds {size(seen.size_bytes)}, which become {clean(seen.path)}.1")
        await runner.do(File(path=seen.path, how="rotate"))

    def interrupts(self, case: Case) -> str:
        """Nothing, but that a program may go on with the old one."""
        return (
            "a program that keeps the log open writes into the old one until it opens its log again; "
            "where nine old ones are kept, the oldest is lost"
        )

    def undone(self, case: Case) -> str:
        """By hand."""
        path = clean(path_of(case))
        return f"rename {path}.1 back to {path}"
