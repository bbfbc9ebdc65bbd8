"""Delete the backups that have expired."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal

from collectors.text import clean
from ops.actions.backups import PROVED_WITHIN_S, BackupAction, desk_of, told
from ops.actions.base import Case, Offer, Risk
from ops.actions.errors import Refused
from ops.board import Row
from ops.figures import several, size
from ops.runner.base import Runner

_MOST = 200


class BackupPrune(BackupAction):
    """Deletes what no rule of `keep` keeps any more. The last verified one and the minimum always stay.

    The plan names each that goes, and why; where that is another list by then, nothing is deleted.
    """

    name = "backup.prune"
    title = "delete expired backups"
    how: ClassVar[Literal["prune"]] = "prune"
    risk: ClassVar[Risk] = "loses"

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Where something has expired."""
        expired = row.facts.get("expired")
        if isinstance(expired, int) and expired > 0:
            yield Offer(
                action=self.name,
                row=row.id,
                title=f"delete {several(expired, 'expired backup')} of {row.name}",
                score=15,
                risk=self.risk,
                within_s=PROVED_WITHIN_S,
            )

    async def run(self, case: Case, runner: Runner) -> None:
        """Say what goes and why, then delete it."""
        from ops.backup.keeping import going as digest_of

        with told():
            every = await desk_of(case.config, planned=runner.dry).expiring(case.spec.config.name)
        going = [kept for kept in every if kept.expires]
        if not going:
            raise Refused("no backup has expired", "there is nothing to do", reason="missing")
        agreed = digest_of(every)
        runner.rely("expired", agreed)
        for kept in going[:_MOST]:
            runner.say(f"{kept.id}, {size(kept.manifest.stored_bytes)}: {clean(kept.expires)}")
        if len(going) > _MOST:
            runner.say(f"{len(going) - _MOST:,} more are not listed")
        freed = sum(kept.manifest.stored_bytes for kept in going)
        runner.loses(f"{several(len(going), 'backup')} of {len(every):,}, {size(freed)}")
        await runner.do(self.call(case, params={"agreed": agreed}))

    def interrupts(self, case: Case) -> str:
        """They are gone."""
        return "expired backups are gone for good"

    def undone(self, case: Case) -> str:
        """It can't be."""
        return "it can't be"
