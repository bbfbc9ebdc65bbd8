"""Makes a policy or a permission of RabbitMQ again what was agreed."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from collectors.text import clean
from ops.actions.base import Case, Offer, Risk
from ops.actions.drift_meant import refuse_meant
from ops.actions.drifted import DriftAction, agreed, settled, target_of
from ops.actions.errors import Refused
from ops.board import Row
from ops.runner.base import Runner

_SCORE = 80


class DriftRabbitmq(DriftAction):
    """Writes the whole policy or permission as it was agreed, or takes away one that nobody agreed on.

    What a policy says holds at once for all queues that it is for: a limit on their length drops what is over it.
    """

    name = "drift.rabbitmq"
    title = "set a policy or a permission of RabbitMQ"
    sources: ClassVar[tuple[str, ...]] = ("rabbitmq",)
    risk: ClassVar[Risk] = "loses"

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """For policies and permissions, whatever differs of them."""
        from ops.actions.rabbitmq_agreed import can

        found = self.difference(row)
        if found is None or not can(found.place.item) or not found.kept:
            return
        whole = found.kind == "added" and not found.place.fact
        title = f"{'take away' if whole else 'set'} {found.place.item}"
        risk: Risk = "loses" if "policy" in found.place.item.split("/")[1] else "interrupts"
        yield Offer(action=self.name, row=row.id, title=title, why="as agreed", score=_SCORE, risk=risk)

    async def run(self, case: Case, runner: Runner) -> None:
        """Write it, or take it away."""
        from ops.actions.rabbitmq_agreed import can, request

        found = await agreed(case)
        await refuse_meant(found)
        spec = target_of(case, found.path, "rabbitmq")
        if not can(found.path.item):
            raise Refused(f"{clean(found.path.item)} can't be set from here", "set it with rabbitmqctl")
        runner.rely(found.path.item, str(sorted(found.live.facts.items())) if found.live else "not there")
        await runner.do(request(spec.id, found.path.item, found.agreed))
        await settled(case, runner)

    def interrupts(self, case: Case) -> str:
        """What a policy may drop."""
        if "policy" in str(case.row.facts.get("item")):
            return "where it limits queues, messages over the limit are dropped"
        return "who may not any more is refused at the next request"

    def undone(self, case: Case) -> str:
        """By hand."""
        return "set what was there before with rabbitmqctl: the difference shows it"
