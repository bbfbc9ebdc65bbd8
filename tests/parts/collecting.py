"""Polling a collector in a test: one reading, the first entity of it, its parts by kind."""

import asyncio
import time
from typing import Any

from collectors.base import CollectError, Collector, Entity, Reading


async def parts(collector: Collector[Any], kind: str) -> dict[str, Entity]:
    """Poll once and give the entities of a kind by name."""
    return of_kind(await collector.collect(), kind)


def of_kind(reading: Reading, kind: str) -> dict[str, Entity]:
    """The entities of a kind by name."""
    return {entity.name: entity for entity in reading.entities if entity.kind == kind}


async def first(collector: Collector[Any]) -> Entity:
    """Poll once and give the target itself."""
    return (await collector.collect()).entities[0]


async def fault(collector: Collector[Any]) -> CollectError:
    """Poll once and give the error that it must end in."""
    try:
        reading = await collector.collect()
    except CollectError as error:
        return error
    raise AssertionError(f"was read all the same: {reading}")


async def ended_after(collector: Collector[Any], deadline_s: float) -> float:
    """Poll something that hangs under a deadline; give the seconds until the poll had really let go."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(deadline_s):
            await collector.collect()
    except TimeoutError:
        return time.monotonic() - began
    raise AssertionError("it answered")
