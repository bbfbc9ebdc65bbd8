"""The drift screen: its keys."""

from collectors.drift import PART
from collectors.text import clean
from tui import keys
from tui.messages import FixAsked
from tui.panes.drift_tree import SPANS
from tui.screens.drift_agreeing import DriftAgreeing
from tui.screens.filter_line import FilterLine

AGREEING = frozenset(key.action for key in keys.KEYS if key.scope == "agreeing")
"""Actions that are not bound where nothing may be agreed."""


class DriftScreen(DriftAgreeing):
    """What differs, and what can be done about it."""

    BINDINGS = keys.bindings("drift", "agreeing", "fix")
    _after: int | None = None
    """Number of the newest job when a fix was asked for; None while the end of none is waited for."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What acts is not there where nothing may be done, nor is a file for somebody at a browser."""
        if keys.missing(action) or (action in AGREEING and self.may_not):
            return False
        return not (action == "fix_menu" and self.hands.why_not) and super().check_action(action, parameters)

    def on_board_arrived(self) -> None:
        """Once the fixes that were asked for here have ended, look whether anything still differs."""
        fixes, after = self.hands.fixes, self._after
        if fixes is None or after is None or self.work.doing:
            return
        mine = [job for job in fixes.jobs() if job.id > after and job.request.row.startswith(f"{PART}:")]
        if mine and not any(job.runs for job in mine):
            self._after = None
            self.action_drift_detect()

    def action_fix_menu(self) -> None:
        """Show what puts right the difference under the cursor, or the gravest below it."""
        findings, chosen = self.findings, [one for one in self.chosen() if one.counts]
        if findings is None or not chosen:
            self.tell("there is nothing to be put right here")
        elif (fixes := self.hands.free) is not None:
            self._after = max((job.id for job in fixes.jobs()), default=0)
            if len(chosen) > 1:
                self.tell(f"1 of {len(chosen):,}: {clean(chosen[0].path)}; each has a fix of its own")
            row = self.source.row(chosen[0], findings.at)
            self.post_message(FixAsked((row.id,), rows=(row,)))

    def action_drift_history(self) -> None:
        """Show drift over time."""
        from tui.screens.drift_history import DriftHistory

        self.app.push_screen(DriftHistory(self.source, self.clock, self.glyphs, self._keymap))

    def action_drift_beside(self) -> None:
        """Side by side, or one below the other."""
        self.beside = not self.beside
        self.write()

    def action_drift_whole(self) -> None:
        """All room for the diff, or the tree again."""
        self.whole = not self.whole and bool(self.table.rows)
        self.write()
        self.call_after_refresh(self.write)

    def action_drift_new(self) -> None:
        """Only what is new since an hour, since a day, or all."""
        self.view = self.view._replace(new=(self.view.new + 1) % len(SPANS))
        self.write()

    def action_drift_all(self) -> None:
        """With what is expected or ignored, or without."""
        self.view = self.view._replace(all=not self.view.all)
        self.write()

    def action_drift_fold(self) -> None:
        """Fold or unfold what is under the cursor, or that which it is part of."""
        node = self.node
        if node is None:
            return
        wanted = node.id
        if node.leaf:
            above = [one for one in list(self.nodes.values())[: self.table.cursor] if one.depth < node.depth]
            wanted = above[-1].id
            self.table.move_to(next(i for i, row in enumerate(self.table.visible_rows) if row.id == wanted))
        self.view = self.view._replace(turned=self.view.turned ^ {wanted})
        self.write()

    def action_drift_copy(self) -> None:
        """Copy the diff as text."""
        self.copy_text()

    def action_drift_down(self) -> None:
        """A screenful on."""
        self.read_on(1)

    def action_drift_up(self) -> None:
        """A screenful back."""
        self.read_on(-1)

    def action_drift_filter(self) -> None:
        """Open the line for a text."""
        self.filter_line.open_for(self)

    def on_filter_line_closed(self) -> None:
        """Give the keys back to the tree."""
        self.set_focus(self.table)

    def on_answer_line_closed(self) -> None:
        """Give the keys back to the tree."""
        self.set_focus(self.table)

    def action_drift_back(self) -> None:
        """Leave, one thing at a time."""
        if self.answer.open:
            self.answer.close()
        elif isinstance(self.focused, FilterLine):
            self.focused.close(clear=True)
        elif self.whole:
            self.action_drift_whole()
        elif self.view.text or self.view.new:
            self.view = self.view._replace(text="", inverse=False, new=0)
            self.write()
        else:
            self.dismiss()
