"""Sets a setting of the kernel as it was agreed."""

import re
from collections.abc import Iterable, Sequence
from typing import ClassVar

from collectors.text import clean
from ops.actions.base import Case, Offer, Risk
from ops.actions.drifted import DriftAction, agreed, settled
from ops.actions.errors import Refused
from ops.board import Row
from ops.runner.base import Runner
from ops.runner.calls import Program

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./:-]*")
_SCORE = 85
_RESETS = "net.ipv4.ip_forward"
"""Sets all of net.ipv4.conf to the defaults of a host or a router with it (ip-sysctl)."""


class DriftSysctl(DriftAction):
    """`sysctl -w`: the running kernel has the agreed value at once, until it is booted again.

    What sets it at boot (/etc/sysctl.conf, /etc/sysctl.d) is not touched: its file is a matter of its own.
    """

    name = "drift.sysctl"
    title = "set a setting of the kernel"
    sources: ClassVar[tuple[str, ...]] = ("kernel",)
    risk: ClassVar[Risk] = "interrupts"

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Where a value has changed and the agreed one is known."""
        found = self.difference(row)
        if found is None or found.kind != "changed" or found.place.fact != "value" or not found.kept:
            return
        title = f"set {found.place.item} to {found.before}"
        yield Offer(action=self.name, row=row.id, title=title, why="as agreed", score=_SCORE, risk=self.risk)

    async def run(self, case: Case, runner: Runner) -> None:
        """Set it and look whether the kernel took it."""
        found = await agreed(case)
        name, value = found.path.item, str(found.difference.before)
        if not found.difference.kept or not _NAME.fullmatch(name) or not value.isprintable():
            message = f"{clean(name)} is not one that can be set with one line"
            raise Refused(message, "write it to its file below /proc/sys by hand", reason="missing")
        runner.rely(f"setting {name}", str(found.difference.after))
        runner.say(f"until the next boot; what sets {name} then: grep -r {name} /etc/sysctl.conf /etc/sysctl.d")
        await runner.do(Program(argv=("sysctl", "-w", f"{name}={value}")))
        await settled(case, runner)

    def interrupts(self, case: Case) -> str:
        """Some settings do."""
        at_once = "the kernel works by it at once: settings of the network may break connections"
        resets = "the kernel sets all of net.ipv4.conf back to its defaults with it"
        return f"{at_once}; {resets}" if case.row.facts.get("item") == _RESETS else at_once

    def undone(self, case: Case) -> str:
        """By the value that it had."""
        return f"sysctl -w {case.row.facts.get('item')}={clean(case.row.facts.get('after'))}"
