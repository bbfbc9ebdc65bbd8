"""The budget detail: what is left of a promise, how it burns, and where the budget went."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from ops.board import Board, Budget
from ops.past.structs import BudgetDetail
from ops.store.contract import StoreError
from tui.glyphs import Glyphs
from tui.messages import BoardArrived
from tui.panes import promises
from tui.panes.budget_detail import budget_detail
from tui.screens.page import Page
from tui.widgets.lines import Line

Ask = Callable[[str, float], Awaitable[BudgetDetail | None]]
"""Gives where a budget went, of its id and a moment; None where nothing is recorded of it. Raises StoreError."""
READ_EACH_S = 30.0
"""How old the story may be on a floor that goes on."""
NO_STORE = (
    "where the budget went is not known: this floor has no store to read. It records where `[store]` says, "
    "unless record = false"
)
NOTHING = (
    "nothing is recorded of it yet, so where the budget went is not known. The floor records while it runs: come back "
    "in a minute"
)


class BudgetScreen(Page):
    """One budget."""

    def __init__(
        self, budget_id: str, board: Board, ask: Ask | None, glyphs: Glyphs, keymap: Mapping[str, str]
    ) -> None:
        super().__init__(glyphs, keymap)
        self.budget_id = budget_id
        self.board = board
        self.detail: BudgetDetail | None = None
        self.note = "reading what was recorded …" if ask else NO_STORE
        self._ask = ask
        self._read_at: float | None = None
        """The Board's moment that was read last, or is being read."""

    def on_mount(self) -> None:
        """Show what the Board knows, and read the rest."""
        super().on_mount()
        self._read()

    def on_board_arrived(self, message: BoardArrived) -> None:
        """Show what is new; read again what is older than half a minute, or of another moment."""
        self.board = message.board
        self.write()
        if self._read_at is None or abs(self.board.at - self._read_at) >= READ_EACH_S:
            self._read()

    def _read(self) -> None:
        if self._ask is not None:
            self._read_at = self.board.at
            self.run_worker(self._learn(self._ask, self.board.at), group="read", exclusive=True)

    async def _learn(self, ask: Ask, at: float) -> None:
        try:
            found = await ask(self.budget_id, at)
        except StoreError as error:
            # What was read before is still true of its moment; only the reason is new.
            self.note = f"{error.message}. {error.remedy}".rstrip(". ")
        else:
            self.detail, self.note = found, "" if found else NOTHING
        self.write()

    def budget(self) -> Budget | None:
        """The budget as the newest Board has it."""
        return next((budget for budget in self.board.budgets if budget.id == self.budget_id), None)

    def title_line(self) -> Line:
        """Which promise, and of when."""
        budget = self.budget()
        if budget is None:
            return [(f" {self.budget_id} ", "strong"), (" is not promised any more", "unknown")]
        when = [(f" {self.board.played or self.board.mode}", "paused")] if self.board.mode == "replayed" else []
        return [(" error budget ", "muted"), (f"{promises.title(budget)} ", "strong"), *when]

    def lines(self) -> Sequence[Line]:
        """Everything that is known of it."""
        budget = self.budget()
        if budget is None:
            return []
        note = " ".join(filter(None, (self.note, self.board.recording and f"({self.board.recording})")))
        return budget_detail(budget, self.detail, note, self.board.at, self.page.size.width, self.glyphs)
