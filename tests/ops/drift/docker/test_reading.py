"""Engines that can't be read, and containers that vanish while they are."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from collectors.base import CollectError, NoData
from collectors.docker_api.client import EngineClient
from collectors.docker_api.parse import Version
from collectors.docker_api.url import place as place_of
from collectors.drift import DriftConfig
from ops.drift.base import Place
from ops.drift.docker.reading import bounded, or_none
from ops.drift.registry import discover
from tests.parts.acting import config_of
from tests.parts.drift_engine import digest


def place(toml: str) -> Place:
    """What a source is given with that config."""
    return Place(config=config_of(toml), drift=DriftConfig(name="here"), digest=digest)


class Answering(EngineClient):
    """Raises what it was told to."""

    def __init__(self, error: CollectError) -> None:
        super().__init__(place_of("unix:///nowhere.sock", {}), lambda _: None)
        self._error = error

    async def get(self, path: str, shape: type[Any], **parameters: str) -> Any:
        """No answer."""
        raise self._error


async def test_what_vanished_while_it_was_read_is_none_and_all_else_is_an_error() -> None:
    gone = Answering(CollectError("no such container", reason="missing"))
    assert await or_none(gone, "/containers/a/json", Version) is None
    with pytest.raises(CollectError, match="hangs"):
        await or_none(Answering(CollectError("it hangs", reason="timeout")), "/containers/a/json", Version)


@pytest.mark.parametrize("source", ["containers", "images", "networks", "volumes"])
async def test_without_an_engine_there_is_nothing_and_with_a_dead_one_all_is_unreadable(
    source: str, tmp_path: Path
) -> None:
    with pytest.raises(NoData, match=r"no \[\[docker\]\] is configured"):
        await discover()[source].capture(place("[watchfloor]\n"))
    dead = f'[[docker]]\nname = "a"\nurl = "{tmp_path}/none"\n[[docker]]\nname = "b"\nurl = "{tmp_path}/none"\n'
    with pytest.raises(CollectError, match=r"^a: "):
        await discover()[source].capture(place(dead))


async def test_of_many_requests_only_some_are_made_at_once_and_answers_keep_their_order() -> None:
    now = most = 0
    told: list[float] = []

    async def one(number: int) -> int:
        nonlocal now, most
        now += 1
        most = max(most, now)
        for _ in range(3):
            await asyncio.sleep(0)
        now -= 1
        return number

    assert await bounded([partial(one, n) for n in range(50)], told.append) == list(range(50))
    assert most == 12
    assert told[-1] == 1.0
