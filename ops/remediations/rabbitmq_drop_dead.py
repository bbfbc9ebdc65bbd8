"""Drops the dead letters of RabbitMQ: purges a queue that other queues' dead letters come to."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from ops.actions.base import Action, Case, Offer, Risk
from ops.actions.errors import Refused
from ops.actions.rabbitmq import broker_of, is_rabbit, reading, the_queue
from ops.actions.rabbitmq_queues import origins, purge, sounds_dead, told
from ops.board import Row
from ops.runner.base import Runner


class RabbitmqDropDead(Action):
    """Purges a queue of dead letters. A queue that nobody's dead letters come to is refused: that is rabbitmq.purge."""

    name = "rabbitmq.drop-dead"
    title = "drop dead letters of RabbitMQ"
    kinds: ClassVar[tuple[str, ...]] = ("queue",)
    risk: ClassVar[Risk] = "loses"

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """For what is called like a queue of dead letters."""
        if is_rabbit(row) and row.facts.get("ready") and sounds_dead(row):
            title = f"drop the dead letters in {row.name}"
            yield Offer(action=self.name, row=row.id, title=title, score=40, risk=self.risk)

    async def run(self, case: Case, runner: Runner) -> None:
        """See whose dead letters they are, then purge."""
        async with reading(case) as rabbit:
            queue = await the_queue(case, rabbit)
            dying = await origins(rabbit, queue)
        if not dying:
            message = f"no queue's dead letters come to {queue.told}"
            raise Refused(message, "choose rabbitmq.purge if it is to be emptied all the same", reason="missing")
        runner.say(f"dead letters of {told(dying)}")
        await purge(case, runner, queue)

    def interrupts(self, case: Case) -> str:
        """All that died."""
        return f"every dead letter that is ready in {case.row.name} is lost"

    def undone(self, case: Case) -> str:
        """It can't be."""
        return "it can't be: the messages are gone; rabbitmq.requeue moves them back instead"

    def locks(self, case: Case) -> tuple[str, ...]:
        """The queue."""
        return (f"{broker_of(case)} queue {case.row.key}",)
