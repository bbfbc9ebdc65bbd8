"""A hook of the config's own."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from ops.actions.base import Action, Case, Offer, Risk
from ops.actions.filling import filled_body, filled_url, fix_of
from ops.board import Row
from ops.runner.base import Runner
from ops.runner.calls import Http


class HttpHook(Action):
    """Calls the address of a `[[fix]]`: once, without following a redirect, encrypted unless it is on this machine.

    Values of parameters are percent-encoded in the address and escaped in a JSON body; headers with secrets come from
    the environment and are never shown. A status of 400 or more is a failure.
    """

    name = "http.hook"
    title = "call a hook of the config"
    kinds: ClassVar[tuple[str, ...]] = ("*",)
    risk: ClassVar[Risk] = "interrupts"
    timeout_s = 86_400.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Only where a `[[fix]]` says so."""
        return ()

    async def run(self, case: Case, runner: Runner) -> None:
        """Send it."""
        fix = fix_of(case)
        await runner.do(
            Http(
                fix=fix.name,
                method=fix.run.method,
                url=filled_url(case, fix),
                body=filled_body(case, fix),
                timeout_s=float(fix.run.timeout),
            )
        )

    def interrupts(self, case: Case) -> str:
        """Whatever is behind it does."""
        return "what the hook sets off, nobody here knows beforehand"

    def undone(self, case: Case) -> str:
        """As its author knows."""
        return "by whatever undoes what the hook set off; a second [[fix]] can say it"
