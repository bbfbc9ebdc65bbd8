"""Take a backup."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal

from ops.actions.backups import PROVED_WITHIN_S, BackupAction, bad
from ops.actions.base import Case, Offer, Risk
from ops.board import Row
from ops.config.backed import backup_of
from ops.runner.base import Runner
from ops.runner.calls import Backup


class BackupRun(BackupAction):
    """Takes a backup of the set now, as the schedule would: streamed to its target, visible only when whole.

    Where the set's schedule names no times for it, it is read through afterwards, so that it counts.
    """

    name = "backup.run"
    title = "take a backup"
    how: ClassVar[Literal["run"]] = "run"
    risk: ClassVar[Risk] = "safe"

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Always; first of all where the last one failed, or is too old."""
        why = bad(row, "run") or bad(row, "age")
        yield Offer(
            action=self.name,
            row=row.id,
            title=f"take a backup of {row.name}",
            why=why,
            score=90 if why else 40,
            params={"due": ""},
            risk=self.risk,
            within_s=PROVED_WITHIN_S,
        )

    async def run(self, case: Case, runner: Runner) -> None:
        """Take it, then read it through, unless the schedule has a time of its own for that."""
        due = case.params.get("due", "")
        await runner.do(self.call(case, params={"due": due, "why": "schedule"} if due else {}))
        if not backup_of(case.spec).schedule.verify:
            await runner.do(Backup(set=case.spec.config.name, how="verify"))

    def undone(self, case: Case) -> str:
        """By deleting it."""
        return "delete it with backup.delete"
