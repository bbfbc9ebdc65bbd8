"""Mount what should be mounted, as it should be."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from collectors.text import clean
from ops.actions.base import Case, Offer, Risk
from ops.actions.drifted import Agreed, DriftAction, agreed, settled
from ops.actions.errors import Refused
from ops.board import Row
from ops.runner.base import Runner
from ops.runner.calls import Program

_FACT = "mounted"
_FSTAB = "fstab"
_DIGEST = "digest:"


class DriftMount(DriftAction):
    """Mounts by the line of /etc/fstab what is not mounted any more, and mounts anew what has other options.

    Another device in the place of the agreed one is left to a person: what is used below it would be gone.
    """

    name = "drift.mount"
    title = "mount as agreed"
    sources: ClassVar[tuple[str, ...]] = ("mounts",)
    risk: ClassVar[Risk] = "interrupts"
    timeout_s = 120.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Where a line of fstab is not mounted, and where only options differ."""
        found = self.difference(row)
        if found is None or found.place.fact != _FACT:
            return
        point = found.place.item
        if found.kind == "removed":
            title, why = f"mount {point}", "/etc/fstab says how"
        elif found.kind == "changed" and _same_device(str(found.before), str(found.after)):
            title, why = f"mount {point} anew with the agreed options", "the same device, other options"
        else:
            return
        yield Offer(action=self.name, row=row.id, title=title, why=why, score=90, risk=self.risk)

    async def run(self, case: Case, runner: Runner) -> None:
        """Mount it and look."""
        found = await agreed(case)
        runner.rely("mount", str(found.difference.after))
        await runner.do(Program(argv=_argv(found), timeout_s=60.0))
        await settled(case, runner)

    def interrupts(self, case: Case) -> str:
        """What is below the folder."""
        return "what is in the folder below the mount is hidden by it; with other options writers may be stopped"

    def undone(self, case: Case) -> str:
        """By umount or the former options."""
        return "umount it, or mount it anew with the options that it has now"


def _argv(found: Agreed) -> tuple[str, ...]:
    from ops.drift.named import raw_name

    point = raw_name(found.path.item)
    if found.difference.kind == "removed":
        if found.agreed is None or found.live is None or found.agreed.facts.get(_FSTAB) != found.live.facts.get(_FSTAB):
            raise Refused(
                f"the line of {clean(found.path.item)} in /etc/fstab is not the one that was agreed",
                "put that line right first, or mount by hand what is meant",
                reason="changed",
            )
        return ("mount", "--", point)
    before, after = str(found.difference.before), str(found.difference.after)
    options = before.rpartition(" ")[2]
    if not _same_device(before, after) or _DIGEST in options:
        raise Refused(
            f"{clean(found.path.item)} is not only mounted with other options",
            "look at it by hand: findmnt",
            reason="changed",
        )
    return ("mount", "--options", f"remount,{raw_name(options)}", "--", point)


def _same_device(before: str, after: str) -> bool:
    return before.split(" ")[:2] == after.split(" ")[:2] and before != after
