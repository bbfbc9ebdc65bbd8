"""Starts, stops, enables, disables, masks or unmasks a unit of systemd, as it was agreed."""

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from collectors.text import clean
from ops.actions.base import Case, Offer, Risk
from ops.actions.drifted import DriftAction, agreed, settled
from ops.actions.errors import Refused
from ops.actions.systemd import UnitCall
from ops.board import Row
from ops.runner.base import Runner

_STATES: Mapping[str, str] = {"active": "start", "inactive": "stop"}
_BOOT: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("disabled", "enabled"): ("enable",),
    ("enabled", "disabled"): ("disable",),
    ("enabled", "masked"): ("mask",),
    ("disabled", "masked"): ("mask",),
    ("static", "masked"): ("mask",),
    ("masked", "enabled"): ("unmask", "enable"),
    ("masked", "disabled"): ("unmask", "disable"),
    ("masked", "static"): ("unmask",),
}
"""What leads from how it is to how it was agreed."""
_SCORE = 85


class DriftUnit(DriftAction):
    """`systemctl start`, `stop`, `enable`, `disable`, `mask` or `unmask`, until the unit is as agreed.

    It needs the right that systemctl needs, and never asks for a password.
    """

    name = "drift.unit"
    title = "set a unit of systemd as agreed"
    sources: ClassVar[tuple[str, ...]] = ("units",)
    risk: ClassVar[Risk] = "interrupts"
    expected_s = 3.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Where it runs or does not, and where it starts at boot or does not."""
        found = self.difference(row)
        if found is None or found.kind != "changed":
            return
        verbs = _verbs(found.place.fact, str(found.after), str(found.before))
        if verbs:
            title = f"{' and '.join(verbs)} {found.place.item}"
            risk: Risk = "interrupts" if verbs[0] in ("start", "stop") else "safe"
            yield Offer(action=self.name, row=row.id, title=title, why="as agreed", score=_SCORE, risk=risk)

    async def run(self, case: Case, runner: Runner) -> None:
        """Do what leads from how it is to what was agreed."""
        found = await agreed(case)
        before, after = str(found.difference.before), str(found.difference.after)
        verbs = _verbs(found.path.fact, after, before)
        if not verbs:
            message = f"nothing leads from {clean(after)} to {clean(before)} by itself"
            raise Refused(message, "look at it with: systemctl status", reason="missing")
        unit = UnitCall.of(case.config, found.path.item)
        runner.rely(f"unit {unit.name}", after)
        for verb in verbs:
            await runner.do(unit.call(verb))
        await settled(case, runner)

    def interrupts(self, case: Case) -> str:
        """What a stop takes away."""
        stopped = case.row.facts.get("before") == "inactive"
        return "what the unit serves ends with it" if stopped else ""

    def undone(self, case: Case) -> str:
        """By the opposite."""
        return f"systemctl brings it back to {clean(case.row.facts.get('after') or 'how it was')}"


def _verbs(fact: str, now: str, wanted: str) -> tuple[str, ...]:
    if fact == "state":
        # What failed and was agreed to be stopped is stopped already: only its failure is to be forgotten.
        verb = "reset-failed" if (now, wanted) == ("failed", "inactive") else _STATES.get(wanted, "")
        return (verb,) if verb else ()
    return _BOOT.get((now, wanted), ()) if fact == "enabled" else ()
