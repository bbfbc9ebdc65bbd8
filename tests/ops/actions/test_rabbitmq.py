"""Whose dead letters come to a queue."""

import pytest

from ops.actions.rabbitmq import Binding, Queue, dying_into


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param({"x-dead-letter-exchange": "dlx"}, ["one"], id="by an exchange that is bound to it"),
        pytest.param({"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"}, ["one"], id="by its name"),
        pytest.param({"x-dead-letter-exchange": "else"}, [], id="not by an exchange that leads elsewhere"),
        pytest.param({}, [], id="not without dead letters"),
    ],
)
def test_what_dies_into_a_queue_is_told_by_exchange_or_name(arguments: dict[str, object], expected: list[str]) -> None:
    dead = Queue(name="dead", vhost="/")
    one = Queue(name="one", vhost="/", arguments=arguments)
    bound = Binding(source="dlx", destination="dead", destination_type="queue", vhost="/")
    assert dying_into(dead, [dead, one], [bound]) == expected
