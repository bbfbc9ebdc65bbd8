"""Make a file what it was when it was agreed on."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from collectors.text import clean
from ops.actions.base import Case, Offer, Risk
from ops.actions.drift_meant import refuse_meant
from ops.actions.drifted import DriftAction, agreed, settled
from ops.actions.file_back import CONTENT, SOURCES, lines_told, path_of, restoring, seen_at
from ops.board import Row
from ops.runner.base import Runner

_SCORE = 90


class DriftRestoreFile(DriftAction):
    """Writes a file anew with the text, mode and owner of the baseline; links and empty folders are made again too.

    Never through a link, and whole or not at all. What is there now is kept in the floor's own folder. Of files that
    are secret, long or no text the baseline holds no content: those a person brings back.
    """

    name = "drift.restore-file"
    title = "restore a file from the baseline"
    sources: ClassVar[tuple[str, ...]] = SOURCES
    risk: ClassVar[Risk] = "interrupts"
    timeout_s = 120.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """For another content, and for what is gone, where the baseline holds it."""
        found = self.difference(row)
        if found is None or not found.kept or not found.place.item.startswith("/"):
            return
        gone = found.kind == "removed" and not found.place.fact
        if gone or found.place.fact in CONTENT:
            title = f"restore {found.place.item} as agreed"
            why = "it is gone" if gone else "what is there now is kept aside"
            yield Offer(action=self.name, row=row.id, title=title, why=why, score=_SCORE, risk=self.risk)

    async def run(self, case: Case, runner: Runner) -> None:
        """Look at what is there, then write what was agreed in its place."""
        found = await agreed(case)
        await refuse_meant(found)
        path = path_of(found)
        here = seen_at(path, runner)
        call = restoring(found, here, path)
        if call.how == "write":
            runner.say(f"{clean(path)}: {lines_told(here, call.text)}")
        await runner.do(call)
        await settled(case, runner)

    def interrupts(self, case: Case) -> str:
        """Who reads it."""
        return "what reads the file sees the agreed content when it reads it again"

    def undone(self, case: Case) -> str:
        """From what was kept."""
        return "copy back what was there: the output says where it is kept"
