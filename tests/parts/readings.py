"""Reads a real collector until what it says is so, within a deadline."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from collectors.base import Collector, Entity, Reading


def row(reading: Reading, name: str) -> Entity | None:
    """The part with that name, if it is there."""
    return next((entity for entity in reading.entities[1:] if entity.name == name), None)


def figure(entity: Entity, fact: str) -> float:
    """A fact that is a number; 0 while it is not known."""
    value = entity.facts[fact]
    assert value is None or isinstance(value, int | float)
    return float(value or 0)


async def read_until(
    collector: Collector[Any], satisfied: Callable[[Reading], object], what: str, timeout_s: float = 20.0
) -> Reading:
    """Poll until a reading satisfies; fails with the last one when none does in time."""
    deadline = time.monotonic() + timeout_s
    while True:
        reading = await collector.collect()
        if satisfied(reading):
            return reading
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_s:g} s: {what}; last: {reading}")
        await asyncio.sleep(0.1)


async def row_when(
    collector: Collector[Any], name: str, satisfied: Callable[[Entity], object], what: str, timeout_s: float = 20.0
) -> Entity:
    """Poll until the part with that name satisfies; give it."""

    def holds(reading: Reading) -> bool:
        found = row(reading, name)
        return found is not None and bool(satisfied(found))

    found = row(await read_until(collector, holds, what, timeout_s), name)
    assert found
    return found
