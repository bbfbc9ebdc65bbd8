"""Purges a queue of RabbitMQ: what is ready in it is lost."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from ops.actions.base import Action, Case, Offer, Risk
from ops.actions.rabbitmq import broker_of, is_rabbit, reading, the_queue
from ops.actions.rabbitmq_queues import purge
from ops.board import Row
from ops.runner.base import Runner


class RabbitmqPurge(Action):
    """Deletes all messages of a queue that are ready; those that consumers hold unacknowledged stay with them."""

    name = "rabbitmq.purge"
    title = "purge a queue of RabbitMQ"
    kinds: ClassVar[tuple[str, ...]] = ("queue",)
    risk: ClassVar[Risk] = "loses"

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Possible where something is ready; never first."""
        if is_rabbit(row) and row.facts.get("ready"):
            title = f"purge queue {row.name}"
            yield Offer(action=self.name, row=row.id, title=title, score=15, risk=self.risk)

    async def run(self, case: Case, runner: Runner) -> None:
        """Count, then purge."""
        async with reading(case) as rabbit:
            queue = await the_queue(case, rabbit)
        await purge(case, runner, queue)

    def interrupts(self, case: Case) -> str:
        """All that waits."""
        return f"every message that is ready in {case.row.name} is lost"

    def undone(self, case: Case) -> str:
        """It can't be."""
        return "it can't be: the messages are gone"

    def locks(self, case: Case) -> tuple[str, ...]:
        """The queue."""
        return (f"{broker_of(case)} queue {case.row.key}",)
