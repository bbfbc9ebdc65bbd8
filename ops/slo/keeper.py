"""BudgetKeeper: has the live budgets read the store once a minute, in a thread that nothing waits for."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from collectors.base import CollectError
from collectors.clock import Clock
from collectors.threads import DaemonPool
from ops.store.contract import MINUTE_S, Store, StoreError

if TYPE_CHECKING:
    from ops.slo.book import SloBook

_SOON_S = 0.5
"""How often it is looked whether the store is open."""


class BudgetKeeper:
    """Runs as a task of the event loop. What can't be read is told in `notes`; budgets then have live data alone."""

    def __init__(
        self, book: "SloBook", store: "Callable[[], Store | None]", clock: Clock, changed: Callable[[], None]
    ) -> None:
        self._book, self._store, self._clock, self._changed = book, store, clock, changed
        self._pool = DaemonPool(1, name="watchfloor-budgets")
        self.notes: tuple[str, ...] = ()

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            store = self._store()
            if store is None:
                await self._clock.sleep(_SOON_S)
                continue
            await self._load(store)
            self._changed()
            await self._clock.sleep(MINUTE_S)

    async def _load(self, store: Store) -> None:
        try:
            await self._pool.run(self._book.load, store, self._clock.time())
        except (StoreError, CollectError) as error:
            self.notes = (f"budgets have only what was counted since the start: {error.message}",)
        except ValueError as error:
            self.notes = (f"budgets have only what was counted since the start: the history is damaged ({error})",)
        else:
            self.notes = ()
