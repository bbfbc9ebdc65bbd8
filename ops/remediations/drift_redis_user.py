"""Gives a user of Redis its agreed rules, and takes away one that nobody agreed on; passwords are never touched."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from collectors.text import clean
from ops.actions.base import Case, Offer, Risk
from ops.actions.drifted import Agreed, DriftAction, agreed, settled, target_of
from ops.actions.errors import Refused
from ops.board import Row
from ops.runner.base import Runner
from ops.runner.calls import Redis

if TYPE_CHECKING:
    from ops.drift.structs import Value

_USER, _RULES = "/user/", "rules"
_SCORE = 80
_OPEN, _UNCHECKED = "nopass", "skip-sanitize-payload"


class DriftRedisUser(DriftAction):
    """`ACL SETUSER` with the agreed rules in their order, or `ACL DELUSER`; it holds until the next start.

    Where either side lets it in without a password the other had some, which are lost: a person sets those.
    """

    name = "drift.redis-user"
    title = "set the rules of a user of Redis"
    sources: ClassVar[tuple[str, ...]] = ("redis",)
    risk: ClassVar[Risk] = "loses"

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """For other rules, and for a user too many."""
        found = self.difference(row)
        if found is None or _USER not in found.place.item:
            return
        added = found.kind == "added" and not found.place.fact
        if added or found.place.fact == _RULES:
            title = f"{'take away' if added else 'set the rules of'} {found.place.item}"
            risk: Risk = "loses" if added else "interrupts"
            yield Offer(action=self.name, row=row.id, title=title, why="as agreed", score=_SCORE, risk=risk)

    async def run(self, case: Case, runner: Runner) -> None:
        """One command."""
        found = await agreed(case)
        spec = target_of(case, found.path, "redis")
        runner.rely(found.path.text, str(found.difference.after))
        runner.say("until its next start; ACL SAVE or CONFIG REWRITE keeps it")
        await runner.do(Redis(target=spec.id, commands=(_command(found),)))
        await settled(case, runner)

    def interrupts(self, case: Case) -> str:
        """Whoever is connected."""
        return "whoever is connected as this user may do what was agreed from now on, and no more"

    def undone(self, case: Case) -> str:
        """By hand."""
        return "ACL SETUSER with the rules that it has now: the difference shows them"


def _command(found: Agreed) -> tuple[str, ...]:
    """Raises Refused where the passwords are gone."""
    from ops.drift.named import raw_name

    name = raw_name(found.path.item.partition(_USER)[2])
    if found.agreed is None:
        return ("ACL", "DELUSER", name)
    rules, live = _rules(found.agreed.facts), _rules(found.live.facts if found.live else {})
    if _OPEN in rules and _OPEN not in live:
        message = f"{clean(name)} was let in without a password as agreed, and would lose those that it has now"
        raise Refused(message, "if that is meant: ACL SETUSER with nopass; else accept it", reason="held")
    if _OPEN in live and _OPEN not in rules:
        message = f"{clean(name)} was let in without a password, and its passwords are not kept"
        raise Refused(message, "set one with ACL SETUSER, then look at drift anew", reason="missing")
    selectors = ("clearselectors",) if any(word.startswith("(") for word in (*rules, *live)) else ()
    checked = ("sanitize-payload",) if _UNCHECKED in live else ()
    return ("ACL", "SETUSER", name, "resetkeys", "resetchannels", *checked, *selectors, "-@all", *rules)


def _rules(facts: "Mapping[str, Value]") -> tuple[str, ...]:
    words = facts.get(_RULES, ())
    return words if isinstance(words, tuple) else ()
