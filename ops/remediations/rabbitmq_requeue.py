"""Moves messages of RabbitMQ back to the queues that they died in, or to one that is chosen."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from collectors.text import clean
from ops.actions.base import Action, Case, Offer, Param, Pick, Risk
from ops.actions.errors import Refused
from ops.actions.rabbitmq import Queue, Reader, broker_of, is_rabbit, reading, the_queue
from ops.actions.rabbitmq_queues import origins, sounds_dead, told
from ops.board import Row
from ops.figures import count
from ops.runner.base import Runner
from ops.runner.calls import Amqp

_BACK = "back"
_QUEUE = "queue:"
_TO = Param(name="to", title="where to", kind="pick", default=_BACK)
_MOST = Param(name="most", title="how many at most", kind="int", default="1000", least=1, most=100_000)
_RUN_S = 900.0
_MOST_PICKS = 200


class RabbitmqRequeue(Action):
    """Gets messages, publishes a copy of each, waits until the broker confirms it, and only then acknowledges.

    Each goes to the queue that its header x-death says it died in first, or all to one queue of the same virtual host.
    What no queue takes stays. When it breaks off, one message may be there twice; none is lost. It speaks AMQP, which
    needs the library of watchfloor[celery].
    """

    name = "rabbitmq.requeue"
    title = "move dead letters of RabbitMQ back"
    kinds: ClassVar[tuple[str, ...]] = ("queue",)
    risk: ClassVar[Risk] = "interrupts"
    params: ClassVar[tuple[Param, ...]] = (_TO, _MOST)
    timeout_s = _RUN_S + 60

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Best for what is called like a queue of dead letters; any other queue's messages can be moved, too."""
        if not (is_rabbit(row) and row.facts.get("ready")):
            return
        if sounds_dead(row):
            title, given = f"move the dead letters in {row.name} back", {_TO.name: _BACK}
            yield Offer(action=self.name, row=row.id, title=title, score=70, params=given, ask=(_MOST,))
        title = f"move messages of {row.name} to another queue"
        yield Offer(action=self.name, row=row.id, title=title, score=15, ask=(_TO, _MOST))

    async def picks(self, case: Case, param: Param) -> Sequence[Pick]:
        """Back, or any other queue of the virtual host."""
        async with reading(case) as rabbit:
            queue = await the_queue(case, rabbit)
            others = [other for other in await rabbit.listed(queue.vhost) if other.name != queue.name]
        back = Pick(value=_BACK, text="each back to the queue that it died in")
        picks = [Pick(value=f"{_QUEUE}{other.name}", text=other.told) for other in others if other.type != "stream"]
        return [back, *picks[: _MOST_PICKS - 1]]

    async def run(self, case: Case, runner: Runner) -> None:
        """Look what is there, then move it."""
        async with reading(case) as rabbit:
            queue = await the_queue(case, rabbit)
            to = case.params.get(_TO.name) or _BACK
            key = "" if to == _BACK else await _destination(rabbit, queue, to)
            dying = await origins(rabbit, queue) if to == _BACK else []
        if not queue.messages_ready:
            raise Refused(f"nothing is ready in {queue.told}", "look at the queue again", reason="changed")
        runner.rely("queue", f"{queue.vhost}/{queue.name}")
        runner.rely("destination", to)
        where = f"back to {told(dying) if dying else 'where each died'}" if to == _BACK else f"to {clean(key)}"
        runner.say(f"{queue.told} has {count(queue.messages_ready)} ready; they go {where}")
        await runner.do(
            Amqp(
                target=case.spec.id,
                vhost=queue.vhost,
                queue=queue.name,
                to=key,
                most=case.number(_MOST.name) if case.params.get(_MOST.name) else int(_MOST.default),
                back=to == _BACK,
                timeout_s=_RUN_S,
            )
        )

    def interrupts(self, case: Case) -> str:
        """The consumers of there."""
        return "the consumers of where they go get them anew; if it breaks off, one of them may be there twice"

    def undone(self, case: Case) -> str:
        """It can't be."""
        return "it can't be: what was moved is taken by consumers; what fails again dies again"

    def locks(self, case: Case) -> tuple[str, ...]:
        """The queue that they are taken from."""
        return (f"{broker_of(case)} queue {case.row.key}",)


async def _destination(rabbit: Reader, queue: Queue, to: str) -> str:
    name = to.removeprefix(_QUEUE)
    if name == queue.name:
        raise Refused("a queue's messages are not moved to itself", "choose another queue", reason="protocol")
    if name not in {other.name for other in await rabbit.listed(queue.vhost)}:
        raise Refused(f"there is no queue {clean(name)}", "choose another queue", reason="missing")
    return name
