"""Log collectors for tests: made and closed, and what is read out of their readings."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from collectors.base import Entity
from collectors.logs import LogConfig, Logs

WatchLog = Callable[..., Logs]


@pytest.fixture
async def watch_log() -> AsyncIterator[WatchLog]:
    """Make collectors, which are closed after the test."""
    made: list[Logs] = []

    def make(**settings: Any) -> Logs:
        made.append(Logs(LogConfig(name="app", **settings), {}))
        return made[-1]

    yield make
    for collector in made:
        await collector.close()


def told(entity: Entity) -> list[str]:
    """The groups of errors, newest first, without their times."""
    return [line.partition(" ")[2] for line in entity.texts.get("errors", "").splitlines()]


def counted(entity: Entity) -> int:
    """Errors of the last minute."""
    errors = entity.facts["errors_per_min"]
    assert isinstance(errors, int)
    return errors
