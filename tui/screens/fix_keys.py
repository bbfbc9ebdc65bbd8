"""The keys with which a person fixes things on the floor: the menu of a row, marks, and read-only."""

from collections.abc import Sequence

from tui import keys
from tui.hands import Hands
from tui.messages import FixAsked
from tui.panes.base import TablePane
from tui.screens.time_keys import TimeKeys

ACTING = frozenset(key.action for key in keys.KEYS if key.scope in ("fix", "marks"))
"""Actions that are not bound at all where nothing may be done."""


class FixKeys(TimeKeys):
    """A floor on which rows can be marked and fixed, unless it is read-only."""

    hands = Hands(lambda: None)

    @property
    def scopes(self) -> tuple[keys.Scope, ...]:
        """Whose keys do something here."""
        return super().scopes if self.hands.why_not else ("fix", "marks", *super().scopes)

    @property
    def read_only(self) -> bool:
        """Whether the header says that nothing can be done from here."""
        return bool(self.board.rows) and bool(self.hands.why_not)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that act are not there where nothing may be done."""
        if action in ACTING and self.hands.why_not:
            return False
        return super().check_action(action, parameters)

    def write_lines(self) -> None:
        """The alert line names the key that shows what is proposed."""
        shown = keys.shown(keys.BY_ID["fix.menu"], self._keymap)
        self.alert.fix_key = "" if self.hands.why_not else shown.split(" ")[0]
        super().write_lines()

    def to_fix(self) -> Sequence[str]:
        """The marked rows of the active pane that are still there, else the selected one."""
        pane = self.panes[self.active]
        marked = pane.marked_in_order() if isinstance(pane, TablePane) else ()
        there = tuple(row_id for row_id in marked if self.board.row(row_id) is not None)
        row = self.selected()
        return there or ((row.id,) if row is not None else ())

    def action_fix_menu(self) -> None:
        """Show what fits."""
        rows = self.to_fix()
        if self.refuses():
            return
        if rows:
            self.post_message(FixAsked(rows))
        else:
            self.notify("no row is selected", markup=False, timeout=3)

    def action_row_mark(self) -> None:
        """Mark the row under the cursor, or no more, and go on to the next."""
        pane = self.panes[self.active]
        if self.refuses() or not isinstance(pane, TablePane) or not pane.visible_rows:
            return
        if self.board.row(pane.cursor_id) is None:
            self.notify("only rows that are read can be marked: mark its service", markup=False, timeout=3)
            return
        pane.mark(pane.marked ^ {pane.cursor_id})
        pane.action_cursor_down()

    def unmark(self) -> bool:
        """Mark nothing in the active pane any more; tells whether anything was."""
        pane = self.panes[self.active]
        if not isinstance(pane, TablePane) or not pane.marked:
            return False
        pane.mark(frozenset())
        return True

    def action_floor_read_only(self) -> None:
        """Take the keys that act away at once; give them back after a yes."""
        if self.refuses():
            return
        if forced := self.hands.forced:
            self.notify(f"read-only can't be lifted: {forced}", severity="warning", markup=False)
        elif not self.hands.held:
            self._hold(held=True)
            self.notify("read-only: nothing can be done from here; R lifts it after a yes", markup=False)
        else:
            from tui.screens.ask import AskScreen

            told = ("x then fixes rows again, after a plan and a yes.",)
            self.app.push_screen(AskScreen("Lift read-only?", told, yes="lift it"), self._lifted)

    def _lifted(self, yes: bool | None) -> None:
        if yes:
            self._hold(held=False)
            self.notify("read-only is lifted", markup=False)

    def _hold(self, *, held: bool) -> None:
        self.hands.held = held
        if held:
            for pane in self.panes.values():
                if isinstance(pane, TablePane) and pane.marked:
                    pane.mark(frozenset())
        self.write_lines()
