"""One poll of one collector by the real poller, with the deadline of its config."""

from typing import Any

from collectors.base import Collector, Entity, Poll, Value
from collectors.poller import PolledTarget, Poller


async def poll(collector: Collector[Any]) -> Poll:
    """Poll once and leave the collector open."""
    poller = Poller([PolledTarget(id=f"{collector.section}:test", collector=collector)], lambda _: None)
    (told,) = await poller.once()
    return told


def first(told: Poll) -> Entity:
    """The target's own entity of a fresh poll."""
    assert told.outcome == "fresh", told.error
    assert told.reading is not None
    return told.reading.entities[0]


def facts(told: Poll) -> dict[str, Value]:
    """The facts of the target itself."""
    return dict(first(told).facts)
