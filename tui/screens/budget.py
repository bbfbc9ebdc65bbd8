"""The budget detail: what is left of a promise, how it burns, and where the budget went."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from ops.board import Board, Budget
from ops.past.structs import BudgetDetail
from ops.slo.moments import ended
from ops.store.contract import StoreError
from tui.glyphs import Glyphs
from tui.messages import BoardArrived
from tui.panes import promises
from tui.panes.budget_detail import budget_detail
from tui.panes.spendings import moment
from tui.screens.page import Page
from tui.widgets.lines import Line
from tui.working import begin

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
        self._told_at: float | None = None
        """The Board's moment that `detail` is of, while that can be read."""

    def on_mount(self) -> None:
        """Show what the Board knows, and read the rest."""
        super().on_mount()
        self._read()

    def on_board_arrived(self, message: BoardArrived) -> None:
        """Show what is new; read again what is older than half a minute, or of another moment."""
        self.board = message.board
        self.write()
        if self._read_at is None or self._is_old(self._read_at, READ_EACH_S):
            self._read()

    def _is_old(self, at: float, after_s: float) -> bool:
        """Whether what was told of a moment is not of the Board's any more; in the past that is another minute."""
        if self.board.mode == "replayed":
            return ended(at) != ended(self.board.at)
        return abs(self.board.at - at) >= after_s

    def _read(self) -> None:
        if self._ask is not None:
            self._read_at = self.board.at
            begin(self, partial(self._learn, self._ask, self.board.at), group="read", exclusive=True)

    async def _learn(self, ask: Ask, at: float) -> None:
        try:
            found = await ask(self.budget_id, at)
        except StoreError as error:
            # What was read before is still true of its moment; only the reason is new.
            self.note = f"{error.message}. {error.remedy}".rstrip(". ")
            self._told_at = None
        else:
            self.detail, self.note = found, "" if found else NOTHING
            self._told_at = at if found else None
        self.write()

    def budget(self) -> Budget | None:
        """The budget as the newest Board has it."""
        return next((budget for budget in self.board.budgets if budget.id == self.budget_id), None)

    def title_line(self) -> Line:
        """Which promise, and of when."""
        budget = self.budget()
        if budget is None:
            return [(f" {self.budget_id} ", "strong"), (" is not promised any more", "unknown")]
        as_of = f"as of {moment(ended(self.board.at))}"
        how = ", ".join(filter(None, (self.board.played, as_of)))
        when = [(f" {how}", "paused")] if self.board.mode == "replayed" else []
        return [(" error budget ", "muted"), (f"{promises.title(budget)} ", "strong"), *when]

    def lines(self) -> Sequence[Line]:
        """Everything that is known of it."""
        budget, at = self.budget(), self.board.at
        if budget is None:
            return []
        if self.detail is not None and self._told_at is not None and not self._is_old(self._told_at, 2 * READ_EACH_S):
            # What is above and below is then of one moment, and counted from the same.
            budget, at = self.detail.budget, self._told_at
        note = " ".join(filter(None, (self.note, self.board.recording and f"({self.board.recording})")))
        return budget_detail(budget, self.detail, note, at, self.page.size.width, self.glyphs)
