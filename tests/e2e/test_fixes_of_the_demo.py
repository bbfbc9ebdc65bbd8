"""Faults of the demo mended on a real shop from the keyboard, in three keys."""

import asyncio
import shutil
from collections.abc import Iterator

import pytest

from ops.demo.faults import find
from ops.demo.shop import Demo
from tests.parts.command import ROOT
from tests.parts.mended import Mended, book_of, config_without, floor_of
from tests.parts.mending import ENDED_WITHIN_S, all_well, by_keys, times
from tests.parts.need import need
from tests.parts.shop import a_shop, all_healthy
from tests.parts.tmux import screen
from tests.parts.wait import until

BY_KEYS = (
    ("stop-worker", "lock-chain", "kill-service", "slow-service", "stop-postgres"),
    ("fill-redis", "hang-service"),
    ("error-service",),
)
"""One floor after another: what failed or was restarted often in five minutes is, rightly, a trouble of its own."""


@pytest.fixture(scope="module")
def shop() -> Iterator[Demo]:
    need(shutil.which("tmux"), "tmux")
    with a_shop() as demo:
        yield demo


@pytest.fixture(autouse=True)
def _healed(shop: Demo) -> None:
    """Whatever a test before this one left."""
    asyncio.run(shop.heal())


@pytest.fixture(scope="module")
def table() -> Iterator[list[Mended]]:
    with times() as rows:
        yield rows


@pytest.mark.parametrize("names", BY_KEYS, ids=", ".join)
def test_each_is_mended_with_three_keys_from_wherever_the_cursor_is(
    shop: Demo, table: list[Mended], names: tuple[str, ...]
) -> None:
    config = config_without(shop, {"docker", "host", "backup"}, f"keys-{names[0]}")
    with screen(*floor_of(config), environment={"PYTHONPATH": str(ROOT)}) as floor:
        floor.until(all_well)
        for fault in map(find, names):
            until(lambda: all_healthy(shop.plan), "all services to be well", ENDED_WITHIN_S)
            table.append(by_keys(shop, floor, book_of(config), fault))
            floor.press("Tab")
