"""RabbitMQ is read as its own programs read it: queues, alarms, what a user may see, and each way to be gone."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import amqp
import pytest

from collectors.base import Entity, Secret
from collectors.rabbitmq import RabbitConfig, RabbitMq
from tests.parts.collecting import ended_after, fault, of_kind
from tests.parts.rabbitmq import USER, RabbitServer

Watch = Callable[..., RabbitMq]


@pytest.fixture
async def watch(rabbit: RabbitServer) -> AsyncIterator[Watch]:
    """Make collectors of the server, which are closed after the test."""
    made: list[RabbitMq] = []

    def make(password: Secret | str = rabbit.password, **settings: Any) -> RabbitMq:
        secret = password if isinstance(password, Secret) else Secret(password)
        config = RabbitConfig(**{"name": "main", "url": rabbit.url, "user": USER, **settings})
        made.append(RabbitMq(config, {"password": secret}))
        return made[-1]

    yield make
    for collector in made:
        await collector.close()


@pytest.fixture
def vhost(rabbit: RabbitServer) -> Iterator[str]:
    """A virtual host of the test's own."""
    rabbit.api("PUT", "vhosts/shop")
    for user in (USER, "first"):
        rabbit.api("PUT", f"permissions/shop/{user}", {"configure": ".*", "write": ".*", "read": ".*"})
    yield "shop"
    rabbit.api("DELETE", "vhosts/shop")


@contextmanager
def channel(rabbit: RabbitServer, vhost: str) -> Iterator[Any]:
    """A channel of the usual client library."""
    with amqp.Connection(
        f"{rabbit.host}:{rabbit.port}", USER, rabbit.password.reveal(), virtual_host=vhost
    ) as connection:
        yield connection.channel()


async def until_told(collector: RabbitMq, condition: Callable[[dict[str, Entity], Entity], object]) -> None:
    """Poll until a reading says so: what the API tells is up to a second old."""
    async with asyncio.timeout(15):
        while True:
            reading = await collector.collect()
            if condition(of_kind(reading, "queue"), reading.entities[0]):
                return
            await asyncio.sleep(0.05)


async def test_the_figures_are_those_of_rabbitmqctl(rabbit: RabbitServer, watch: Watch, vhost: str) -> None:
    broker = watch()
    with channel(rabbit, vhost) as orders:
        orders.queue_declare("orders", durable=True, auto_delete=False)
        for number in range(7):
            orders.basic_publish(amqp.Message(str(number)), routing_key="orders")
        for _ in range(2):
            orders.basic_get("orders")
        orders.queue_declare("mails", durable=True, auto_delete=False)
        orders.basic_consume("mails")
        await until_told(broker, lambda queues, _: queues["shop/orders"].facts["unacked"] == 2)
        reading = await broker.collect()
        columns = ("name", "messages_ready", "messages_unacknowledged", "consumers", "type", "state")
        lines = rabbit.control("list_queues", "-p", vhost, "--no-table-headers", *columns).splitlines()
    told = [tuple(str(facts[name]) for name in ("ready", "unacked", "consumers", "type", "state"))
            for facts in (of_kind(reading, "queue")[f"shop/{name}"].facts for name in ("mails", "orders"))]  # fmt: skip
    assert told == sorted(tuple(line.split()[1:]) for line in lines)
    facts = reading.entities[0].facts
    assert (facts["ready"], facts["unacked"], facts["queues"], facts["consumers"]) == (5, 2, 2, 1)
    assert (facts["connections"], facts["nodes"], facts["nodes_running"]) == (1, 1, 1)
    assert (facts["publishers_blocked"], facts["partitions"]) == (False, "")
    assert facts["version"] == rabbit.api("GET", "overview")["product_version"]
    assert 0 < float(str(facts["memory_percent"])) < 100
    assert 0 < float(str(facts["latency_s"])) < 5


async def test_rates_are_told_and_a_draining_queue_says_when(rabbit: RabbitServer, watch: Watch, vhost: str) -> None:
    broker = watch(vhosts=(vhost,))
    with channel(rabbit, vhost) as orders:
        orders.queue_declare("orders", durable=True, auto_delete=False)

        def flows_in(queues: dict[str, Entity], _: Entity) -> object:
            for number in range(100):
                orders.basic_publish(amqp.Message(str(number)), routing_key="orders")
            return queues["shop/orders"].facts["in_per_s"] and queues["shop/orders"].facts["ready"]

        def drains(queues: dict[str, Entity], _: Entity) -> object:
            orders.basic_get("orders", no_ack=True)
            return queues["shop/orders"].facts["drain_s"] and queues["shop/orders"].facts["out_per_s"]

        await until_told(broker, flows_in)
        await until_told(broker, drains)
    await until_told(broker, lambda queues, _: queues["shop/orders"].facts["in_per_s"] == 0.0)


async def test_queues_are_chosen_and_what_ends_by_itself_is_marked(
    rabbit: RabbitServer, watch: Watch, vhost: str
) -> None:
    rabbit.api("PUT", "queues/shop/log", {"durable": True, "arguments": {"x-queue-type": "stream"}})
    rabbit.api("PUT", "queues/shop/odd%1B%5B2J%2F%C3%A4", {"durable": True})
    rabbit.api("PUT", "queues/shop/brief", {"durable": True, "arguments": {"x-expires": 60_000}})
    with channel(rabbit, vhost) as mine:
        mine.queue_declare("private", exclusive=True)
        mine.queue_declare("passing", auto_delete=True)
        await until_told(watch(), lambda queues, _: queues["shop/log"].facts["state"] == "running")
        reading = await watch().collect()
        chosen = await watch(only=("*o*", "brief"), exclude=("od?*",), vhosts=("s*",)).collect()
        none = await watch(vhosts=("nowhere-*",)).collect()
    queues = of_kind(reading, "queue")
    assert {name: bool(queue.facts.get("may_go")) for name, queue in queues.items()} == {
        "shop/log": False, "shop/odd␛[2J/ä": False, "shop/brief": True, "shop/passing": True,
    }  # fmt: skip
    log = queues["shop/log"].facts
    assert (log["type"], log["ready"], log["length"]) == ("stream", None, 0)
    assert reading.entities[0].hints == ("1 exclusive queues are left out: each is of one connection and ends with it",)
    assert set(of_kind(chosen, "queue")) == {"shop/log", "shop/brief"}
    assert len(none.entities) == 1


async def test_of_very_many_queues_the_deepest_are_listed(rabbit: RabbitServer, watch: Watch, vhost: str) -> None:
    base = {"vhost": vhost, "durable": True, "auto_delete": False, "arguments": {}}
    rabbit.api("POST", "definitions", {"queues": [{"name": f"q{number}", **base} for number in range(700)]})
    message = {"properties": {}, "routing_key": "q77", "payload": "job", "payload_encoding": "string"}
    rabbit.api("POST", "exchanges/shop/amq.default/publish", message)
    for broker in (watch(), watch(vhosts=("shop",))):
        await until_told(broker, lambda queues, _: "shop/q77" in queues and queues["shop/q77"].facts["ready"] == 1)
        reading = await broker.collect()
        assert len(reading.entities) == 501
        assert reading.entities[1].name == "shop/q77"
        assert all(queue.facts["may_go"] for queue in reading.entities[1:])
        assert reading.entities[0].facts["queues"] == 700
        assert reading.entities[0].hints == (
            "200 more queues are not listed, with fewer messages: choose by only and exclude",
        )
    (one,) = of_kind(await watch(only=("q77",)).collect(), "queue").values()
    assert "may_go" not in one.facts


async def test_a_user_sees_what_it_may_and_is_told_what_it_lacks(
    rabbit: RabbitServer, watch: Watch, vhost: str
) -> None:
    rabbit.api("PUT", "queues/shop/orders", {"durable": True})
    rabbit.api("PUT", "queues/%2F/elsewhere", {"durable": True})
    for name, tags in (("humble", ""), ("narrow", "management"), ("blind", "monitoring")):
        rabbit.add_user(name, "small", tags)
    rabbit.api("PUT", "permissions/shop/narrow", {"configure": "", "write": "", "read": ""})
    error = await fault(watch(user="humble", password="small"))
    assert (error.reason, error.retry, error.remedy) == (
        "permission", False, "rabbitmqctl set_user_tags humble monitoring",
    )  # fmt: skip
    narrow = await watch(user="narrow", password="small").collect()
    assert list(of_kind(narrow, "queue")) == ["shop/orders"]
    assert narrow.entities[0].facts["publishers_blocked"] is None
    assert narrow.entities[0].hints == (
        "narrow may not see nodes and alarms: rabbitmqctl set_user_tags narrow monitoring",
    )
    blind = await watch(user="blind", password="small").collect()
    assert (len(blind.entities), blind.entities[0].facts["queues"]) == (1, 2)
    assert blind.entities[0].hints == (
        "2 queues are in virtual hosts that blind may not see: "
        "rabbitmqctl set_permissions -p VHOST blind '^$' '^$' '^$'",
    )
    rabbit.api("DELETE", "queues/%2F/elsewhere")


async def test_a_wrong_password_and_a_guest(rabbit: RabbitServer, watch: Watch) -> None:
    wrong = watch("wr0ng/pass:word")
    error = await fault(wrong)
    assert (error.reason, error.retry) == ("auth", False)
    assert error.message.endswith("does not accept the user and password")
    assert "wr0ng" not in repr(wrong.config) + repr(error) + repr(vars(wrong))
    assert (await fault(watch("guest", user="guest"))).reason == "auth"


async def test_an_alarm_blocks_publishers_and_heals(rabbit: RabbitServer, watch: Watch) -> None:
    broker = watch()
    rabbit.control("set_disk_free_limit", "900000GB")
    try:
        await until_told(broker, lambda _, main: main.facts["publishers_blocked"])
        facts = (await broker.collect()).entities[0].facts
        assert (facts["disk_alarm"], facts["memory_alarm"]) == (True, False)
        assert facts["disk_free_limit_bytes"] == 900_000 * 10**9
        assert isinstance(facts["disk_free_bytes"], int)
    finally:
        rabbit.control("set_disk_free_limit", "1MB")
    await until_told(broker, lambda _, main: main.facts["publishers_blocked"] is False)


async def test_on_the_port_of_amqp(rabbit: RabbitServer, watch: Watch) -> None:
    error = await fault(watch(url=f"http://{rabbit.host}:{rabbit.port}"))
    assert (error.reason, error.message) == (
        "missing", f"127.0.0.1:{rabbit.port} speaks AMQP, not the management API",
    )  # fmt: skip
    assert "rabbitmq-plugins enable rabbitmq_management" in error.remedy


async def test_hung_gone_back_without_its_plugin_and_whole_again(rabbit: RabbitServer, watch: Watch) -> None:
    broker = watch()
    await broker.collect()
    rabbit.hang()
    try:
        assert await ended_after(broker, 0.3) < 3
        assert broker.phase == "waiting for the first byte"
        assert await ended_after(watch(), 0.3) < 3
    finally:
        rabbit.unhang()
    await broker.collect()
    rabbit.stop()
    error = await fault(broker)
    if error.reason == "reset":  # The farewell of the connection that was kept may be heard first.
        error = await fault(broker)
    refused = f"127.0.0.1:{rabbit.management_port} refused the connection"
    assert (error.reason, error.message) == ("refused", refused)
    plugins, rabbit.plugins = rabbit.plugins, ""
    try:
        rabbit.launch()
        error = await fault(broker)
        assert (error.reason, error.remedy) == ("missing", "rabbitmq-plugins enable rabbitmq_management")
        assert error.message == f"{refused}, while AMQP answers on port {rabbit.port}: the management plugin is off"
    finally:
        rabbit.stop()
        rabbit.plugins = plugins
        rabbit.launch()
    await until_told(broker, lambda _, main: main.facts["memory_bytes"])


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", "protocol", id="another web server"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", "protocol", id="a page"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "protocol", id="another API"),
        pytest.param(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", "protocol", id="a proxy without a server"),
        pytest.param(b"HTTP/1.1 401 No\r\nContent-Length: 1\r\n\r\n\xff", "auth", id="a refusal without a reason"),
        pytest.param(b"\x00\x01\x02\r\n\r\n", "protocol", id="no HTTP"),
        pytest.param(b"", "reset", id="nothing"),
    ],
)
async def test_what_is_not_its_management_api(answer: bytes, reason: str) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(babble, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        broker = RabbitMq(RabbitConfig(name="main", url=f"http://127.0.0.1:{port}"), {})
        assert (await fault(broker)).reason == reason
        await broker.close()
