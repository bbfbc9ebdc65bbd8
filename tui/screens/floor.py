"""The floor: the picture and its keys."""

from msgspec.structs import replace

from ops.board import WINDOWS
from tui import keys
from tui.messages import AckAsked, BudgetAsked, DetailAsked, PollAsked
from tui.panes import promises
from tui.panes.base import TablePane
from tui.panes.copied import copied, copied_budget
from tui.panes.strip import waiting
from tui.screens.chart_keys import ChartKeys
from tui.screens.filter_line import FilterLine
from tui.screens.fix_keys import FixKeys
from tui.screens.plan import PANES


class FloorScreen(FixKeys, ChartKeys):
    """The main screen."""

    BINDINGS = keys.bindings("floor", "past", "fix", "marks", "called")

    @property
    def scopes(self) -> tuple[keys.Scope, ...]:
        """Whose keys do something here: while an incident waits, one to have it."""
        called = waiting(self.board.incidents) is not None and not self.hands.mute and not self.machine.away
        return ("called", *super().scopes) if called else super().scopes

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """An incident is had only where something may be written."""
        if action == "floor_ack" and self.hands.mute:
            return False
        return super().check_action(action, parameters)

    def action_floor_ack(self) -> None:
        """Have the gravest incident that nobody has."""
        incident = waiting(self.latest.incidents)
        if incident is not None:
            self.post_message(AckAsked(incident.number))
        elif not self.refuses():
            self.notify("no incident waits for anybody", markup=False, timeout=3)

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

    def action_pane_filter(self) -> None:
        """Open the filter line for the active pane."""
        pane = self.panes[self.active]
        if isinstance(pane, TablePane):
            self.filter_line.open_for(pane)

    def action_pane_invert(self) -> None:
        """Turn the filter round; without one, ask for what to hide."""
        pane = self.panes[self.active]
        if isinstance(pane, TablePane) and pane.filter_text:
            pane.set_filter(pane.filter_text, inverse=not pane.inverse)
        elif isinstance(pane, TablePane):
            self.filter_line.open_for(pane, "!")

    def on_filter_line_closed(self) -> None:
        """Give the keys back to the pane."""
        self.set_focus(self.panes[self.active])

    def action_pane_back(self) -> None:
        """Leave, one thing at a time: the line for a time, the filter line, marks, the filter text, then the zoom."""
        pane = self.panes[self.active]
        if self.focused is self.time_line.input:
            self.time_line.close()
        elif isinstance(self.focused, FilterLine):
            self.focused.close(clear=True)
        elif self.unmark():
            pass
        elif isinstance(pane, TablePane) and pane.filter_text:
            pane.set_filter("", inverse=False)
        elif self.zoomed:
            self.action_pane_zoom()

    def action_floor_window(self) -> None:
        """Take the next window of percentiles."""
        self.view = replace(self.view, window=(self.view.window + 1) % len(WINDOWS))
        self.paint(self.board)

    def action_floor_pause(self) -> None:
        """Freeze the picture, or take the newest again."""
        if self.refuses():
            return
        self.paused_at = self.clock() if self.paused_at is None else None
        if self.paused_at is None:
            self.paint(self.latest)
        self.tick()

    def action_floor_line(self) -> None:
        """Show in the header what the line carries, or no more."""
        self.line.shown = not self.line.shown
        self.tick()

    def action_floor_poll(self) -> None:
        """Ask every source now."""
        if not self.refuses():
            self.post_message(PollAsked())

    def action_row_detail(self) -> None:
        """Show all that is known about the selected row, or where the selected budget went."""
        if (budget := self.selected_budget()) is not None:
            self.post_message(BudgetAsked(budget.id))
        elif self.selected() is not None:
            self.post_message(DetailAsked(self.selected_id()))

    def action_row_logs(self) -> None:
        """Follow the log of the selected row; of a budget, that of the row whose events count."""
        row = self.selected()
        if row is not None and not self.refuses():
            self.post_message(DetailAsked(row.id, logs=True))

    def action_row_copy(self) -> None:
        """Copy the selected row, or budget, as one line of text."""
        row, budget = self.selected(), self.selected_budget()
        if budget is not None:
            self._copy(copied_budget(budget, self.board.at), promises.title(budget))
        elif row is not None:
            self._copy(copied(row, self.board.at, self.view), row.id)

    def _copy(self, text: str, name: str) -> None:
        self.app.copy_to_clipboard(text)
        self.notify(f"{name} is in the clipboard", markup=False, timeout=2)

    def go_to(self, pane: str, row_id: str) -> None:
        """Put the cursor on a row of a pane; a filter that hides it is cleared."""
        table = self.panes[pane]
        if isinstance(table, TablePane):
            if all(row.id != row_id for row in table.visible_rows):
                table.set_filter("", inverse=False)
            table.move_to(next((i for i, row in enumerate(table.visible_rows) if row.id == row_id), table.cursor))
        self.activate(pane)
