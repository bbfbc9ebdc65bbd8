"""The desk: asked from the event loop, answered in one thread, the newest question of a kind first."""

import asyncio
import threading
from pathlib import Path

import pytest

from collectors.base import CollectError
from ops.past.desk import PastDesk
from ops.past.opening import open_past
from ops.past.reader import Past
from ops.past.replay import ReplaySource
from ops.store.contract import StoreError
from ops.store.memory import MemoryStore
from ops.store.opening import open_store
from tests.parts.stores import DAY, counted, record, row


def store_of(minutes: int = 10) -> MemoryStore:
    """A service that is read once in ten seconds."""
    store = MemoryStore()
    store.append([record(DAY + 10 * i, row(at=DAY + 10 * i), api=counted(0.1)) for i in range(6 * minutes)])
    return store


class Held(Past):
    """Answers only when it may, and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(store_of())
        self.may, self.hears = threading.Event(), threading.Event()
        self.asked: list[float] = []

    async def begun(self) -> None:
        """Wait until it was asked."""
        async with asyncio.timeout(30):
            await asyncio.to_thread(self.hears.wait)

    def board(self, at: float, patience_s: float | None = None):  # type: ignore[no-untyped-def]  # as its base
        """Wait, then answer."""
        self.asked.append(at)
        self.hears.set()
        assert self.may.wait(30)
        return super().board(at, patience_s)


async def test_it_answers_and_knows_how_far_the_past_reaches() -> None:
    desk = PastDesk(lambda: Past(store_of()), lambda: DAY + 600)
    assert desk.reach is None
    board = await desk.board(DAY + 65)
    assert (board.at, len(board.rows)) == (DAY + 65, 1)
    assert desk.reach == (DAY, DAY + 590)
    assert (await desk.chart("service:api", DAY + 300, 300, 5)).row == "service:api"
    assert len((await desk.heat("service:api", DAY + 300, 300, 5, 4)).failed) >= 5
    assert await desk.budget("none", DAY + 300) is None
    assert await desk.span() == (DAY, DAY + 590)


async def test_a_question_that_waits_gives_way_to_a_newer_one() -> None:
    past = Held()
    desk = PastDesk(lambda: past)
    first = asyncio.create_task(desk.board(DAY + 1))
    await past.begun()
    second = asyncio.create_task(desk.board(DAY + 2))
    await asyncio.sleep(0)
    third = asyncio.create_task(desk.board(DAY + 3))
    for _ in range(5):  # turns of the loop in which the second is taken out of the line
        await asyncio.sleep(0)
    past.may.set()
    assert (await first).at == DAY + 1, "what has begun is answered"
    with pytest.raises(asyncio.CancelledError):
        await second
    assert (await third).at == DAY + 3
    assert past.asked == [DAY + 1, DAY + 3]


async def test_who_asks_can_leave() -> None:
    past = Held()
    desk = PastDesk(lambda: past)
    asked = asyncio.create_task(desk.board(DAY + 1))
    await past.begun()
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    past.may.set()
    assert (await desk.board(DAY + 2)).at == DAY + 2


async def test_a_history_that_comes_later_is_opened_then(tmp_path: Path) -> None:
    desk = PastDesk(lambda: open_past(tmp_path))
    with pytest.raises(StoreError, match="no history"):
        await desk.board(DAY)
    store = open_store(tmp_path)
    store.append([record(DAY, row(at=DAY))])
    assert len((await desk.board(DAY + 1)).rows) == 1
    store.close()


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        pytest.param(DAY + 100, DAY + 100, id="the moment itself"),
        pytest.param(DAY - 9999, DAY, id="before all that was recorded: its beginning"),
        pytest.param(DAY + 9999, DAY + 590, id="after it: its end"),
    ],
)
async def test_a_replay_begins_at(asked: float, shown: float) -> None:
    source = await ReplaySource.at(PastDesk(lambda: Past(store_of())), asked)
    boards = source.boards()
    assert (await anext(boards)) is source.board
    assert (source.board.at, len(source.board.rows)) == (shown, 1)
    source.poll_now()
    with pytest.raises(CollectError, match="no live log in the past"):
        await anext(source.follow("service:api"))
    await source.close()
    assert [board async for board in boards] == []
