"""Drills of RabbitMQ and Celery: a backlog nobody takes, an alarm, a broker that is gone, tasks without a worker."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import cast

import redis.asyncio

from tests.drills.drill import Drill, Fault
from tests.drills.site import TIMES, Missing, Site
from tests.drills.stores import redis_part
from tests.parts.rabbitmq import USER, RabbitServer

NAME = "rabbit"
QUEUE = "orders"
TASKS = 60
_PROGRAM = "/usr/lib/rabbitmq/bin/rabbitmq-server"


async def _rabbit(site: Site) -> tuple[RabbitServer, str]:
    """The broker of all these drills, and its section of the config for whoever asks first."""
    if shutil.which(_PROGRAM) is None:
        raise Missing("Debian's rabbitmq-server")
    server = cast(RabbitServer, await site.shared(NAME, partial(RabbitServer.start, site.room(NAME))))
    if not site.first(NAME):
        return server, ""
    site.stack.push_async_callback(asyncio.to_thread, server.end)
    secret = site.room(NAME) / "password"
    secret.touch(mode=0o600)
    secret.write_text(server.password.reveal())
    await asyncio.to_thread(server.api, "PUT", f"queues/%2F/{QUEUE}", {"durable": True})
    login = f'user = "{USER}"\npassword_file = "{secret}"\n'
    return server, f'[[rabbitmq]]\nname = "{NAME}"\nurl = "{server.url}"\n{login}{TIMES}\n'


@asynccontextmanager
async def _backlog(site: Site) -> AsyncIterator[Fault]:
    server, config = await _rabbit(site)
    publish = {"properties": {}, "routing_key": QUEUE, "payload": "job", "payload_encoding": "string"}

    def fill() -> None:
        for _ in range(50):
            server.api("POST", "exchanges/%2F/amq.default/publish", publish)

    yield Fault(
        config, partial(asyncio.to_thread, fill),
        partial(asyncio.to_thread, server.api, "DELETE", f"queues/%2F/{QUEUE}/contents"),
    )  # fmt: skip


@asynccontextmanager
async def _alarm(site: Site) -> AsyncIterator[Fault]:
    server, config = await _rabbit(site)
    limit = partial(asyncio.to_thread, server.control, "set_disk_free_limit")
    yield Fault(config, partial(limit, "900000GB"), partial(limit, "1MB"))


@asynccontextmanager
async def _gone(site: Site) -> AsyncIterator[Fault]:
    server, config = await _rabbit(site)
    yield Fault(config, partial(asyncio.to_thread, server.stop), partial(asyncio.to_thread, server.launch, 60.0))


def _send(broker: str) -> None:
    """Send tasks as an app does that nobody works for."""
    from celery import Celery

    with Celery("drill", broker=broker) as app:
        for number in range(TASKS):
            app.send_task("drill.work", args=[number])


@asynccontextmanager
async def _no_worker(site: Site) -> AsyncIterator[Fault]:
    name = "queue-celery"
    async with redis_part(site, name) as server, redis.asyncio.Redis(port=server.port) as client:
        inject = partial(asyncio.to_thread, _send, server.url())

        async def heal() -> None:
            await client.delete("celery")

        yield Fault(f'[[celery]]\nname = "{name}"\nbroker = "{server.url()}"\n{TIMES}\n', inject, heal)


DRILLS = (
    Drill(
        name="queue-backlog", shows="how deep it is and that nobody takes from it", row=f"queue:{NAME}/{QUEUE}",
        says="50 ready and no consumer", part=_backlog, wave="brokers",
    ),
    Drill(
        name="queue-celery", shows="how deep it is and that there is no worker", row="queue:queue-celery/celery",
        says=f"{TASKS} ready and no (consumer|worker)", part=_no_worker, wave="brokers",
    ),
    Drill(
        name="rabbit-alarm", shows="the alarm, and that publishers are blocked", row=f"rabbitmq:{NAME}",
        says="disk alarm|publishers? .*blocked|blocks publishers", part=_alarm, wave="brokers",
    ),
    Drill(
        name="rabbit-down", shows="that it refuses; its queues are unknown, not empty", row=f"rabbitmq:{NAME}",
        says="refuse[sd]", part=_gone, wave="broker gone",
    ),
)  # fmt: skip
