"""The floor: takes Boards, spreads their painting over the event loop, and answers the keys."""

import time
from collections import deque
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Input

from ops.board import WINDOWS, Board, Row
from tui import keys
from tui.glyphs import Glyphs
from tui.messages import BoardArrived
from tui.panes.alert import AlertPane
from tui.panes.alert import height as alert_height
from tui.panes.base import TablePane, View
from tui.panes.budget import BudgetPane
from tui.panes.containers import ContainersPane
from tui.panes.databases import DatabasesPane
from tui.panes.footer import Footer, footer
from tui.panes.generic import GenericPane
from tui.panes.header import Header, header
from tui.panes.host import HostPane
from tui.panes.latency import LatencyPane
from tui.panes.queues import QueuesPane
from tui.panes.services import ServicesPane
from tui.panes.tabs import Tabs, tabs
from tui.screens.plan import LEAST_HEIGHT, LEAST_WIDTH, PANES, plan
from tui.screens.room import Floor
from tui.widgets.lines import Lines
from tui.widgets.table import LineTable

if TYPE_CHECKING:
    from collections.abc import Mapping

Pane = TablePane | LatencyPane
_KINDS: "Mapping[str, type[Pane]]" = {
    "services": ServicesPane,
    "latency": LatencyPane,
    "databases": DatabasesPane,
    "budget": BudgetPane,
    "containers": ContainersPane,
    "queues": QueuesPane,
    "generic": GenericPane,
    "host": HostPane,
}


class FloorScreen(Screen[None], inherit_bindings=False):
    """The main screen."""

    BINDINGS = keys.bindings("floor")
    AUTO_FOCUS = None

    def __init__(self, board: Board, glyphs: Glyphs, keymap: "Mapping[str, str]", *, demo: bool) -> None:
        super().__init__()
        self.board = board
        """What is shown; while paused it is not the newest."""
        self.latest = board
        self.view = View(glyphs=glyphs)
        self.paused_at: float | None = None
        self.zoomed = False
        self.active = "services"
        self._keymap = keymap
        self._scopes: tuple[keys.Scope, ...] = ("floor", "demo", "table", "everywhere") if demo else ("floor", "table", "everywhere")
        self._todo: deque[str] = deque()
        self.set_class(glyphs.ascii, "-ascii")

    def compose(self) -> ComposeResult:
        """Every pane is there from the start; the plan shows those that have something to say."""
        glyphs = self.view.glyphs
        self.panes = {name: kind(name, glyphs) for name, kind in _KINDS.items()}
        self.header = Header(id="header", glyphs=glyphs)
        self.footer = Footer(id="footer", glyphs=glyphs)
        self.tabs = Tabs(id="tabs", glyphs=glyphs)
        self.alert = AlertPane("alert", glyphs)
        self.small = Lines(id="small", glyphs=glyphs)
        self.floor = Floor([self.header, *self.panes.values(), self.tabs, self.alert, self.footer, self.small])
        yield self.floor
        yield Input(id="filter", placeholder="text, or !text to hide it", select_on_focus=False, compact=True)

    def on_mount(self) -> None:
        """Start the clock and show what is known already."""
        self.set_interval(1.0, self.tick)
        self.paint(self.board)

    # Boards

    def on_board_arrived(self, message: BoardArrived) -> None:
        """Take a Board; a paused floor keeps it for later."""
        self.latest = message.board
        if self.paused_at is None:
            self.paint(message.board)

    def paint(self, board: Board) -> None:
        """Show a Board: one pane in each turn of the event loop, so that keys come between."""
        self.board = board
        idle = not self._todo
        self._todo = deque(PANES)
        if idle:
            self.call_later(self._paint_next)

    def _paint_next(self) -> None:
        if self._todo:
            self.panes[self._todo.popleft()].show_board(self.board, self.view)
        if self._todo:
            self.call_later(self._paint_next)
        else:
            self.settle()

    def settle(self) -> None:
        """Place the panes for what they have to say, and write the lines around them."""
        needs = {name: pane.need for name, pane in self.panes.items()}
        if not needs.get(self.active):
            self.active = next((name for name in PANES if needs[name]), "services")
        size = (self.size.width, self.size.height)
        planned = plan(
            size, needs, focused=self._open_pane(), zoomed=self.zoomed, alert=alert_height(self.board, size)
        )
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
        present = [(name, self.panes[name].NAME) for name in PANES if self.panes[name].need]
        levels = {name: self.panes[name].level for name in PANES}
        others = [tab for tab in present if tab[0] != "services"] if "services" in self.floor.plan.boxes else present
        self.tabs.show([tabs(others, levels, self._open_pane(), width, self.view.glyphs)])
        self.alert.show_board(self.board, self.view, self.selected_id())
        self.footer.show([footer(self._scopes, self._keymap, width)])

    def tick(self) -> None:
        """The header's second."""
        self.header.show([header(self.board, time.time(), self.paused_at, self.size.width, self.view.glyphs)])

    def on_resize(self) -> None:
        """Place everything anew."""
        if self.is_mounted:
            self.settle()
            self.call_after_refresh(self.write_lines)

    # Selection

    def selected_id(self) -> str:
        """Id of the row under the cursor of the active pane."""
        pane = self.panes[self.active]
        return pane.cursor_id if isinstance(pane, TablePane) else self.view.row

    def selected(self) -> Row | None:
        """The row under the cursor, if it is still there."""
        return self.board.row(self.selected_id())

    def on_line_table_moved(self, message: LineTable.Moved) -> None:
        """The chart follows the services; the alert line says why the row is not well."""
        if message.table.id == "services":
            self.view = View(self.view.window, self.view.glyphs, message.row_id)
            self.panes["latency"].show_board(self.board, self.view)
        if message.table.id == self.active:
            self.alert.show_board(self.board, self.view, self.selected_id())

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

    # Actions

    def action_pane_next(self, step: int = 1) -> None:
        """Focus the next pane that has something to show."""
        present = [name for name in PANES if self.panes[name].need]
        if present:
            at = present.index(self.active) if self.active in present else 0
            self.activate(present[(at + step) % len(present)])

    def action_pane_previous(self) -> None:
        """Focus the pane before."""
        self.action_pane_next(-1)

    def action_pane_zoom(self) -> None:
        """Give the active pane the whole screen, and back."""
        self.zoomed = not self.zoomed
        self.settle()

    def action_pane_filter(self, text: str | None = None) -> None:
        """Open the filter line for the active pane."""
        pane = self.panes[self.active]
        if isinstance(pane, TablePane):
            box = self.query_one("#filter", Input)
            box.value = ("!" if pane.inverse else "") + pane.filter_text if text is None else text
            box.add_class("-open")
            box.focus()

    def action_pane_invert(self) -> None:
        """Turn the filter round; without one, ask for what to hide."""
        pane = self.panes[self.active]
        if isinstance(pane, TablePane):
            if pane.filter_text:
                pane.set_filter(pane.filter_text, inverse=not pane.inverse)
            else:
                self.action_pane_filter("!")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while typing."""
        pane = self.panes[self.active]
        if isinstance(pane, TablePane):
            text = event.value.removeprefix("!")
            pane.set_filter(text, inverse=event.value.startswith("!") and bool(text))

    def on_input_submitted(self) -> None:
        """Keep the filter and go back to the pane."""
        self._close_filter()

    def _close_filter(self) -> None:
        self.query_one("#filter", Input).remove_class("-open")
        self.set_focus(self.panes[self.active])

    def action_pane_back(self) -> None:
        """Leave, one thing at a time: the filter line and text, then the zoom."""
        pane = self.panes[self.active]
        if isinstance(self.focused, Input):
            self.focused.value = ""
            self._close_filter()
        elif isinstance(pane, TablePane) and pane.filter_text:
            pane.set_filter("", inverse=False)
        elif self.zoomed:
            self.action_pane_zoom()

    def action_floor_window(self) -> None:
        """Take the next window of percentiles."""
        self.view = View((self.view.window + 1) % len(WINDOWS), self.view.glyphs, self.view.row)
        self.paint(self.board)

    def action_floor_pause(self) -> None:
        """Freeze the picture, or take the newest again."""
        self.paused_at = time.time() if self.paused_at is None else None
        if self.paused_at is None:
            self.paint(self.latest)
        self.tick()
