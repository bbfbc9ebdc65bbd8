"""Containers as an action sees them: a config of a test's own, rows in a wanted state, and all that inspect says."""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from msgspec.structs import replace

from ops.actions.registry import discover
from ops.board import Row
from ops.config.structs import Config
from ops.runner.real import RealRunner
from tests.parts.acting import Acted, MemorySink, config_of, fresh_case, read, row_of
from tests.parts.docker import Box, Made

SECOND = 1_000_000_000


def floor_of(box: Box, extra: str = "") -> Config:
    """A config with this test's containers alone, as the target "docker:local"."""
    return config_of(f"""
[watchfloor]
name = "test"
[[docker]]
name = "local"
url = "{box.engine.url}"
only = ["{box.glob}"]
{extra}""")


def row_id(made: Made) -> str:
    """Its row."""
    return f"container:local/{made.name}"


async def row_where(
    config: Config, made: Made, satisfied: Callable[[Row], object], what: str, within_s: float = 15.0
) -> Row:
    """Read again and again until the container's row is as wanted."""
    end = time.monotonic() + within_s
    while True:
        row = row_of(await read(config, "docker:local"), row_id(made))
        if satisfied(row):
            return row
        assert time.monotonic() < end, f"waited in vain until {what}: {row.word} {row.reason} {dict(row.facts)}"
        await asyncio.sleep(0.1)


async def row_with(config: Config, made: Made, word: str) -> Row:
    """The same, by the row's word."""
    return await row_where(config, made, lambda row: row.word == word, f"it is {word}")


def inspected(box: Box, key: str) -> dict[str, Any]:
    """What the engine says of it."""
    return dict(box.engine.client.api.inspect_container(key))


def lasting(box: Box, key: str) -> Mapping[str, Any]:
    """The same without what changes by itself: its health probe, which may just run, and the order of mounts."""
    whole = inspected(box, key)
    whole["Mounts"].sort(key=lambda mount: mount["Destination"])
    whole["State"].pop("Health", None)
    whole.pop("ExecIDs")
    return whole


async def act_with(
    config: Config, action: str, row: str, params: Mapping[str, str], seen: Mapping[str, str] | None = None
) -> Acted:
    """Run an action with parameters as an offer has them."""
    case, sink = await fresh_case(config, action, row), MemorySink()
    case = replace(case, params={**case.params, **params})
    await discover()[action].run(case, RealRunner(config, sink, seen))
    return Acted(sink, case)


def remove_left(box: Box) -> None:
    """Remove every container whose name is this test's, with its volumes: one made anew has another id, and knows its
    volumes by their names."""
    from docker.errors import NotFound

    for one in box.engine.client.containers.list(all=True, filters={"name": box.prefix}):
        volumes = [mount["Name"] for mount in inspected(box, str(one.id))["Mounts"] if mount["Type"] == "volume"]
        one.remove(force=True, v=True)
        for name in volumes:
            with suppress(NotFound):
                box.engine.client.volumes.get(name).remove()
