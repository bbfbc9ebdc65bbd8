"""The question whether to do what a plan says: the safe answer is the near one, and only a meant `y` runs it."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from textual import events

from ops.actions.base import Offer
from ops.actions.errors import ActionError
from ops.board import Board, Row
from ops.fixes.structs import Plan
from ops.fixes.typed import to_type
from ops.jobs.structs import Job
from tui.glyphs import Glyphs
from tui.screens.fix_planning import Planning, Plans
from tui.single_key import BURST_S, SingleKey
from tui.working import begin

Starts = Callable[[Plan, str, Sequence[Plan]], Awaitable[Job]]
"""Given a plan, what the person typed, and all plans that it was typed for."""


class FixPlan(Planning):
    """Starts each of some plans once after a yes. Dismissed when all are started."""

    def __init__(
        self,
        offers: Sequence[Offer],
        board: Board,
        plan: Plans,
        start: Starts,
        glyphs: Glyphs,
        keymap: Mapping[str, str],
        *,
        rows: Sequence[Row] = (),
    ) -> None:
        super().__init__(offers, board, plan, glyphs, keymap, rows=rows)
        self._start = start
        self._single = SingleKey()

    def on_screen_resume(self) -> None:
        """What was behind another page must be read again; what was started meanwhile is done with."""
        if self.phase == "started":
            self.call_later(self._leave)
        elif self.shown_at is not None:
            self.seen()

    def on_key(self, event: events.Key) -> None:
        """Note every key: what comes too fast confirms nothing."""
        self._single.came(event.key, time.monotonic())

    def on_paste(self, event: events.Paste) -> None:
        """A paste is no answer."""
        event.stop()
        self.tell("a paste confirms nothing: press y")

    def action_plan_run(self) -> None:
        """Yes, unless it came too soon, too fast or in company."""
        if self.phase == "shown":
            self._alone("y", self._yes)

    def _alone(self, key: str, then: Callable[[], None]) -> None:
        """Do something a moment later if the key that came last was pressed once, by itself."""
        if why := self._single.why_not(self.shown_at):
            self.tell(f"{key}: {why}")
        else:
            self.set_timer(BURST_S, partial(self._if_alone, self._single.count, then))

    def _if_alone(self, count: int, then: Callable[[], None]) -> None:
        if self.phase == "shown" and count != self._single.count:
            self.tell("several keys came at once, which confirms nothing: press it once")
        elif self.phase == "shown":
            then()

    def _yes(self) -> None:
        if to_type(self.plans):
            self.said = ""
            if not self.typing:
                self.name_line.open()
            self.write()
        else:
            self._begin()

    def on_name_line_pasted(self) -> None:
        """The name must be typed."""
        self.tell("a paste is refused here: type the name, sign by sign")

    def on_input_changed(self) -> None:
        """Count each sign that is typed: an enter that comes in one burst with them confirms nothing."""
        self._single.came("sign", time.monotonic())

    def on_input_submitted(self) -> None:
        """Compare what was typed."""
        wanted = to_type(self.plans)
        if not self.typing or not wanted:
            return
        if self.name_line.value == wanted:
            self._alone("enter", self._begin)
        else:
            self.tell("that is not the name: nothing was done")

    def _begin(self) -> None:
        typed = self.name_line.value if self.typing else ""
        self.phase, self.said = "starting", ""
        self.name_line.close()
        self.write()
        # The app's: leaving this page must not break off what was confirmed.
        begin(self.app, partial(self._started, typed), group="start")

    async def _started(self, typed: str) -> None:
        plans = self.plans
        try:
            for plan in plans:
                self.jobs.append(await self._start(plan, typed, plans))
        except ActionError as error:
            begun = f"{len(self.jobs)} of {len(self.offers)} were started; " if self.jobs else ""
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

    def action_plan_back(self) -> None:
        """Leave, one thing at a time: the line for the name, then the plan."""
        if self.typing:
            self.name_line.close()
            self.tell("")
        elif self.phase not in ("starting", "started", "left"):
            self.dismiss()
