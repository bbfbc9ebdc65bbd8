"""Delete one backup."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal

from ops.actions.backups import PROVED_WITHIN_S, BackupAction, desk_of, is_there, told
from ops.actions.base import Case, Offer, Param, Risk
from ops.board import Row
from ops.figures import size
from ops.runner.base import Runner


class BackupDelete(BackupAction):
    """Deletes one backup: invisible first, then its bytes. The last verified one is never deleted."""

    name = "backup.delete"
    title = "delete a backup"
    how: ClassVar[Literal["delete"]] = "delete"
    risk: ClassVar[Risk] = "loses"
    params: ClassVar[tuple[Param, ...]] = (Param(name="backup", title="which backup", kind="pick"),)

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Where there is one."""
        if is_there(row):
            title = f"delete a backup of {row.name}"
            yield Offer(
                action=self.name, row=row.id, title=title, score=5, ask=self.params, risk=self.risk,
                within_s=PROVED_WITHIN_S,
            )  # fmt: skip

    async def run(self, case: Case, runner: Runner) -> None:
        """Delete the one that is meant. Raises Refused for the last verified one, and for what another needs."""
        from ops.backup.keeping import needed

        kept = await self.meant(case, runner)
        with told():
            standing = await desk_of(case.config, planned=runner.dry).standing(case.spec.config.name, ask=False)
            if (refusal := needed(kept, standing.kept)) is not None:
                raise refusal
        runner.loses(f"{kept.id}, {size(kept.manifest.stored_bytes)}")
        await runner.do(self.call(case, kept.id))

    def interrupts(self, case: Case) -> str:
        """It is gone."""
        return "the backup is gone for good"

    def undone(self, case: Case) -> str:
        """It can't be."""
        return "it can't be"
