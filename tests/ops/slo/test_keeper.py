"""The keeper: live budgets know the store's past soon, and say so when it can't be read."""

import asyncio
from collections.abc import Sequence

import pytest

from collectors.clock import SystemClock
from ops.slo.book import SloBook
from ops.slo.keeper import BudgetKeeper
from ops.store.contract import Correction, Store, StoreError, Subject
from ops.store.memory import MemoryStore
from tests.parts.promised import HOUR, configured, counted, fill, steady


class Damaged(MemoryStore):
    """A store whose slots are not what they should be."""

    def subjects(self) -> Sequence[Subject]:
        raise ValueError("counts by minute that are cut off")


class Gone(MemoryStore):
    """A store that is not there any more."""

    def corrections(self) -> Sequence[Correction]:
        raise StoreError("the history can't be read: it is gone")


async def kept(book: SloBook, store: Store) -> BudgetKeeper:
    """A keeper that has looked once, of a store that opens after a moment."""
    opened: list[Store] = []
    looked = asyncio.Event()
    keeper = BudgetKeeper(book, lambda: opened[0] if opened else None, SystemClock(), looked.set)
    task = asyncio.create_task(keeper.run())
    await asyncio.sleep(0)
    opened.append(store)
    await asyncio.wait_for(looked.wait(), 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return keeper


async def test_budgets_know_what_the_store_knows() -> None:
    store, now = MemoryStore(), SystemClock().time()
    fill(store, steady(now - 2 * HOUR, now - HOUR))
    book = SloBook(configured())
    book.count("service:api", now, counted(1))
    keeper = await kept(book, store)
    assert keeper.notes == ()
    assert book.budgets(now)[0].total in (301, 306)


@pytest.mark.parametrize(
    ("store", "told"),
    [
        pytest.param(Gone(), "it is gone", id="a store that can't be read"),
        pytest.param(Damaged(), "the history is damaged (counts by minute that are cut off)", id="damaged counts"),
    ],
)
async def test_what_can_not_be_read_is_told_and_live_data_go_on(store: Store, told: str) -> None:
    now = SystemClock().time()
    book = SloBook(configured())
    book.count("service:api", now, counted(4, 1))
    (note,) = (await kept(book, store)).notes
    assert note.startswith("budgets have only what was counted since the start: ")
    assert told in note
    assert book.budgets(now)[0].total == 4
