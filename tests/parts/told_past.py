"""A past that answers what a test says of budgets, and a source that has it."""

from collections.abc import Callable

from ops.board import Board
from ops.past.desk import PastDesk
from ops.past.reader import Past
from ops.past.structs import BudgetDetail
from ops.store.contract import StoreError
from tests.parts.sources import MemorySource


class Told(PastDesk):
    """A past that answers as a test says."""

    def __init__(self, answer: Callable[[], BudgetDetail | None]) -> None:
        super().__init__(_nothing)
        self.answer = answer
        self.asked: list[tuple[str, float]] = []
        self.live: list[bool] = []

    async def budget(self, budget_id: str, at: float, *, live: bool = False) -> BudgetDetail | None:
        """What the test says, and remember what was asked."""
        self.live.append(live)
        self.asked.append((budget_id, at))
        return self.answer()


def _nothing() -> Past:
    raise StoreError("nothing else was recorded")


def source(shown: Board, past: PastDesk | None) -> MemorySource:
    """A source with a past."""
    made = MemorySource(shown)
    made.past = past
    return made
