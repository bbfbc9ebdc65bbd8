"""A RabbitMQ is put right for real: backlogs, dead letters through a real exchange, idle connections."""

import asyncio
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import amqp
import pytest

from collectors.base import CollectError
from ops.actions.base import Case
from ops.actions.errors import ActionError, Refused
from ops.actions.registry import discover
from ops.board import Row
from ops.config.structs import Config
from ops.demo.child import free_port
from ops.runner.calls import Amqp, Rabbitmq
from ops.runner.dry import DryRunner
from ops.runner.real import RealRunner
from tests.parts.acting import MemorySink, act, config_of, planned, read
from tests.parts.rabbitmq import USER, RabbitServer

BROKER = "rabbitmq:main"
VHOST = "acts/100% ☂"
NASTY = "or/ders %2F\x1b[2J --x 🐇"
BACKLOG = 1500


@pytest.fixture(scope="module")
def vhost(rabbit: RabbitServer) -> Iterator[str]:
    """A virtual host of these tests' own, with a name that must be quoted."""
    path = quote(VHOST, safe="")
    rabbit.api("PUT", f"vhosts/{path}")
    for user in (USER, "first"):
        rabbit.api("PUT", f"permissions/{path}/{user}", {"configure": ".*", "write": ".*", "read": ".*"})
    yield VHOST
    rabbit.api("DELETE", f"vhosts/{path}")


@pytest.fixture
def config(rabbit: RabbitServer, vhost: str, monkeypatch: pytest.MonkeyPatch) -> Config:
    """The broker as a target, its own virtual host alone."""
    return _config(rabbit, monkeypatch, USER, rabbit.password.reveal())


def _config(rabbit: RabbitServer, monkeypatch: pytest.MonkeyPatch, user: str, password: str) -> Config:
    monkeypatch.setenv("WF_TEST_RABBIT", password)
    return config_of(f"""
[[rabbitmq]]
name = "main"
url = "{rabbit.url}"
user = "{user}"
password_env = "WF_TEST_RABBIT"
vhosts = ["acts*"]
""")


@contextmanager
def channel(rabbit: RabbitServer, name: str = "shop") -> Iterator[Any]:
    """A channel of the usual client library."""
    with amqp.Connection(
        f"{rabbit.host}:{rabbit.port}", USER, rabbit.password.reveal(), virtual_host=VHOST,
        client_properties={"connection_name": name},
    ) as connection:  # fmt: skip
        yield connection.channel()


async def seen(config: Config, queue: str, holds: Callable[[Row], object]) -> Row:
    """Poll until the row of a queue is so: what the API tells is up to a second old."""
    async with asyncio.timeout(15):
        while True:
            for row in (await read(config)).of("queue"):
                if row.key.endswith(queue) and holds(row):
                    return row
            await asyncio.sleep(0.05)


def depth(channel: Any, queue: str) -> int:
    """What is ready, by AMQP itself."""
    return int(channel.queue_declare(queue, passive=True).message_count)


def _fill(channel: Any, queue: str, count: int, **properties: Any) -> None:
    for number in range(count):
        channel.basic_publish(amqp.Message(f"body {number}", **properties), routing_key=queue)


async def test_a_backlog_is_purged_whatever_its_queue_is_called(rabbit: RabbitServer, config: Config) -> None:
    with channel(rabbit) as shop:
        for name in (NASTY, "orders"):
            shop.queue_declare(name, durable=True, auto_delete=False)
        _fill(shop, NASTY, BACKLOG)
        _fill(shop, "orders", 3)
        row = await seen(config, "--x 🐇", lambda row: row.facts["ready"] == BACKLOG)
        assert row.level in ("warning", "critical")
        assert row.key.isprintable()
        (offer,) = discover()["rabbitmq.purge"].offers(row, [row])
        assert (offer.risk, offer.score <= 15) == ("loses", True)
        plan = await planned(config, "rabbitmq.purge", row.id)
        assert [call.told for call in plan.calls] == [
            f"DELETE /queues/{quote(VHOST, safe='')}/{quote(NASTY, safe='')}/contents   ({BROKER})"
        ]
        assert depth(shop, NASTY) == BACKLOG
        await act(config, "rabbitmq.purge", row.id, plan.seen)
        assert (depth(shop, NASTY), depth(shop, "orders")) == (0, 3)
        row = await seen(config, "--x 🐇", lambda row: row.facts["ready"] == 0)
        assert row.level == "ok"
        shop.queue_delete(NASTY)
        case = _case(config, row)
        with pytest.raises(Refused, match="there is no queue"):
            await discover()["rabbitmq.purge"].run(case, DryRunner())
        shop.queue_delete("orders")


def _case(config: Config, row: Row, **params: str) -> Case:
    return Case(row=row, rows=[row], spec=config.targets[0], config=config, params=params)


async def test_dead_letters_go_back_to_where_they_died_each_confirmed(rabbit: RabbitServer, config: Config) -> None:
    with channel(rabbit) as shop:
        _declare_dying(shop, "mails", "bills\u202e☠")
        _kill(shop, "mails", 30)
        _kill(shop, "bills\u202e☠", 5)
        _fill(shop, "shop.dead", 2)
        row = await seen(config, "shop.dead", lambda row: row.facts["ready"] == 37)
        best = max((offer for action in ("rabbitmq.requeue", "rabbitmq.purge", "rabbitmq.drop-dead")
                    for offer in discover()[action].offers(row, [row])), key=lambda offer: offer.score)  # fmt: skip
        assert (best.action, best.params) == ("rabbitmq.requeue", {"to": "back"})
        plan = await planned(config, "rabbitmq.requeue", row.id, to="back")
        assert "back to bills�☠, mails" in str(plan.steps[0])
        assert depth(shop, "shop.dead") == 37
        acted = await act(config, "rabbitmq.requeue", row.id, plan.seen, to="back")
        assert "2 left in the queue: nothing says where it died" in acted.sink.of("err")
        assert "35 moved" in acted.sink.of("out")
        assert [depth(shop, name) for name in ("mails", "bills\u202e☠", "shop.dead")] == [30, 5, 2]
        await seen(config, "shop.dead", lambda row: row.facts["ready"] == 2)
        message = shop.basic_get("bills\u202e☠", no_ack=True)
        assert message.body == b"\xff\x00raw"
        assert message.properties["message_id"] == "m-1"
        assert message.properties["application_headers"] == {"tries": 7}
        plan = await planned(config, "rabbitmq.drop-dead", row.id)
        assert depth(shop, "shop.dead") == 2
        await act(config, "rabbitmq.drop-dead", row.id, plan.seen)
        assert depth(shop, "shop.dead") == 0
        row = await seen(config, "/mails", lambda row: row.facts["ready"] == 30)
        with pytest.raises(Refused, match="no queue's dead letters come to"):
            await planned(config, "rabbitmq.drop-dead", row.id)
        _delete(shop, "mails", "bills\u202e☠", "shop.dead")


def _declare_dying(shop: Any, *names: str) -> None:
    shop.exchange_declare("shop.dlx", "fanout", durable=True, auto_delete=False)
    shop.queue_declare("shop.dead", durable=True, auto_delete=False)
    shop.queue_bind("shop.dead", "shop.dlx")
    for name in names:
        arguments = {"x-dead-letter-exchange": "shop.dlx"}
        shop.queue_declare(name, durable=True, auto_delete=False, arguments=arguments)


def _kill(shop: Any, queue: str, count: int) -> None:
    properties = {"content_encoding": "utf-8", "message_id": "m-1", "application_headers": {"tries": 7}}
    for _ in range(count):
        shop.basic_publish(amqp.Message(b"\xff\x00raw", **properties), routing_key=queue)
    for _ in range(count):
        shop.basic_reject(shop.basic_get(queue).delivery_info["delivery_tag"], requeue=False)


def _delete(shop: Any, *names: str) -> None:
    for name in names:
        shop.queue_delete(name)


async def test_messages_are_moved_to_a_chosen_queue_and_no_more_than_that(rabbit: RabbitServer, config: Config) -> None:
    with channel(rabbit) as shop:
        for name in ("parked", NASTY):
            shop.queue_declare(name, durable=True, auto_delete=False)
        _fill(shop, "parked", 12)
        row = await seen(config, "parked", lambda row: row.facts["ready"] == 12)
        action = discover()["rabbitmq.requeue"]
        picks = await action.picks(_case(config, row), action.params[0])
        assert {pick.value for pick in picks} >= {"back", f"queue:{NASTY}"}
        assert all(pick.text.isprintable() for pick in picks)
        await act(config, "rabbitmq.requeue", row.id, to=f"queue:{NASTY}", most="10")
        assert (depth(shop, "parked"), depth(shop, NASTY)) == (2, 10)
        with pytest.raises(ActionError, match="none of 2 messages could be moved"):
            await act(config, "rabbitmq.requeue", row.id, to="back")
        assert depth(shop, "parked") == 2
        with pytest.raises(Refused, match="there is no queue nowhere"):
            await planned(config, "rabbitmq.requeue", row.id, to="queue:nowhere")
        nowhere = Amqp(target=BROKER, vhost=VHOST, queue="parked", to="nowhere", most=5)
        with pytest.raises(ActionError, match="no queue takes it at nowhere"):
            await _do(config, nowhere)
        with pytest.raises(Refused, match="can't be read"):
            await _do(config, Amqp(target=BROKER, vhost=VHOST, queue="none", to="x", most=5))
        await asyncio.sleep(0)
        assert depth(shop, "parked") == 2
        _delete(shop, "parked", NASTY)


async def _do(config: Config, call: Amqp | Rabbitmq) -> Any:
    return await RealRunner(config, MemorySink(), {}).do(call)


async def test_without_the_library_it_says_what_to_install(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "amqp", None)
    with pytest.raises(Refused) as refused:
        await _do(config, Amqp(target=BROKER, vhost=VHOST, queue="x", to="x", most=5))
    assert "watchfloor[celery]" in refused.value.remedy


async def test_idle_connections_are_closed_and_busy_ones_and_ours_stay(rabbit: RabbitServer, config: Config) -> None:
    with channel(rabbit, "busy") as busy, channel(rabbit, "watchfloor") as ours, _idle(rabbit) as idle:
        busy.queue_declare("work", durable=True, auto_delete=False)
        tag = busy.basic_consume("work")
        await _known(rabbit, {"busy", "watchfloor", "forgotten"})
        given: Mapping[str, Any] = {"longer_than": "1s"}
        async with asyncio.timeout(15):
            while True:
                plan = await _plan_or_none(config, given)
                said = "\n".join(str(step) for step in plan.steps) if plan is not None else ""
                # The broker tells of a consumer some seconds later than of its connection.
                if plan is not None and "forgotten" in said and "(busy)" not in said:
                    break
                await asyncio.sleep(0.1)
        assert "(watchfloor)" not in said
        assert idle.connected
        await _known(rabbit, {"forgotten"})
        with pytest.raises(Refused, match="no connection is idle and older than"):
            await planned(config, "rabbitmq.close-idle", BROKER, longer_than="1h")
        await act(config, "rabbitmq.close-idle", BROKER, plan.seen, **given)
        with pytest.raises(amqp.ConnectionForced, match="closed by an operator"):
            idle.drain_events(timeout=10)
        busy.queue_declare("work", passive=True)
        ours.queue_declare("work", passive=True)
        busy.basic_cancel(tag)
        busy.queue_delete("work")


async def _plan_or_none(config: Config, given: Mapping[str, Any]) -> DryRunner | None:
    try:
        return await planned(config, "rabbitmq.close-idle", BROKER, **given)
    except Refused:
        return None


@contextmanager
def _idle(rabbit: RabbitServer) -> Iterator[Any]:
    made = amqp.Connection(
        f"{rabbit.host}:{rabbit.port}", USER, rabbit.password.reveal(), virtual_host=VHOST,
        client_properties={"connection_name": "forgotten"},
    )  # fmt: skip
    made.connect()
    try:
        yield made
    finally:
        made.collect()


async def _known(rabbit: RabbitServer, names: set[str]) -> None:
    async with asyncio.timeout(15):
        while True:
            found = rabbit.api("GET", "connections")
            if names <= {one.get("client_properties", {}).get("connection_name") for one in found}:
                return
            await asyncio.sleep(0.1)


async def test_who_may_not_is_told_so(rabbit: RabbitServer, vhost: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rabbit.add_user("looker", "looking", "monitoring")
    rabbit.api("PUT", f"permissions/{quote(vhost, safe='')}/looker", {"configure": "", "write": "", "read": ""})
    config = _config(rabbit, monkeypatch, "looker", "looking")
    with channel(rabbit) as shop:
        shop.queue_declare("precious", durable=True, auto_delete=False)
        _fill(shop, "precious", 3)
        row = await seen(config, "precious", lambda row: row.facts["ready"] == 3)
        with pytest.raises(Refused) as refused:
            await act(config, "rabbitmq.purge", row.id)
        assert refused.value.reason == "permission", refused.value.message
        assert "looker" in refused.value.message
        with pytest.raises(Refused, match="can't be read"):
            await act(config, "rabbitmq.requeue", row.id, to="back")
        assert depth(shop, "precious") == 3
        wrong = _config(rabbit, monkeypatch, USER, "wrong")
        with pytest.raises(Refused, match="does not accept the user and password"):
            await _do(wrong, Rabbitmq(target=BROKER, method="DELETE", path="/queues/x/precious/contents"))
        shop.queue_delete("precious")
    rabbit.api("DELETE", "users/looker")


async def test_a_broker_that_is_gone_by_then_is_told(rabbit: RabbitServer, config: Config) -> None:
    row = next(row for row in (await read(config)).rows if row.id == BROKER)
    gone = config_of(f'[[rabbitmq]]\nname = "main"\nurl = "http://127.0.0.1:{free_port()}"\n')
    with pytest.raises(CollectError, match="refused"):
        await discover()["rabbitmq.close-idle"].run(_case(gone, row), DryRunner())
    with pytest.raises(ActionError, match="refused"):
        await _do(gone, Rabbitmq(target=BROKER, method="DELETE", path="/queues/x/y/contents"))
