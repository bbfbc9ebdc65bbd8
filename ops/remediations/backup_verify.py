"""Read a backup through."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal

from ops.actions.backups import NEWEST, PROVED_WITHIN_S, BackupAction, bad, fraction_of, is_there
from ops.actions.base import Case, Offer, Param, Risk
from ops.board import Row
from ops.runner.base import Runner


class BackupVerify(BackupAction):
    """Reads a backup through: every digest, decrypted, decompressed, and read by the real tool to its end.

    "fraction" reads one part of several ("2/7"): all of them in turn cover everything.
    """

    name = "backup.verify"
    title = "read a backup through"
    how: ClassVar[Literal["verify"]] = "verify"
    risk: ClassVar[Risk] = "safe"
    params: ClassVar[tuple[Param, ...]] = (NEWEST,)

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Where there is one."""
        if is_there(row):
            why = bad(row, "verify") or bad(row, "age")
            yield Offer(
                action=self.name,
                row=row.id,
                title=f"verify a backup of {row.name}",
                why=why,
                score=70 if why else 30,
                params={"fraction": ""},
                ask=self.params,
                risk=self.risk,
                within_s=PROVED_WITHIN_S,
            )

    async def run(self, case: Case, runner: Runner) -> None:
        """Read the one that is meant."""
        fraction = case.params.get("fraction", "")
        fraction_of(fraction)
        kept = await self.meant(case, runner)
        await runner.do(self.call(case, kept.id, {"fraction": fraction} if fraction else {}))
