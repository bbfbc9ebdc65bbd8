"""The plan of a fix, and the question whether to do it: the safe answer is the near one, and only `y` runs it."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from textual import events
from textual.app import ComposeResult

from collectors.text import clean
from ops.actions.base import Offer
from ops.actions.errors import ActionError
from ops.board import Board
from ops.fixes.structs import Plan
from ops.jobs.structs import Job
from tui import keys
from tui.glyphs import Glyphs
from tui.messages import BoardArrived
from tui.panes.fix_ask import Phase, another, asking
from tui.panes.fix_plan import plans_lines, to_type
from tui.panes.fix_words import wrapped
from tui.screens.name_line import NameLine
from tui.screens.page import Page
from tui.single_key import BURST_S, READ_S, SingleKey
from tui.widgets.lines import Line, Lines

Plans = Callable[[Board, Offer], Awaitable[Plan]]
Starts = Callable[[Plan], Awaitable[Job]]


class FixPlan(Page, inherit_bindings=False):
    """Plans some offers, one a row, and starts each of them once after a yes. Dismissed when all are started."""

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
        start: Starts,
        glyphs: Glyphs,
        keymap: Mapping[str, str],
    ) -> None:
        super().__init__(glyphs, keymap)
        self.board = board
        self.phase: Phase = "planning"
        self.plans: tuple[Plan, ...] = ()
        self.jobs: list[Job] = []
        """Those that were started, in order."""
        self.said = ""
        """What went wrong, or why a key did nothing."""
        self.remedy = ""
        self._offers = tuple(offers)
        self._plan, self._start = plan, start
        self._single = SingleKey()
        self._shown_at: float | None = None
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
        super().on_mount()
        self._make()

    def _make(self) -> None:
        self.phase, self.plans, self.said, self.remedy = "planning", (), "", ""
        self._shown_at = None
        self.write()
        self.run_worker(self._made(), group="plan", exclusive=True)

    async def _made(self) -> None:
        made: list[Plan] = []
        try:
            for offer in self._offers[len(self.jobs) :]:
                made.append(await self._plan(self.board, offer))
        except ActionError as error:
            self.phase, self.said, self.remedy = "failed", error.message, error.remedy
        else:
            self.phase, self.plans = "shown", tuple(made)
        self.write()
        self.call_after_refresh(self._seen)

    def _seen(self) -> None:
        """From now on it can be read."""
        self._shown_at = time.monotonic() if self.phase == "shown" else None

    @property
    def can_be_read(self) -> bool:
        """Whether it has been on the screen for so long that a yes may be meant."""
        return self._shown_at is not None and time.monotonic() - self._shown_at >= READ_S

    def on_screen_resume(self) -> None:
        """What was behind another page must be read again; what was started meanwhile is done with."""
        if self.phase == "started":
            self.call_later(self._leave)
        elif self._shown_at is not None:
            self._seen()

    def on_board_arrived(self, message: BoardArrived) -> None:
        """Notice when what was planned for has become another."""
        self.board = message.board
        if self.phase == "shown" and (why := another(self.plans, self.board)):
            self.phase, self.plans, self.said, self.remedy = "failed", (), why, "press r to plan again"
            self.name_line.close()
            self.write()

    def title_line(self) -> Line:
        """What it is the plan of."""
        many = f" and {len(self._offers) - 1} more" if len(self._offers) > 1 else ""
        return [(" Plan ", "muted"), (f"{clean(self._offers[0].title)}{many} ", "strong")]

    def lines(self) -> Sequence[Line]:
        """The plan, or how far it is."""
        width = self.page.size.width
        if self.phase == "planning":
            return [[("planning: everything is read, nothing is done …", "muted")]]
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
        typed = f'type "{clean(to_type(self.plans))}" and press enter; esc leaves' if self._typing else ""
        return " ".join(filter(None, (self.said and f"{self.said.rstrip('.')}.", self.remedy, typed)))

    @property
    def _typing(self) -> bool:
        return self.name_line.has_class("-open")

    def _tell(self, words: str) -> None:
        self.said, self.remedy = words, ""
        self.write()

    def on_key(self, event: events.Key) -> None:
        """Note every key: what comes too fast confirms nothing."""
        self._single.came(event.key, time.monotonic())

    def on_paste(self, event: events.Paste) -> None:
        """A paste is no answer."""
        event.stop()
        self._tell("a paste confirms nothing: press y")

    def action_plan_run(self) -> None:
        """Yes, unless it came too soon, too fast or in company."""
        if self.phase == "shown":
            self._alone("y", self._yes)

    def _alone(self, key: str, then: Callable[[], None]) -> None:
        """Do something a moment later if the key that came last was pressed once, by itself."""
        if why := self._single.why_not(self._shown_at):
            self._tell(f"{key}: {why}")
        else:
            self.set_timer(BURST_S, partial(self._if_alone, self._single.count, then))

    def _if_alone(self, count: int, then: Callable[[], None]) -> None:
        if self.phase == "shown" and count != self._single.count:
            self._tell("several keys came at once, which confirms nothing: press it once")
        elif self.phase == "shown":
            then()

    def _yes(self) -> None:
        if to_type(self.plans):
            self.said = ""
            if not self._typing:
                self.name_line.open()
            self.write()
        else:
            self._begin()

    def on_name_line_pasted(self) -> None:
        """The name must be typed."""
        self._tell("a paste is refused here: type the name, sign by sign")

    def on_input_changed(self) -> None:
        """Count each sign that is typed: an enter that comes in one burst with them confirms nothing."""
        self._single.came("sign", time.monotonic())

    def on_input_submitted(self) -> None:
        """Compare what was typed."""
        wanted = to_type(self.plans)
        if not self._typing or not wanted:
            return
        if self.name_line.value == wanted:
            self._alone("enter", self._begin)
        else:
            self._tell("that is not the name: nothing was done")

    def _begin(self) -> None:
        self.phase, self.said = "starting", ""
        self.name_line.close()
        self.write()
        # The app's: leaving this page must not break off what was confirmed.
        self.app.run_worker(self._started(), group="start")

    async def _started(self) -> None:
        try:
            for plan in self.plans:
                self.jobs.append(await self._start(plan))
        except ActionError as error:
            begun = f"{len(self.jobs)} of {len(self._offers)} were started; " if self.jobs else ""
            self.phase, self.said, self.remedy = "failed", begun + error.message, error.remedy
            if self.is_attached:
                self.write()
        else:
            self.phase = "started"
            self._leave()

    def _leave(self) -> None:
        """Leave when all is started, once nothing is in front of it."""
        if self.app.screen is self and self.phase == "started":
            self.phase = "left"
            self.dismiss()

    def action_plan_again(self) -> None:
        """Plan what was not started yet."""
        if self.phase in ("shown", "failed"):
            self.name_line.close()
            self._make()

    def action_plan_back(self) -> None:
        """Leave, one thing at a time: the line for the name, then the plan."""
        if self._typing:
            self.name_line.close()
            self._tell("")
        elif self.phase not in ("starting", "started", "left"):
            self.dismiss()
