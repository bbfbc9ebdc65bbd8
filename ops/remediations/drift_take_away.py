"""Take away a file that nobody agreed on."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from ops.actions.base import Case, Offer, Risk
from ops.actions.drifted import DriftAction, agreed, settled
from ops.actions.errors import Refused
from ops.actions.file_back import SOURCES, path_of, seen_at
from ops.board import Row
from ops.runner.base import Runner
from ops.runner.calls import File


class DriftTakeAway(DriftAction):
    """Moves a file, a link or an empty folder that was added since the baseline into the floor's own folder.

    What is larger than 64 MiB, or no plain file, is left to a person.
    """

    name = "drift.take-away"
    title = "take an added file away"
    sources: ClassVar[tuple[str, ...]] = SOURCES
    risk: ClassVar[Risk] = "interrupts"
    timeout_s = 120.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """For a file that was added."""
        found = self.difference(row)
        if found is None or found.kind != "added" or found.place.fact or not found.place.item.startswith("/"):
            return
        title = f"take {found.place.item} away"
        why = "nobody agreed on it; what is in it is kept aside"
        yield Offer(action=self.name, row=row.id, title=title, why=why, score=60, risk=self.risk)

    async def run(self, case: Case, runner: Runner) -> None:
        """Keep it, then unlink it."""
        found = await agreed(case)
        path = path_of(found)
        here = seen_at(path, runner)
        if not here.kind:
            raise Refused(f"{found.path.item} is gone by now", "look at drift anew", reason="missing")
        await runner.do(File(path=path, how="aside", expect=here.sha256))
        await settled(case, runner)

    def interrupts(self, case: Case) -> str:
        """Who uses it."""
        return "what uses the file does not find it any more"

    def undone(self, case: Case) -> str:
        """From what was kept."""
        return "copy it back: the output says where it is kept"
