"""Every fault of the demo through the real engine: on its row within 15 s, with its cause; healed within 30 s."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from fnmatch import fnmatchcase

import msgspec
import pytest

from ops.board import Board, Row
from ops.config.load import load
from ops.config.structs import Config
from ops.demo.faults import FAULTS, Fault
from ops.demo.shop import Demo
from ops.live import LiveSource
from tests.parts.shop import a_shop

SHOWN_WITHIN_S = 15.0
HEALED_WITHIN_S = 30.0
BURN_PREPARED_WITHIN_S = 60.0
READ_WITHIN_S = 3.0
ELSEWHERE = {"hang-service": {"postgres:shop", "redis:cache", "service:payments", "process:catalog"}}
"""By fault: rows that go on to be read meanwhile."""


@pytest.fixture(scope="module")
def shop() -> Iterator[Demo]:
    with a_shop() as demo:
        yield demo


class Watch:
    """The newest Board, and waiting until it is as wanted."""

    def __init__(self, board: Board) -> None:
        self.board = board

    async def until(self, wanted: Callable[[Board], bool], within_s: float, what: str) -> float:
        """Wait for it; gives the seconds that it took."""
        begun = time.monotonic()
        while not wanted(self.board):
            bad = [f"{row.id} {row.level} {row.word}: {row.reason}" for row in self.board.rows if row.level != "ok"]
            causes = [cause.text for cause in self.board.causes]
            assert time.monotonic() - begun < within_s, f"{what}: not within {within_s} s; {bad}; causes {causes}"
            await asyncio.sleep(0.05)
        return time.monotonic() - begun


@asynccontextmanager
async def _watched(config: Config) -> AsyncIterator[Watch]:
    source = LiveSource(config)
    watch = Watch(source.board)

    async def follow() -> None:
        async for board in source.boards():
            watch.board = board

    following = asyncio.create_task(follow())
    try:
        yield watch
    finally:
        await source.close()
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following


def _config(shop: Demo, fault: Fault) -> Config:
    """The demo's config without this machine's own matters: its containers, and its load where that is no fault."""
    config = load(shop.config_path)
    others = {"docker"} if fault.row.startswith("host:") else {"docker", "host"}
    targets = tuple(spec for spec in config.targets if spec.collector.section not in others)
    return msgspec.structs.replace(config, targets=targets)


def _matters(row: Row) -> bool:
    """Of the host, only what the demo sets a threshold for."""
    return not row.kind.startswith("host") or row.word == "busy" or row.level == "unknown"


def _all_ok(board: Board) -> bool:
    return all(row.level == "ok" and row.at is not None for row in board.rows if _matters(row))


def _told(row: Row, fault: Fault) -> bool:
    """Whether a check that counts, and does not only wait to count, says the fault in its words."""
    bad = [check for check in row.checks if check.level in ("warning", "critical") and not check.pending]
    return any(word in f"{check.word} {check.text}".lower() for check in bad for word in fault.words)


def _shown(board: Board, fault: Fault) -> bool:
    rows = [row for row in board.rows if fnmatchcase(row.id, fault.row) and row.level in ("warning", "critical")]
    named = any(fnmatchcase(board.causes[0].row, cause) for cause in fault.cause if board.causes)
    return named and any(_told(row, fault) for row in rows)


async def _others_move(watch: Watch, fault: Fault) -> None:
    others, begun = ELSEWHERE.get(fault.name, set()), time.time()

    def moving(board: Board) -> set[str]:
        return {row.id for row in board.rows if row.at is not None and row.at > begun}

    await watch.until(lambda board: others <= moving(board), READ_WITHIN_S, "the other rows are read")


@pytest.mark.parametrize("fault", [pytest.param(fault, id=fault.name) for fault in FAULTS])
async def test_a_fault_is_on_its_row_with_its_cause_and_gone_after_healing(shop: Demo, fault: Fault) -> None:
    async with _watched(_config(shop, fault)) as watch:
        await watch.until(_all_ok, BURN_PREPARED_WITHIN_S, "all is well before")
        await shop.inject(fault.name)
        shown = await watch.until(lambda board: _shown(board, fault), SHOWN_WITHIN_S, "the fault is shown")
        await _others_move(watch, fault)
        row = next(row for row in watch.board.rows if fnmatchcase(row.id, fault.row) and row.level != "ok")
        cause = watch.board.causes[0].text
        await shop.heal(fault.name)
        healed = await watch.until(_all_ok, HEALED_WITHIN_S, "all is well again")
    print(f"{fault.name}: {shown:.1f} s, healed {healed:.1f} s: {row.id} {row.word}: {row.reason} | {cause}")
