"""PastDesk: questions about the past, answered in one thread beside the event loop; the newest of a kind wins."""

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from collectors.threads import DaemonPool
from ops.board import Board
from ops.past.pace import RECORDING_STEP_S

if TYPE_CHECKING:
    from ops.past.playhead import Span
    from ops.past.reader import Past
    from ops.past.structs import BudgetDetail, Chart, Heat

T = TypeVar("T")


class _Question:
    """One question on its way."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._work = work
        self.begun = False
        self.answer: asyncio.Future[object] | None = None

    def run(self) -> object:
        """Answer it; in the thread."""
        self.begun = True
        return self._work()


class PastDesk:
    """Opens the past when it is first asked, and answers from any task of the event loop.

    A question that still waits gives way to a newer one of its kind: who waits for it gets CancelledError. Raises
    StoreError where there is no past, or it can't be read; asking again then opens it again.
    """

    def __init__(
        self,
        opener: "Callable[[], Past]",
        clock: Callable[[], float] = time.time,
        step_s: float = RECORDING_STEP_S,
    ) -> None:
        self._opener = opener
        self._clock = clock
        self._past: Past | None = None
        self._pool = DaemonPool(1, name="watchfloor-past")
        self._waiting: dict[str, _Question] = {}
        self.reach: Span | None = None
        """The span as it was known at the last answer."""
        self.step_s = step_s
        """How far a step goes, as it was known at the last answer."""
        self.whole = True
        """Whether the last Board had all its budgets."""

    async def board(self, at: float, patience_s: float | None = None) -> Board:
        """The floor at a moment; with `patience_s` without the budgets that would take longer, see `whole`."""
        return await self._ask("board", lambda past: self._look(past, at, patience_s))

    def _look(self, past: "Past", at: float, patience_s: float | None) -> Board:
        board = past.board(at, patience_s)
        self.whole = past.whole
        self.reach, self.step_s = past.span(), past.step_s(at, self._clock())
        return board

    async def span(self) -> "Span | None":
        """The first and the last recorded moment; None where nothing was recorded."""
        return await self._ask("span", lambda past: past.span())

    async def chart(self, row: str, end: float, span_s: float, columns: int) -> "Chart":
        """Latency percentiles of a row up to a moment."""

        def work(past: "Past") -> "Chart":
            from ops.past.charts import chart

            return chart(past.store, row, end, span_s, columns)

        return await self._ask("chart", work)

    async def heat(self, row: str, end: float, span_s: float, columns: int, bands: int) -> "Heat":
        """How many answers of a row took how long up to a moment."""

        def work(past: "Past") -> "Heat":
            from ops.past.charts import heat

            return heat(past.store, row, end, span_s, columns, bands)

        return await self._ask("heat", work)

    async def budget(self, budget_id: str, at: float, *, live: bool = False) -> "BudgetDetail | None":
        """Where an error budget went until a moment, or until now; None where no objective is called that."""
        return await self._ask("budget", lambda past: past.budget(budget_id, at, live=live))

    async def _ask(self, kind: str, work: "Callable[[Past], T]") -> T:
        question = _Question(lambda: work(self._opened()))
        older = self._waiting.get(kind)
        if older is not None and older.answer is not None and not older.begun:
            older.answer.cancel()
        self._waiting[kind] = question
        question.answer = asyncio.ensure_future(self._pool.run(question.run))
        try:
            answer: T = await question.answer  # type: ignore[assignment]  # what `work` gave
        finally:
            if self._waiting.get(kind) is question:
                del self._waiting[kind]
        return answer

    def _opened(self) -> "Past":
        if self._past is None:
            self._past = self._opener()
        return self._past
