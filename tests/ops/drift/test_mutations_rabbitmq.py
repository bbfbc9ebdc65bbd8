"""A real RabbitMQ is changed: the diff names exactly that, and every fix for it was run."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.parts.databases import PASSWORD
from tests.parts.drift_rabbit import MUTATIONS, Broker
from tests.parts.drift_stage import Stage
from tests.parts.drift_world import Mutation, Proof, World, more, prove, wrong
from tests.parts.rabbitmq import USER, RabbitServer


@pytest.fixture(scope="module")
def world(rabbit: RabbitServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A policy, a user or a permission for each change."""
    broker = Broker(rabbit)
    toml = f'[[rabbitmq]]\nname = "mq"\nurl = "{rabbit.url}"\nuser = "{USER}"\npassword_env = "WF_TEST_PASSWORD"\n'
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WF_TEST_PASSWORD", PASSWORD)
        try:
            broker.agreed()
            stage = Stage(tmp_path_factory.mktemp("rabbitmq"), toml, "rabbitmq")
            yield World(stage, ["rabbitmq"], broker, {}, MUTATIONS, lambda path: "wf-drift-" in path)
        finally:
            broker.end()


@pytest.fixture(scope="module")
def proof(world: World) -> Proof:
    """All of it was done."""
    return asyncio.run(prove(world))


@pytest.mark.parametrize("mutation", [pytest.param(one, id=one.says) for one in MUTATIONS])
def test_it_is_named_alone_and_put_right(world: World, proof: Proof, mutation: Mutation) -> None:
    assert wrong(world, proof, mutation) == []


def test_nothing_else_is_named_before_and_after(world: World, proof: Proof) -> None:
    assert more(world, proof) == []
