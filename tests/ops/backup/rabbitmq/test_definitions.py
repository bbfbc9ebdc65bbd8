"""What a broker's definitions have is told apart by name, and a restore that fails says what it left."""

from collections.abc import Mapping
from typing import Any

import pytest

from ops.backup.errors import BackupError
from ops.backup.rabbitmq.definitions import Definitions, chosen, things
from ops.backup.rabbitmq.doing import _taken_back

TWO: Mapping[str, Any] = {
    "queues": [{"vhost": "a/b", "name": "c"}, {"vhost": "a", "name": "b/c"}, {"vhost": "a", "name": "d"}],
    "bindings": [
        {"vhost": "/", "source": "s", "destination": "q", "arguments": {"x": "y" * 600 + end}} for end in "12"
    ],
}


def test_things_that_would_be_called_alike_are_told_apart() -> None:
    found = things(TWO)
    assert len(found) == 5
    assert "queue a/d" in found
    assert [one for section, one in found.values() if section == "queues"] == TWO["queues"]
    assert set(things({**TWO, "queues": TWO["queues"][::-1]})) == set(found)
    assert len(chosen(TWO, ("queues",))) == 3


class _Away:
    """A broker that went away."""

    async def definitions(self) -> Definitions:
        raise BackupError("there is no connection", "look at RabbitMQ", reason="unreachable")


async def test_a_broker_that_goes_away_in_the_middle_is_told_with_what_it_may_have_left() -> None:
    why = BackupError("it said no", "see its log", reason="error")
    told = await _taken_back(_Away(), {}, why)  # type: ignore[arg-type]
    assert told.message.startswith("it said no; what was put back until then could not be looked at")
    assert "safety backup" in told.remedy


@pytest.mark.parametrize("empty", [{}, {"queues": []}], ids=["no lists", "an empty list"])
def test_nothing_has_no_things(empty: Definitions) -> None:
    assert things(empty) == {}
