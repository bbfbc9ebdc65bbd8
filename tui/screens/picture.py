"""The floor's picture: takes Boards and spreads their painting over the event loop, one pane a turn."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input

from ops.board import Board, Budget, Row
from tui import keys
from tui.glyphs import Glyphs
from tui.line import LineWatch
from tui.messages import BoardArrived
from tui.panes import promises
from tui.panes.alert import AlertPane
from tui.panes.alert import height as alert_height
from tui.panes.base import TablePane
from tui.panes.budget import BudgetPane
from tui.panes.containers import ContainersPane
from tui.panes.databases import DatabasesPane
from tui.panes.footer import Footer, footer
from tui.panes.generic import GenericPane, MachinePane
from tui.panes.header import Header, header
from tui.panes.host import HostPane
from tui.panes.latency import LatencyPane
from tui.panes.logs import LogsPane
from tui.panes.queues import QueuesPane
from tui.panes.services import ServicesPane
from tui.panes.tabs import Tab, Tabs, tabs
from tui.panes.view import View
from tui.screens.filter_line import FilterLine
from tui.screens.plan import LEAST_HEIGHT, LEAST_WIDTH, PANES, plan
from tui.screens.room import Floor
from tui.widgets.lines import STYLES, Line, Lines
from tui.widgets.sized import Sized
from tui.widgets.table import LineTable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ops.past.desk import PastDesk

Pane = TablePane | LatencyPane
PANE_KINDS: "Mapping[str, type[Pane]]" = {
    "services": ServicesPane,
    "latency": LatencyPane,
    "databases": DatabasesPane,
    "budget": BudgetPane,
    "containers": ContainersPane,
    "queues": QueuesPane,
    "logs": LogsPane,
    "generic": GenericPane,
    "host": HostPane,
    "machine": MachinePane,
}
Clock = Callable[[], float]
"""UTC seconds, for the clock and the age of a pause."""
CHART_WAIT_S = 0.15
"""How long the cursor must rest until the chart follows it."""


class FloorPicture(Screen[None], Sized, inherit_bindings=False):
    """What the floor shows. Its keys are in `FloorScreen`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = STYLES
    AUTO_FOCUS = None

    def __init__(
        self, board: Board, line: LineWatch, keymap: "Mapping[str, str]", *, glyphs: Glyphs, demo: bool, clock: Clock
    ) -> None:
        super().__init__()
        self.line = line
        self.board = board
        """What is shown; while paused it is not the newest."""
        self.latest = board
        self.view = View(glyphs=glyphs)
        self.paused_at: float | None = None
        self.zoomed = False
        self.active = "services"
        self._keymap = keymap
        self.clock = clock
        scopes: tuple[keys.Scope, ...] = ("floor", "table", "everywhere")
        self._scopes: tuple[keys.Scope, ...] = (*scopes, "demo") if demo else scopes
        self.past: Callable[[], PastDesk | None] = lambda: None
        """Who knows what was recorded, for the chart and the time machine."""
        self._todo: deque[str] = deque()
        self._chart_timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """Every pane is there from the start; the plan shows those that have something to say."""
        glyphs = self.view.glyphs
        self.panes = {name: kind(name, glyphs) for name, kind in PANE_KINDS.items()}
        if isinstance(chart := self.panes["latency"], LatencyPane):
            chart.desk = self.past
        self.header = Header(id="header", glyphs=glyphs)
        self.footer = Footer(id="footer", glyphs=glyphs)
        self.tabs = Tabs(id="tabs", glyphs=glyphs)
        self.alert = AlertPane("alert", glyphs)
        self.small = Lines(id="small", glyphs=glyphs)
        self.floor = Floor([self.header, *self.panes.values(), self.tabs, self.alert, self.footer, self.small])
        yield self.floor
        self.filter_line = FilterLine()
        yield self.filter_line

    def on_mount(self) -> None:
        """Start the clock and show what is known already."""
        self.set_interval(1.0, self.tick)
        self.paint(self.board)

    def on_board_arrived(self, message: BoardArrived) -> None:
        """Take a Board."""
        self.take(message.board)

    def take(self, board: Board) -> None:
        """Show a Board; a paused floor keeps it for later."""
        self.latest = board
        if self.paused_at is None:
            self.paint(board)

    @property
    def scopes(self) -> tuple[keys.Scope, ...]:
        """Whose keys do something here."""
        return self._scopes

    def paint(self, board: Board) -> None:
        """Show a Board: one pane in each turn of the event loop, so that keys come between."""
        self.board = board
        idle = not self._todo
        self._todo = deque(PANES)
        if idle:
            self.call_later(self._paint_next)

    def _paint_next(self) -> None:
        if self._todo and self.panes[self._todo[0]].show_board(self.board, self.view):
            self._todo.popleft()
        if self._todo:
            # A message that is posted here is read before the loop has another turn, and with it a key.
            asyncio.get_running_loop().call_soon(self.call_later, self._paint_next)
        else:
            self.settle()

    def settle(self) -> None:
        """Place the panes for what they have to say, and write the lines around them."""
        needs = {name: pane.need for name, pane in self.panes.items()}
        if not needs.get(self.active):
            self.active = next((name for name in PANES if needs[name]), "services")
        size = (self.size.width, self.size.height)
        planned = plan(size, needs, focused=self._open_pane(), zoomed=self.zoomed, alert=alert_height(self.board, size))
        if self.floor.follow(planned):
            self.set_class(planned.form == "compact", "-compact")
        self._focus_active()
        self.write_lines()

    def _open_pane(self) -> str:
        return self.active if self.zoomed or self.active != "services" else self._other

    _other = "latency"

    def _focus_active(self) -> None:
        pane = self.panes[self.active]
        if pane.display and not isinstance(self.focused, Input) and self.focused is not pane:
            self.set_focus(pane)

    def write_lines(self) -> None:
        """Write header, tabs, alert line and footer; each repaints only what changed."""
        width, height = self.size.width, self.size.height
        if "small" in self.floor.plan.boxes:
            words = [f"{width}x{height} is too small", f"{LEAST_WIDTH}x{LEAST_HEIGHT} is enough"]
            counts = self.board.counts()
            words.append(f"{counts['critical']} critical {counts['warning']} warning")
            self.small.show([[(word[:width], "warning")] for word in words])
            return
        self.tick()
        present = [Tab(name, pane.NAME, pane.SHORT) for name, pane in self._in_order() if pane.need]
        levels = {name: self.panes[name].level for name in PANES}
        others = [tab for tab in present if tab.pane != "services"] if "services" in self.floor.plan.boxes else present
        self.tabs.show([tabs(others, levels, self._open_pane(), width, self.view.glyphs)])
        self.alert.show_board(self.board, self.view, self.selected_id())
        self.footer.show([footer(self.scopes, self._keymap, width)])

    def _in_order(self) -> "list[tuple[str, Pane]]":
        return [(name, self.panes[name]) for name in PANES]

    def tick(self) -> None:
        """The header's second, in which the line is looked at too."""
        if self.line.look():
            self.view = replace(self.view, plain=self.line.modesty.plain)
            self.paint(self.board)
        now = self.clock()
        self.header.show([self.header_line(now)])
        self.alert.tick(self.board, self.view, now, framed=self.floor.plan.form != "compact")

    def header_line(self, now: float) -> Line:
        """What the header says."""
        width, glyphs = self.size.width, self.view.glyphs
        return header(self.board, now, self.paused_at, width, glyphs, self.line.words, read_only=self.read_only)

    @property
    def read_only(self) -> bool:
        """Whether the header says that nothing can be done from here."""
        return False

    def on_resize(self) -> None:
        """Place everything anew."""
        if self.is_mounted:
            self.settle()
            self.call_after_refresh(self.write_lines)

    def selected_id(self) -> str:
        """Id of the row under the cursor of the active pane; "" where its filter hides every row."""
        pane = self.panes[self.active]
        if isinstance(pane, TablePane):
            return pane.cursor_id if pane.visible_rows else ""
        return self.view.row

    def selected(self) -> Row | None:
        """The row under the cursor, if it is still there; of a budget, the one whose events count."""
        budget = self.selected_budget()
        return self.board.row(budget.row or f"service:{budget.service}" if budget else self.selected_id())

    def selected_budget(self) -> Budget | None:
        """The budget under the cursor, if one is."""
        return promises.found(self.board.budgets, self.selected_id())

    def on_line_table_moved(self, message: LineTable.Moved) -> None:
        """The chart follows the services; the alert line says why the row is not well."""
        if message.table.id == "services":
            self.view = replace(self.view, row=message.row_id)
            self._chart_later()
        if message.table.id == self.active:
            self.alert.show_board(self.board, self.view, self.selected_id())

    def _chart_later(self) -> None:
        """Draw the chart when the cursor rests: its thread would hold up the next key."""
        if self._chart_timer is not None:
            self._chart_timer.stop()
        self._chart_timer = self.set_timer(CHART_WAIT_S, self._chart)

    def _chart(self) -> None:
        self.panes["latency"].show_board(self.board, self.view)

    def on_descendant_focus(self) -> None:
        """A click on a pane makes it the active one."""
        name = self.focused.id if self.focused else None
        if name in self.panes and name != self.active:
            self.activate(name)

    def activate(self, name: str) -> None:
        """Make a pane the one that keys act on."""
        self.active = name
        if name != "services":
            self._other = name
        self.settle()
