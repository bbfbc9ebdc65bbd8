"""Celery over Redis: its queues and real workers, a broker that is someone else's, and each way to be gone."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from collectors.base import Reading, Secret
from collectors.celery import Celery, CeleryConfig
from ops.demo.child import free_port
from ops.demo.servers import RedisServer
from tests.parts.celery_worker import sender, worker
from tests.parts.collecting import ended_after, fault, first, of_kind
from tests.parts.databases import PASSWORD
from tests.parts.wait import until_async

Watch = Callable[..., Celery]


@pytest.fixture
def client(own_redis: RedisServer) -> Iterator["redis.Redis"]:
    """The usual client library."""
    with redis.Redis.from_url(own_redis.url(), decode_responses=True) as found:
        yield found


@pytest.fixture
async def watch(own_redis: RedisServer) -> AsyncIterator[Watch]:
    """Make collectors of the server, which are closed after the test."""
    made: list[Celery] = []

    def make(**settings: Any) -> Celery:
        made.append(Celery(CeleryConfig(**{"name": "tasks", "broker": own_redis.url(), **settings}), {}))
        return made[-1]

    yield make
    for collector in made:
        await collector.close()


async def until_told(tasks: Celery, fact: str, value: int) -> Reading:
    """Poll until a fact of the app has that value."""
    async with asyncio.timeout(15):
        while True:
            reading = await tasks.collect()
            if reading.entities[0].facts[fact] == value:
                return reading
            await asyncio.sleep(0.02)


async def test_depths_are_those_of_all_priorities(own_redis: RedisServer, client: Any, watch: Watch) -> None:
    with sender(own_redis.url()) as app:
        for priority in (0, 0, 3, 9):
            app.send_task("shop.work", args=[0], priority=priority)
        app.send_task("shop.work", args=["x" * 100_000], queue="mails")
    keys = sorted(client.keys())
    assert client.llen("celery\x06\x163") == 1
    tasks = watch(queues=("celery", "mails", "never"))
    for _ in range(2):
        reading = await tasks.collect()
    app_facts, queues = reading.entities[0].facts, of_kind(reading, "queue")
    assert [queues[name].facts["ready"] for name in ("celery", "mails", "never")] == [4, 1, 0]
    assert (queues["celery"].facts["consumers"], queues["celery"].facts["broker"]) == (0, "tasks")
    assert (app_facts["ready"], app_facts["workers"], app_facts["active"]) == (5, 0, 0)
    assert (app_facts["broker"], app_facts["workers_mute"], app_facts["workers_names"]) == ("redis", 0, "")
    assert sorted(client.keys()) == keys, "the broker is left as it was found"


async def test_workers_are_asked_and_their_end_is_seen(
    own_redis: RedisServer, client: Any, watch: Watch, folder: Path
) -> None:
    tasks = watch(queues=("celery", "mails"))
    with worker(folder, own_redis.url(), "celery") as one, sender(own_redis.url()) as app:
        keys = sorted(client.keys())
        reading = await tasks.collect()
        facts, queues = reading.entities[0].facts, of_kind(reading, "queue")
        assert (facts["workers"], facts["workers_names"], facts["workers_mute"]) == (1, "one@shop", 0)
        assert (queues["celery"].facts["consumers"], queues["mails"].facts["consumers"]) == (1, 0)
        assert sorted(client.keys()) == keys
        for _ in range(2):
            app.send_task("shop.work", args=[60])
        await until_told(tasks, "active", 2)
        reading = await until_told(tasks, "unacked", 2)
        assert reading.entities[0].facts["unacked"] == client.hlen("unacked") == 2
        assert of_kind(reading, "queue")["celery"].facts["unacked"] == 2
        assert (await first(tasks)).facts["ready"] == client.llen("celery")
        await _frozen(one, client, tasks)
        assert one.process
        one.process.kill()
        reading = await until_told(tasks, "workers_mute", 0)
    assert reading.entities[0].facts["workers"] == 0
    assert of_kind(reading, "queue")["celery"].facts["consumers"] == 0
    assert not client.keys("watchfloor*")


async def _frozen(one: Any, client: Any, tasks: Celery) -> None:
    """A worker that stands still is mute, not gone; its late answers stay nowhere."""
    one.hang()
    reading = await tasks.collect()
    facts = reading.entities[0].facts
    assert (facts["workers"], facts["workers_mute"]) == (0, 1)
    assert of_kind(reading, "queue")["celery"].facts["consumers"] is None
    (left,) = client.keys("watchfloor*")
    assert 0 < client.ttl(left) <= 60
    one.unhang()
    await until_async(lambda: client.llen(left) == 3, "late answers")
    assert 0 < client.ttl(left) <= 60
    assert (await first(tasks)).facts["workers"] == 1
    assert not client.keys("watchfloor*")


async def test_two_workers_and_a_prefix(own_redis: RedisServer, watch: Watch, folder: Path) -> None:
    with (
        worker(folder / "a", own_redis.url(), "celery"),
        worker(folder / "b", own_redis.url(), "celery", "mails", name="two"),
    ):
        reading = await watch(queues=("celery", "mails")).collect()
        strange = await watch(control_exchange="other").collect()
    queues = of_kind(reading, "queue")
    assert reading.entities[0].facts["workers_names"] == "one@shop, two@shop"
    assert (queues["celery"].facts["consumers"], queues["mails"].facts["consumers"]) == (2, 1)
    assert strange.entities[0].facts["workers"] == 0


async def test_a_broker_that_is_someone_elses(client: Any, watch: Watch) -> None:
    client.rpush("jobs", "plain", "text")
    client.hset("hash", "a", 1)
    client.set("unacked", "text")
    keys = sorted(client.keys())
    reading = await watch(queues=("jobs", "hash", "odd \x1b[2J")).collect()
    queues = of_kind(reading, "queue")
    assert [queue.facts["ready"] for queue in queues.values()] == [None, None, 0]
    assert queues["jobs"].hints == ("the 2 entries of this list were not sent by Celery: check broker and queues",)
    assert queues["hash"].hints == ("the key is not a list, so it is no queue of Celery",)
    assert all(name.isprintable() for name in queues)
    assert (reading.entities[0].facts["ready"], reading.entities[0].facts["unacked"]) == (None, None)
    assert sorted(client.keys()) == keys


async def test_a_redis_that_is_full_still_tells_its_depth(client: Any, watch: Watch) -> None:
    client.rpush("celery", '{"body": "", "headers": {}, "properties": {}}')
    client.config_set("maxmemory", 1)
    facts = await first(watch())
    assert (facts.facts["ready"], facts.facts["workers"]) == (1, None)
    assert facts.hints[0].startswith("workers can't be asked: OOM command not allowed")


async def test_down_hung_and_restarted(own_redis: RedisServer, watch: Watch) -> None:
    tasks = watch()
    await first(tasks)
    own_redis.hang()
    assert await ended_after(tasks, 0.3) < 3
    own_redis.unhang()
    await first(tasks)
    own_redis.stop()
    for _ in range(2):
        assert (await fault(tasks)).reason == "refused"
    own_redis.launch()
    assert (await first(tasks)).facts["ready"] == 0


async def test_a_wrong_password(redis_server: RedisServer) -> None:
    broker = f"redis://{redis_server.host}:{redis_server.port}/0"
    wrong = Celery(CeleryConfig(name="tasks", broker=broker), {"password": Secret("wr0ng")})
    error = await fault(wrong)
    assert (error.reason, error.retry) == ("auth", False)
    assert "wr0ng" not in repr(wrong.config) + repr(error) + repr(vars(wrong))
    right = Celery(CeleryConfig(name="tasks", broker=broker), {"password": Secret(PASSWORD)})
    assert (await first(right)).facts["workers"] == 0
    await right.close()


async def test_what_is_no_redis() -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(babble, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        error = await fault(Celery(CeleryConfig(name="tasks", broker=f"redis://127.0.0.1:{port}"), {}))
    assert error.reason == "protocol"
    nowhere = Celery(CeleryConfig(name="tasks", broker=f"redis://127.0.0.1:{free_port()}"), {})
    assert (await fault(nowhere)).reason == "refused"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        pytest.param({"broker": "redis://:s3cret@h/0"}, "a password does not belong", id="a password for Redis"),
        pytest.param({"broker": "amqp://u:s3cret@h/v"}, "a password does not belong", id="a password for AMQP"),
        pytest.param({"broker": "amqp://u:s3/cr@et@h/v"}, "a password does not belong", id="a password of any signs"),
        pytest.param({"broker": "sqs://key@h"}, "no address of a broker", id="another transport"),
        pytest.param({"broker": "amqp://h:99999/"}, "a port is from 1 to 65535", id="a port that none is"),
        pytest.param({"broker": "redis://h", "queues": ()}, "1 to 50 queues", id="no queue"),
        pytest.param({"broker": "redis://h", "priority_steps": ()}, "priority_steps", id="no step of priority"),
        pytest.param({"broker": "redis://h", "control_exchange": ""}, "control_exchange", id="no exchange"),
    ],
)
def test_a_wrong_config_is_refused_without_its_password(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        CeleryConfig(name="tasks", **settings)
    assert "s3c" not in str(caught.value)
