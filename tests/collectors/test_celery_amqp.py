"""Celery over a real RabbitMQ: depths and workers, nothing made or left there, an alarm, and each way to be gone."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

import pytest

from collectors.base import Entity, Reading, Secret
from collectors.celery import Celery, CeleryConfig
from ops.demo.child import free_port
from tests.parts.celery_worker import sender, worker
from tests.parts.collecting import ended_after, fault, first, of_kind
from tests.parts.rabbitmq import USER, RabbitServer

VHOST = "tasks/é"
Watch = Callable[..., Celery]


@pytest.fixture
def vhost(rabbit: RabbitServer) -> Iterator[str]:
    """A virtual host of the test's own, as it stands in addresses."""
    name = quote(VHOST, safe="")
    rabbit.api("PUT", f"vhosts/{name}")
    for user in (USER, "first"):
        rabbit.api("PUT", f"permissions/{name}/{user}", {"configure": ".*", "write": ".*", "read": ".*"})
    yield name
    rabbit.api("DELETE", f"vhosts/{name}")


@pytest.fixture
def url(rabbit: RabbitServer, vhost: str) -> str:
    """The broker's address with its password, for the app itself."""
    return f"amqp://{USER}:{quote(rabbit.password.reveal(), safe='')}@{rabbit.host}:{rabbit.port}/{vhost}"


@pytest.fixture
async def watch(rabbit: RabbitServer, vhost: str) -> AsyncIterator[Watch]:
    """Make collectors of the broker, which are closed after the test."""
    made: list[Celery] = []

    def make(password: Secret = rabbit.password, **settings: Any) -> Celery:
        broker = f"amqp://{USER}@{rabbit.host}:{rabbit.port}/{vhost}"
        made.append(Celery(CeleryConfig(**{"name": "tasks", "broker": broker, **settings}), {"password": password}))
        return made[-1]

    yield make
    for collector in made:
        await collector.close()


def told(reading: Reading) -> tuple[Entity, dict[str, Entity]]:
    """The app, and its queues by name."""
    return reading.entities[0], of_kind(reading, "queue")


def things(rabbit: RabbitServer, vhost: str) -> list[str]:
    """Every queue and exchange that is there."""
    return sorted(thing["name"] for kind in ("queues", "exchanges") for thing in rabbit.api("GET", f"{kind}/{vhost}"))


async def test_depths_are_those_of_rabbitmqctl_and_nothing_is_made(
    rabbit: RabbitServer, vhost: str, url: str, watch: Watch
) -> None:
    with sender(url) as app:
        for number in range(7):
            app.send_task("shop.work", args=[number])
    before = things(rabbit, vhost)
    tasks = watch(queues=("celery", "never"))
    for _ in range(2):
        app_row, queues = told(await tasks.collect())
    line = rabbit.control("list_queues", "-p", VHOST, "--no-table-headers", "name", "messages_ready", "consumers")
    assert line.split() == ["celery", str(queues["celery"].facts["ready"]), str(queues["celery"].facts["consumers"])]
    assert (queues["celery"].facts["ready"], queues["never"].facts["ready"]) == (7, None)
    assert queues["never"].hints[0].startswith("there is no such queue")
    assert (app_row.facts["ready"], app_row.facts["workers"], app_row.facts["broker"]) == (None, 0, "amqp")
    assert things(rabbit, vhost) == before


async def test_a_worker_is_asked_frozen_and_killed_and_an_alarm_hides_it(
    rabbit: RabbitServer, vhost: str, url: str, watch: Watch, folder: Path
) -> None:
    tasks = watch()
    with worker(folder, url) as one, sender(url) as app:
        before = things(rabbit, vhost)
        app_row, queues = told(await tasks.collect())
        assert (app_row.facts["workers"], app_row.facts["workers_names"]) == (1, "one@shop")
        assert (app_row.facts["workers_mute"], queues["celery"].facts["consumers"]) == (0, 1)
        assert things(rabbit, vhost) == before
        app.send_task("shop.work", args=[60])
        async with asyncio.timeout(10):
            while (await first(tasks)).facts["active"] != 1:
                assert rabbit.running
        one.hang()
        app_row, queues = told(await tasks.collect())
        assert (app_row.facts["workers"], app_row.facts["workers_mute"]) == (0, 1)
        one.unhang()
        assert (await first(tasks)).facts["workers"] == 1
        await _alarmed(rabbit, tasks)
        assert one.process
        one.process.kill()
        async with asyncio.timeout(10):
            while (app_row := await first(tasks)).facts["workers_mute"] != 0:
                assert app_row.facts["workers"] == 0
    assert (app_row.facts["workers"], app_row.facts["ready"]) == (0, 1)


async def _alarmed(rabbit: RabbitServer, tasks: Celery) -> None:
    """While publishers are blocked depths are told, and workers are unknown."""
    rabbit.control("set_disk_free_limit", "900000GB")
    try:
        for _ in range(2):
            app_row = await first(tasks)
            assert (app_row.facts["ready"], app_row.facts["workers"]) == (0, None)
            assert app_row.hints == ("workers can't be asked: the broker blocks publishers (memory or disk alarm)",)
    finally:
        rabbit.control("set_disk_free_limit", "1MB")
    async with asyncio.timeout(15):
        while (await first(tasks)).facts["workers"] != 1:
            assert rabbit.running


async def test_hung_gone_and_back(rabbit: RabbitServer, watch: Watch) -> None:
    tasks = watch(queues=("never",))
    await first(tasks)
    rabbit.hang()
    try:
        assert await ended_after(tasks, 0.3) < 3
        assert await ended_after(watch(), 0.3) < 3
        error = await fault(watch(timeout=0.5))
        assert (error.reason, error.message) == (
            "timeout",
            f"127.0.0.1:{rabbit.port} does not answer as an AMQP broker",
        )
    finally:
        rabbit.unhang()
    await first(tasks)
    rabbit.stop()
    try:
        error = await fault(tasks)
        while error.reason == "reset":  # a port whose listener is going may take one more
            error = await fault(tasks)
        assert (error.reason, error.message) == ("refused", f"127.0.0.1:{rabbit.port} refused the connection")
    finally:
        rabbit.launch()
    assert (await first(tasks)).facts["workers"] == 0


async def test_a_wrong_password_a_wrong_virtual_host_and_another_server(rabbit: RabbitServer, watch: Watch) -> None:
    wrong = watch(Secret("wr0ng"))
    error = await fault(wrong)
    assert (error.reason, error.retry) == ("auth", False)
    assert "wr0ng" not in repr(wrong.config) + repr(error) + repr(vars(wrong))
    base = f"amqp://{USER}@{rabbit.host}"
    assert (await fault(watch(broker=f"{base}:{rabbit.port}/nowhere"))).reason == "permission"
    # The web server there waits for the rest of what it takes for a request.
    assert (await fault(watch(broker=f"{base}:{rabbit.management_port}/", timeout=0.5))).reason == "timeout"
    assert (await fault(watch(broker=f"{base}:{free_port()}/"))).reason == "refused"
    assert (await fault(watch(broker=f"amqp://{USER}@no-such-host.invalid/"))).reason == "dns"


async def test_a_user_who_may_only_look(rabbit: RabbitServer, vhost: str, url: str, watch: Watch, folder: Path) -> None:
    rabbit.add_user("looker", "small", "")
    rabbit.api("PUT", f"permissions/{vhost}/looker", {"configure": "", "write": "", "read": ".*"})
    with worker(folder, url):
        broker = f"amqp://looker@{rabbit.host}:{rabbit.port}/{vhost}"
        app_row, queues = told(await watch(Secret("small"), broker=broker).collect())
    assert (queues["celery"].facts["ready"], app_row.facts["workers"]) == (0, None)
    assert app_row.hints[0].startswith("workers can't be asked: this user may not")


async def test_without_the_client_library_it_says_what_to_install(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "amqp", None)
    error = await fault(watch())
    assert (error.reason, error.remedy, error.retry) == ("missing", "pip install 'watchfloor[celery]'", False)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n", id="a web server"),
        pytest.param(b"AMQP\x00\x01\x00\x00", id="another version of AMQP"),
        pytest.param(b"\x01\x00\x00\x00\x00\x00\x04\x00\x0a\x00\x0a\xce", id="a broken frame"),
        pytest.param(b"", id="nothing"),
    ],
)
async def test_what_does_not_speak_amqp(answer: bytes) -> None:
    assert await reason_of(answer) in ("protocol", "reset")


async def test_whatever_comes_it_is_told_as_a_fault() -> None:
    any_bytes = Random(1)
    for length in range(1, 60):
        body = any_bytes.randbytes(length)
        start = b"\x00\x0a\x00\x0a\x00\x09"
        frame = b"\x01\x00\x00" + (length + len(start)).to_bytes(4, "big") + start + body + b"\xce"
        assert await reason_of(frame) in ("protocol", "reset", "timeout")


async def reason_of(answer: bytes) -> str:
    """Why a broker can't be read that answers so."""

    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(8)
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(babble, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        tasks = Celery(CeleryConfig(name="tasks", broker=f"amqp://127.0.0.1:{port}"), {})
        error = await fault(tasks)
        await tasks.close()
    return error.reason
