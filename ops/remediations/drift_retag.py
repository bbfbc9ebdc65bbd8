"""Lets an image's name stand for what it stood for; what is not here any more is pulled by its digest."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from ops.actions.base import Case, Offer, Risk
from ops.actions.containers import do
from ops.actions.drift_engine import EngineDriftAction, image_agreed, standing
from ops.actions.drifted import settled
from ops.actions.images import PULL_S, inspect_image, pull_call
from ops.board import Row
from ops.runner.base import Runner

_SCORE = 85
_PULLED = "pulled_as"
_FACTS = ("", "digest", _PULLED)


class DriftRetag(EngineDriftAction):
    """Gives a name back to the image that had it, which is pulled first where the engine lost it.

    Containers go on as they are: each says by itself which image it was made from.
    """

    name = "drift.retag"
    title = "give an image its name again"
    sources: ClassVar[tuple[str, ...]] = ("images",)
    risk: ClassVar[Risk] = "safe"
    timeout_s = PULL_S + 60.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Where the name is gone, or stands for another image."""
        found = self.difference(row)
        if found is None or found.place.fact not in _FACTS or found.kind == "added":
            return
        name = found.place.item.partition("/")[2]
        title = f"let {name} stand for the agreed image again"
        yield Offer(action=self.name, row=row.id, title=title, why="as agreed", score=_SCORE, risk=self.risk)

    async def run(self, case: Case, runner: Runner) -> None:
        """Tag it, pulled before where it is not here."""
        async with standing(case, runner) as stand:
            agreed = stand.agreed.facts
            pulled_as = str(agreed.get(_PULLED) or "")
            if stand.found.path.fact == _PULLED and await inspect_image(stand.client, pulled_as) is None:
                await do(runner, pull_call(stand.case, pulled_as), stand.case.row.name)
            await image_agreed(stand, runner, stand.name, str(agreed["digest"]))
        await settled(case, runner)

    def interrupts(self, case: Case) -> str:
        """Nothing."""
        return ""

    def undone(self, case: Case) -> str:
        """By its digest."""
        return f"docker tag {case.row.facts.get('after') or 'the image that has it now'} with that name"
