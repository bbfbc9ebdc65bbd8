"""The plan of a fix as a page: made while one waits, scrolled, made again; what it says of itself."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from textual.app import ComposeResult

from collectors.text import clean
from ops.actions.base import Offer
from ops.actions.errors import ActionError
from ops.board import Board, Row
from ops.fixes.structs import Plan
from ops.fixes.typed import to_type
from ops.jobs.structs import Job
from tui import keys
from tui.glyphs import Glyphs
from tui.messages import BoardArrived
from tui.panes.fix_ask import Phase, another, asking
from tui.panes.fix_plan import plans_lines
from tui.panes.fix_words import wrapped
from tui.screens.name_line import NameLine
from tui.screens.page import Page
from tui.single_key import READ_S
from tui.together import with_rows
from tui.widgets.lines import Line, Lines
from tui.working import begin

Plans = Callable[[Board, Offer], Awaitable[Plan]]


class Planning(Page, inherit_bindings=False):
    """Plans some offers, one a row, and says what that found. Nothing is done here."""

    BINDINGS = keys.bindings("plan")
    SCOPES = ("plan",)
    AUTO_FOCUS = ""  # never the line for the name: enter would be meant for it

    action_plan_down, action_plan_up = Page.action_detail_down, Page.action_detail_up
    action_plan_top, action_plan_bottom = Page.action_detail_top, Page.action_detail_bottom
    action_plan_page_down, action_plan_page_up = Page.action_detail_page_down, Page.action_detail_page_up

    def __init__(
        self,
        offers: Sequence[Offer],
        board: Board,
        plan: Plans,
        glyphs: Glyphs,
        keymap: Mapping[str, str],
        *,
        rows: Sequence[Row] = (),
    ) -> None:
        """`rows` are those that the Boards to come may not have, or not as they were shown."""
        super().__init__(glyphs, keymap)
        self._rows = rows
        self.board = with_rows(board, rows)
        self.phase: Phase = "planning"
        self.plans: tuple[Plan, ...] = ()
        self.jobs: list[Job] = []
        """Those that were started, in order."""
        self.said = ""
        """What went wrong, or why a key did nothing."""
        self.remedy = ""
        self.offers = tuple(offers)
        self._plan = plan
        self.shown_at: float | None = None
        """Since when the plan can be read, by a clock that only goes forward."""
        self.name_line = NameLine()
        self.question = Lines(id="question", glyphs=glyphs)

    def compose(self) -> ComposeResult:
        """Title, plan, question, the line for a name, keys."""
        yield self.page_head
        yield self.page
        yield self.question
        yield self.name_line
        yield self.page_foot

    def on_mount(self) -> None:
        """Say that it is planned, and plan."""
        self._make()

    def _make(self) -> None:
        self.phase, self.plans, self.said, self.remedy = "planning", (), "", ""
        self.shown_at = None
        self.write()
        begin(self, self._made, group="plan", exclusive=True)

    async def _made(self) -> None:
        made: list[Plan] = []
        try:
            for offer in self.offers[len(self.jobs) :]:
                made.append(await self._plan(self.board, offer))
        except ActionError as error:
            self.phase, self.said, self.remedy = "failed", error.message, error.remedy
        else:
            self.phase, self.plans = "shown", tuple(made)
        self.write()
        self.call_after_refresh(self.seen)

    def seen(self) -> None:
        """From now on it can be read."""
        self.shown_at = time.monotonic() if self.phase == "shown" else None

    @property
    def can_be_read(self) -> bool:
        """Whether it has been on the screen for so long that a yes may be meant."""
        return self.shown_at is not None and time.monotonic() - self.shown_at >= READ_S

    def on_board_arrived(self, message: BoardArrived) -> None:
        """Notice when what was planned for has become another."""
        self.board = with_rows(message.board, self._rows)
        if self.phase == "shown" and (why := another(self.plans, self.board)):
            self.phase, self.plans, self.said, self.remedy = "failed", (), why, "press r to plan again"
            self.name_line.close()
            self.write()

    def title_line(self) -> Line:
        """What it is the plan of."""
        many = f" and {len(self.offers) - 1} more" if len(self.offers) > 1 else ""
        return [(" Plan ", "muted"), (f"{clean(self.offers[0].title)}{many} ", "strong")]

    def lines(self) -> Sequence[Line]:
        """The plan, or how far it is."""
        width = self.page.size.width
        if self.phase == "planning":
            return [[(f"planning: everything is read, nothing is done {self.glyphs.ellipsis}", "muted")]]
        if not self.plans:
            return [*wrapped(self.said, "critical", width), *wrapped(self.remedy, "accent", width)]
        return plans_lines(self.plans, self.board, width, self.glyphs)

    def write(self) -> None:
        """Write plan and question."""
        lines = asking(self.phase, self.plans, self._words(), self.size.width, self.glyphs)
        self.question.styles.height = len(lines)
        self.question.show(lines)
        super().write()

    def _words(self) -> str:
        """What is to be said over the answers."""
        if self.phase == "failed" and not self.plans:
            return ""  # said in the place of the plan
        typed = f'type "{clean(to_type(self.plans))}" and press enter; esc leaves' if self.typing else ""
        return " ".join(filter(None, (self.said and f"{self.said.rstrip('.')}.", self.remedy, typed)))

    @property
    def typing(self) -> bool:
        """Whether the name is being typed."""
        return self.name_line.has_class("-open")

    def tell(self, words: str) -> None:
        """Say something over the answers."""
        self.said, self.remedy = words, ""
        self.write()

    def action_plan_again(self) -> None:
        """Plan what was not started yet."""
        if self.phase in ("shown", "failed"):
            self.name_line.close()
            self._make()
