"""A RabbitMQ with more than one page of everything, and with names that can't be told apart."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import amqp
import pytest

from ops.actions import rabbitmq
from ops.actions.base import Case
from ops.actions.errors import Refused
from ops.actions.registry import discover
from ops.board import Row
from ops.config.structs import Config
from ops.runner.dry import DryRunner
from tests.parts import boards
from tests.parts.acting import act, config_of, planned, read, row_of
from tests.parts.rabbitmq import USER, RabbitServer

VHOST = "many"
BROKER = "rabbitmq:main"


@pytest.fixture
def config(rabbit: RabbitServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Config]:
    """The broker as a target, with a virtual host of these tests' own, and pages of two."""
    monkeypatch.setattr(rabbitmq, "MOST", 2)
    monkeypatch.setenv("WF_TEST_RABBIT", rabbit.password.reveal())
    rabbit.api("PUT", f"vhosts/{VHOST}")
    for user in (USER, "first"):
        rabbit.api("PUT", f"permissions/{VHOST}/{user}", {"configure": ".*", "write": ".*", "read": ".*"})
    yield config_of(
        f'[[rabbitmq]]\nname = "main"\nurl = "{rabbit.url}"\nuser = "{USER}"\n'
        f'password_env = "WF_TEST_RABBIT"\nvhosts = ["{VHOST}"]\n'
        '[[threshold]]\nmetric = "rabbitmq.connections"\nwarning = 3\nclear_ratio = 0.0\n'
    )
    rabbit.api("DELETE", f"vhosts/{VHOST}")


def declare(rabbit: RabbitServer, name: str, **arguments: str) -> None:
    rabbit.api("PUT", f"queues/{VHOST}/{quote(name, safe='')}", {"durable": True, "arguments": arguments})


def publish(rabbit: RabbitServer, name: str) -> None:
    message = {"routing_key": name, "payload": "x", "payload_encoding": "string", "properties": {}}
    assert rabbit.api("POST", f"exchanges/{VHOST}/amq.default/publish", message)["routed"]


def case_of(config: Config, name: str, **params: str) -> Case:
    row = boards.row(f"queue:main/{VHOST}/{name}", name=name, key=f"{VHOST}/{name}", target="rabbitmq:main")
    return Case(row=row, rows=[row], spec=config.targets[0], config=config, params=params)


async def test_what_stands_on_a_later_page_is_found(rabbit: RabbitServer, config: Config) -> None:
    dying = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"}
    names = ("dead", *(f"queue-{number}" for number in range(4)), "zz-mails")
    for name in names:
        declare(rabbit, name, **(dying if name == "zz-mails" else {}))
        if name != "zz-mails":
            publish(rabbit, name)
    plan = DryRunner()
    await discover()["rabbitmq.drop-dead"].run(case_of(config, "dead"), plan)
    assert plan.steps[0] == "dead letters of zz-mails"
    requeue = discover()["rabbitmq.requeue"]
    picks = await requeue.picks(case_of(config, "dead"), requeue.params[0])
    assert {pick.value for pick in picks} == {"back", *(f"queue:{name}" for name in names if name != "dead")}


async def test_more_than_can_be_looked_at_is_refused(
    rabbit: RabbitServer, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rabbitmq, "_PAGES", 1)
    for name in ("a", "b", "c"):
        declare(rabbit, name)
    with pytest.raises(Refused, match="more than 2 queues") as refused:
        await discover()["rabbitmq.drop-dead"].run(case_of(config, "a"), DryRunner())
    assert refused.value.reason == "limit"


async def test_of_two_queues_that_look_alike_none_is_purged(rabbit: RabbitServer, config: Config) -> None:
    for name in ("orders\x07", "orders\u2407"):
        declare(rabbit, name)
    with pytest.raises(Refused, match="2 queues look like"):
        await discover()["rabbitmq.purge"].run(case_of(config, "orders\u2407"), DryRunner())


async def test_the_collector_sees_too_many_connections_and_that_the_idle_ones_went(
    rabbit: RabbitServer, config: Config
) -> None:
    open_ones = [connect(rabbit) for _ in range(3)]
    try:
        await broker_row(config, "warning")
        plan = await plan_for(config, 3)
        await act(config, "rabbitmq.close-idle", BROKER, plan.seen, longer_than="1s")
        for one in open_ones:
            with pytest.raises(amqp.ConnectionForced, match="closed by an operator"):
                one.drain_events(timeout=10)
    finally:
        for one in open_ones:
            one.collect()
    await broker_row(config, "ok")


def connect(rabbit: RabbitServer) -> Any:
    connection = amqp.Connection(f"{rabbit.host}:{rabbit.port}", USER, rabbit.password.reveal(), virtual_host=VHOST)
    connection.connect()
    return connection


async def broker_row(config: Config, level: str) -> Row:
    """The broker's row once it has that level: what the API tells of connections is some seconds old."""
    async with asyncio.timeout(30):
        while (row := row_of(await read(config), BROKER)).level != level:  # noqa: ASYNC110 - nothing tells us
            await asyncio.sleep(0.1)
    return row


async def plan_for(config: Config, count: int) -> DryRunner:
    """The plan once so many are idle."""
    async with asyncio.timeout(30):
        while True:
            with suppress(Refused):
                plan = await planned(config, "rabbitmq.close-idle", BROKER, longer_than="1s")
                if len(plan.calls) >= count:
                    return plan
            await asyncio.sleep(0.1)
