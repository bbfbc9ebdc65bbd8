"""Restore a backup for proof."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal

from ops.actions.backups import NEWEST, PROVED_WITHIN_S, BackupAction, bad, is_there
from ops.actions.base import Case, Offer, Param, Risk
from ops.board import Row
from ops.runner.base import Runner


class BackupDrill(BackupAction):
    """Restores a backup into something that is made for it and taken away again, and compares what came out.

    What users have is not touched. The time that it takes is the measured RTO.
    """

    name = "backup.drill"
    title = "restore a backup for proof"
    how: ClassVar[Literal["drill"]] = "drill"
    risk: ClassVar[Risk] = "safe"
    params: ClassVar[tuple[Param, ...]] = (NEWEST,)

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Where there is one; rather where none was ever restored."""
        if is_there(row):
            why = bad(row, "drill") or ("" if row.facts.get("restore_s") is not None else "none was ever restored")
            yield Offer(
                action=self.name,
                row=row.id,
                title=f"drill a restore of {row.name}",
                why=why,
                score=60 if why else 25,
                ask=self.params,
                risk=self.risk,
                within_s=PROVED_WITHIN_S,
            )

    async def run(self, case: Case, runner: Runner) -> None:
        """Restore the one that is meant."""
        kept = await self.meant(case, runner)
        await runner.do(self.call(case, kept.id))

    def interrupts(self, case: Case) -> str:
        """It needs room and computes."""
        return "nothing; it needs room for a whole restore on the disk of the state folder meanwhile"
