"""Give an account its agreed shell, home, groups and lock."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from collectors.text import clean
from ops.actions.base import Case, Offer, Risk
from ops.actions.drifted import DriftAction, agreed, settled
from ops.actions.errors import Refused
from ops.board import Row
from ops.runner.base import Runner
from ops.runner.calls import Program

_USER = "user "
_OPTIONS = {"shell": "--shell", "home": "--home", "group": "--gid", "groups": "--groups", "expires": "--expiredate"}
_LOCKS = {("set", "locked"): "--lock", ("locked", "set"): "--unlock"}
"""By how the password is now and how it was agreed."""


class DriftAccount(DriftAction):
    """Changes one setting of an account with usermod; no password is set.

    No file of the user is touched, but by another group: usermod gives it what belongs to the present one in its home.
    Accounts that are gone or new are left to a person, who knows what belongs to them.
    """

    name = "drift.account"
    title = "set an account as agreed"
    sources: ClassVar[tuple[str, ...]] = ("users",)
    risk: ClassVar[Risk] = "interrupts"
    timeout_s = 60.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """For another shell, home or group, other groups, another end, and for a lock."""
        found = self.difference(row)
        if found is None or not found.place.item.startswith(_USER):
            return
        fact = found.place.fact
        if fact == "password":
            usable = (str(found.after), str(found.before)) in _LOCKS
        else:
            usable = fact in _OPTIONS and (found.kind == "changed" or fact == "expires")
        if usable:
            title = f"set {fact} of {found.place.item} as agreed"
            yield Offer(action=self.name, row=row.id, title=title, score=90, risk=self.risk)

    async def run(self, case: Case, runner: Runner) -> None:
        """Change it and look."""
        from ops.drift.named import raw_name

        found = await agreed(case)
        fact, name = found.path.fact, raw_name(found.path.item.removeprefix(_USER))
        before, after = found.difference.before, found.difference.after
        runner.rely(f"{fact} of {name}", str(after))
        option = (_LOCKS.get((str(after), str(before)), ""),) if fact == "password" else _option(fact, before)
        if not option[0]:
            raise Refused(
                f"{clean(fact)} of {clean(name)} is not set by usermod", "change it by hand", reason="missing"
            )
        await runner.do(Program(argv=("usermod", *option, "--", name)))
        await settled(case, runner)

    def interrupts(self, case: Case) -> str:
        """The next login."""
        later = "it counts from the user's next login on; sessions that are open go on"
        given = "files in its home that belong to the group that it has now are given to the agreed one"
        return f"{later}; {given}" if case.row.facts.get("fact") == "group" else later

    def undone(self, case: Case) -> str:
        """The same way."""
        return f"with usermod: it is {case.row.facts.get('after')} now"


def _option(fact: str, agreed_value: object) -> tuple[str, ...]:
    from ops.drift.named import raw_name

    if fact not in _OPTIONS:
        return ("",)
    values = agreed_value if isinstance(agreed_value, tuple) else ("" if agreed_value is None else str(agreed_value),)
    return (_OPTIONS[fact], ",".join(raw_name(str(value)) for value in values))
