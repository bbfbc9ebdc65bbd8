"""What is done to a queue of RabbitMQ, and how likely a row is one of dead letters."""

import re
from collections.abc import Sequence

from collectors.text import clean
from ops.actions.base import Case
from ops.actions.errors import Refused
from ops.actions.rabbitmq import Queue, Reader, dying_into
from ops.board import Row
from ops.figures import count
from ops.runner.base import Runner
from ops.runner.calls import Rabbitmq

_DEAD = re.compile(r"(?:^|[^a-z])(?:dlq|dlx|dead|failed|parked|poison)(?:[^a-z]|$)", re.IGNORECASE)


def sounds_dead(row: Row) -> bool:
    """Whether people would call a queue so that keeps dead letters; the broker itself is asked before anything runs."""
    return _DEAD.search(row.name.replace("deadletter", "dead")) is not None


async def origins(rabbit: Reader, queue: Queue) -> list[str]:
    """Queues whose dead letters come to this one. Raises CollectError."""
    return sorted(dying_into(queue, await rabbit.listed(queue.vhost), await rabbit.bindings(queue.vhost)))


def told(names: Sequence[str]) -> str:
    """A few names."""
    return ", ".join(clean(name) for name in names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


async def purge(case: Case, runner: Runner, queue: Queue) -> None:
    """Purge exactly this queue. Raises Refused for a stream, which can't be."""
    if queue.type == "stream":
        raise Refused(
            f"{queue.told} is a stream, which can't be purged", "shorten what it keeps by policy", reason="missing"
        )
    runner.rely("queue", f"{queue.vhost}/{queue.name}")
    held = queue.messages_unacknowledged
    stay = f"; {count(held)} more are with consumers and stay" if held else ""
    runner.say(f"{queue.told} has {count(queue.messages_ready)} ready{stay}")
    await runner.do(Rabbitmq(target=case.spec.id, method="DELETE", path=f"{queue.path}/contents"))
