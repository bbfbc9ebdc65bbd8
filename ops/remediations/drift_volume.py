"""Makes a volume again that is gone; what was in it is not brought back."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from ops.actions.base import Case, Offer, Risk
from ops.actions.containers import call, do
from ops.actions.drift_engine import EngineDriftAction, refuse_missing, standing
from ops.actions.drifted import settled
from ops.actions.errors import Refused
from ops.board import Row
from ops.runner.base import Runner

_SCORE = 50


class DriftVolume(EngineDriftAction):
    """Creates an empty volume with the driver, options and labels that were agreed; its content is for a backup."""

    name = "drift.volume"
    title = "make a volume again"
    sources: ClassVar[tuple[str, ...]] = ("volumes",)
    risk: ClassVar[Risk] = "safe"

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Only for one that is gone: what is in another would be lost."""
        found = self.difference(row)
        if found is not None and not found.place.fact and found.kind == "removed":
            title = f"make volume {found.place.item.partition('/')[2]} again, empty"
            why = "as agreed, without what was in it"
            yield Offer(action=self.name, row=row.id, title=title, why=why, score=_SCORE, risk=self.risk)

    async def run(self, case: Case, runner: Runner) -> None:
        """One request."""
        async with standing(case, runner) as stand:
            if stand.found.live is not None:
                raise Refused(f"{stand.case.row.name} is there again", "look at drift anew", reason="changed")
            from ops.drift.docker.body import revealed
            from ops.drift.docker.finding import known_of
            from ops.drift.docker.table import named

            found = revealed(stand.agreed.facts, await known_of(stand.found.place, None, {}))
            refuse_missing(found.missing, stand.case.row.name)
            body = {
                "Name": stand.name, "Driver": found.facts.get("driver", "local"),
                "DriverOpts": named(found.facts, "options"), "Labels": named(found.facts, "labels"),
            }  # fmt: skip
            runner.say("it begins empty: what was in it comes from a backup")
            await do(runner, call(stand.case, "POST", "/volumes/create", body=body, shown=" "), stand.case.row.name)
        await settled(case, runner)

    def interrupts(self, case: Case) -> str:
        """Nothing."""
        return ""

    def undone(self, case: Case) -> str:
        """By removing it."""
        return "remove it again: docker volume rm"
