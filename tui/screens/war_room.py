"""The war room: one incident for a wall and for whoever drives it: clock, cause, chart, timeline, next steps."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.content import Content

from ops.board import Board
from ops.config.structs import Config
from ops.incidents.source import IncidentSource
from ops.incidents.structs import Incident
from tui import keys
from tui.glyphs import Glyphs
from tui.incident_reading import Wanted
from tui.messages import BoardArrived
from tui.panes.footer import footer
from tui.panes.incident_story import KeptTimeline
from tui.panes.incident_words import watchers
from tui.panes.latency import LatencyPane
from tui.panes.room_parts import clock_lines, facts_lines, fix_row, head, next_lines, runbook_of, title
from tui.panes.spans import SPANS
from tui.panes.view import View
from tui.screens.incident_keys import IncidentKeys
from tui.screens.room import Floor
from tui.screens.room_plan import room_plan
from tui.widgets.lines import Lines
from tui.working import begin

if TYPE_CHECKING:
    from ops.jobs.structs import Job
    from ops.notify.next_step import NextStep
    from ops.past.desk import PastDesk


class RoomPane(Lines):
    """A part of the war room in a frame."""

    def __init__(self, pane_id: str, title: str, glyphs: Glyphs) -> None:
        super().__init__(id=pane_id, glyphs=glyphs)
        self._title = ""
        self.set_title(title)

    def set_title(self, title: str) -> None:
        """Write the frame's words, never as markup."""
        if title != self._title:
            self._title = title
            self.border_title = Content(title)


class WarRoom(IncidentKeys):
    """One incident; without a number the gravest that is open, and the next one that opens where none is."""

    BINDINGS = keys.bindings("room")
    SCOPES: ClassVar[tuple[keys.Scope, ...]] = ("room",)

    def __init__(
        self, incidents: IncidentSource, glyphs: Glyphs, config: Config, board: Board, *, clock: Callable[[], float]
    ) -> None:
        super().__init__(incidents, glyphs, config.keys, clock=clock)
        self.board = board
        self.number: int | None = None
        self.desk: Callable[[], PastDesk | None] = lambda: None
        self.following = True
        """Whether the timeline stays at its newest moment."""
        self._config = config
        self._view = View(glyphs=glyphs)
        self._kept = KeptTimeline()
        self._steps: tuple[str, ...] = ()
        self._steps_of: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        """Everything is there from the start; the plan shows what there is room for."""
        glyphs = self.glyphs
        self.room_head, self.foot = Lines(id="room-head", glyphs=glyphs), Lines(id="room-foot", glyphs=glyphs)
        self.small = Lines(id="small", glyphs=glyphs)
        self.clock_pane = RoomPane("room-clock", "War room", glyphs)
        self.facts = RoomPane("room-facts", "Why", glyphs)
        self.chart = LatencyPane("latency", glyphs)
        self.chart.can_focus = False
        self.chart.desk = self.desk
        self.timeline = RoomPane("room-timeline", "Timeline", glyphs)
        self.next = RoomPane("room-next", "Next steps", glyphs)
        panes = (self.clock_pane, self.facts, self.chart, self.timeline, self.next)
        self.floor = Floor([self.room_head, *panes, self.foot, self.small])
        yield self.floor
        yield self.answer

    def on_mount(self) -> None:
        """The clock ticks also where nothing is written. Until the first read the incident is as the floor knows it."""
        if self.unread:
            known = next((one for one in self.board.incidents if self.number in (None, one.number)), None)
            self.seen = self.seen._replace(incident=known)
        self.set_interval(1.0, self.write)

    @property
    def unread(self) -> bool:
        """Whether nothing was read yet, so that nobody knows whether an incident is open."""
        return self.seen.version < 0 and not self.seen.trouble

    def on_board_arrived(self, message: BoardArrived) -> None:
        """Take a Board: budgets, causes and the chart."""
        self.board = message.board
        self.write()

    def wanted(self) -> Wanted:
        """The one that was asked for, else the gravest."""
        if self.number is None and self.seen.incident is not None and not self.unread:
            self.number = self.seen.incident.number
        return Wanted(self.number)

    def go(self, number: int | None) -> None:
        """Show another incident."""
        if number != self.number:
            self.number, self.following = number, True
            self.seen = self.seen._replace(incident=None if number is None else self.seen.incident)
            self.look()

    def write(self) -> None:
        """Write all parts for what is known now."""
        if not self.is_mounted or not self.size.width:
            return
        incident, now = self.incident, self.clock()
        self._look_up_steps(incident)
        width, jobs = max(self.size.width * 3 // 5 - 2, 20), self._jobs()
        facts = facts_lines(self.seen, self.board, jobs, now, width, self.glyphs)
        left = self.seen.left.get(incident.number, 0) if incident is not None else 0
        steps = next_lines(self._steps, incident, max(self.size.width - 2, 20), left)
        planned = room_plan(self.size, next_lines=len(steps), facts_lines=len(facts))
        if self.floor.follow(planned):
            self.set_class(planned.form == "compact", "-compact")
            self.call_after_refresh(self.write)
        if planned.form == "small":
            self.small.show([[(f"{self.size.width}x{self.size.height} is too small", "warning")]])
            return
        step = self._next_step(incident)
        room = (self.clock_pane.size.width, self.clock_pane.size.height)
        self.clock_pane.set_title(title(incident, self.glyphs, left))
        lines = clock_lines(incident, step, now, room, self.glyphs, self.seen.timeline, unread=self.unread)
        self.clock_pane.show(lines)
        width = self.facts.size.width
        self.facts.show(facts_lines(self.seen, self.board, jobs, now, width, self.glyphs))
        self.next.show(next_lines(self._steps, incident, max(self.next.size.width, 20), left))
        self._write_timeline(now)
        self._write_chart(incident)
        who = watchers(self.seen.present, incident.number if incident is not None else None)
        read_only, width = bool(self.may_not), self.size.width
        self.room_head.show([head(self.seen, who, now, width, self.glyphs, read_only=read_only, board=self.board)])
        self.foot.show([footer(self.scopes, self._keymap, self.size.width, helped=True)])

    def _jobs(self) -> "tuple[Job, ...]":
        fixes = self.hands.fixes
        return tuple(fixes.jobs()) if fixes is not None and self.board.jobs else ()

    def _next_step(self, incident: Incident | None) -> "NextStep | None":
        from ops.notify.next_step import next_step
        from ops.notify.plan import plan_of

        if incident is None or self.unread:
            return None
        labels = [alert.labels for alert in self.seen.alerts.values()]
        return next_step(plan_of(self._config.alerting), incident, self.seen.timeline, labels)

    def _write_timeline(self, now: float) -> None:
        count = len(self.seen.timeline)
        self.timeline.set_title(f"Timeline {self.glyphs.dot} {count}" if count else "Timeline")
        width, head = self.timeline.size.width, self.floor.plan.form != "wide"
        lines = self._kept.lines(self.seen.timeline, now, width, head=head)
        self.timeline.show(lines, top=len(lines) if self.following else None)

    def _write_chart(self, incident: Incident | None) -> None:
        """The chart of a service that it is about; before that of whatever service there is."""
        rows = incident.rows if incident is not None else ()
        services = {row.id for row in self.board.of("service")}
        about = next((row for row in rows if row in services), self._view.row)
        self._view = View(glyphs=self.glyphs, row=about, span=self._view.span)
        self.chart.show_board(self.board, self._view)

    def _look_up_steps(self, incident: Incident | None) -> None:
        named, row = runbook_of(incident, self.board), self.board.row(fix_row(incident, self.board))
        # Another state of the row, or a job that runs, may make another fix the fitting one.
        wanted = (named, row and (row.id, row.word), self.board.jobs, self.hands.why_not)
        if wanted != self._steps_of:
            self._steps_of = wanted
            begin(self, partial(self._learn, named), group="runbook", exclusive=True)

    async def _learn(self, named: str) -> None:
        from ops.incidents.runbook import read_runbook

        folder = Path(self._config.path).parent if self._config.path else Path.cwd()
        steps = await asyncio.to_thread(read_runbook, named, folder)
        self._steps = (*await self.fix_steps(self.board), *steps)
        self.write()

    def _scroll(self, by: int) -> None:
        """Scroll the timeline; who goes to the end stays there."""
        self.timeline.scroll_lines(by)
        self.following = self.timeline.top >= self.timeline.last_top

    def action_room_down(self) -> None:
        """A line on."""
        self._scroll(1)

    def action_room_up(self) -> None:
        """A line back."""
        self._scroll(-1)

    def action_room_page_down(self) -> None:
        """A screenful on."""
        self._scroll(self.timeline.size.height)

    def action_room_page_up(self) -> None:
        """A screenful back."""
        self._scroll(-self.timeline.size.height)

    def action_room_top(self) -> None:
        """To the first moment."""
        self._scroll(-len(self.timeline.lines))

    def action_room_end(self) -> None:
        """To the newest moment."""
        self._scroll(len(self.timeline.lines))

    def action_room_next(self, by: int = 1) -> None:
        """The next open incident."""
        numbers = [each.number for each in self.seen.opened]
        if numbers and not self.answer.open:
            at = numbers.index(self.number) + by if self.number in numbers else 0
            self.go(numbers[at % len(numbers)])

    def action_room_previous(self) -> None:
        """The open incident before."""
        self.action_room_next(-1)

    def action_room_longer(self, by: int = 1) -> None:
        """More time in the chart."""
        span = min(max(self._view.span + by, 0), len(SPANS) - 1)
        self._view = View(glyphs=self.glyphs, row=self._view.row, span=span)
        self.chart.show_board(self.board, self._view)

    def action_room_shorter(self) -> None:
        """Less time in it."""
        self.action_room_longer(-1)

    def action_room_back(self) -> None:
        """Leave, one thing at a time."""
        if self.answer.open:
            self.answer.close()
        else:
            self.dismiss()
