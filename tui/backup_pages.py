"""The way from the floor to backups, and from what is asked of them to its plan."""

from typing import TYPE_CHECKING

from msgspec.structs import replace

from collectors.loading import loaded
from collectors.text import clean
from ops.actions.base import Offer
from tui.drift_pages import DriftPages
from tui.messages import BackupActAsked, BackupsAsked, FixAsked

if TYPE_CHECKING:
    from tui.screens.fix_plan import FixPlan

NOBODY = "no backups are known here: it shows what others read"


class BackupPages(DriftPages):
    """An app that shows backups; what is done to them are jobs."""

    def action_backups(self) -> None:
        """Show them."""
        self.open_page(BackupsAsked())

    async def on_backups_asked(self) -> None:
        """Show them, where what is shown is now; else it is said why not."""
        await loaded("tui.screens.backups")
        from tui.screens.backups import BackupScreen

        if self._returns_to(BackupScreen) is not None or self.floor.refuses():
            return
        found = self.source.backups if self.source is not None else None
        if found is None:
            self.notify(NOBODY, markup=False)
            return
        page = BackupScreen(found, self.glyphs, self.config.keys, clock=self.floor.clock)
        page.hands = self.hands
        self.push_screen(page)

    def on_backup_act_asked(self, message: BackupActAsked) -> None:
        """Go on to the plan of it, as the action offers itself where it does, with what was chosen here."""
        fixes, row = self.hands.free, f"backup:{message.name}"
        if fixes is None:
            self.notify(f"read-only: {self.hands.why_not}", severity="warning", markup=False)
            return
        board = self.floor.latest
        if board.row(row) is None:
            said = f"the floor does not watch the backups of {clean(message.name)} yet: try again in a moment"
            self.notify(said, severity="warning", markup=False)
            return
        # Of a row that is well the offers for the cause of another's trouble come too, and first.
        own = (one for one in fixes.offers(board, (row,)) if one.offer.row == row)
        found = next((one for one in own if one.offer.action == message.action), None)
        if found is not None and found.allowed:
            self.notify(f"not now: {clean(found.allowed, 500)}", severity="warning", markup=False)
            return
        offer = found.offer if found is not None else _unoffered(message, row)
        given = {**offer.params, **message.params}
        asked = tuple(param for param in offer.ask if param.name not in given)
        self.post_message(FixAsked((row,), replace(offer, title=message.title, params=given, ask=asked)))

    def _done(self, page: "FixPlan") -> None:
        """Once it is begun, back to the list of backups, where its progress is."""
        super()._done(page)
        if page.jobs and page.jobs[0].request.action.startswith("backup."):
            from tui.screens.backup_prune import BackupPrune
            from tui.screens.backup_restore import BackupRestore

            if isinstance(self.screen, BackupPrune | BackupRestore):
                self.screen.dismiss()


def _unoffered(message: BackupActAsked, row: str) -> Offer:
    """What the floor's row does not know of yet: its target may have been asked before the backup was taken."""
    from ops.actions.registry import find

    action = find(message.action)
    risk = action.risk if action is not None else "interrupts"
    return Offer(action=message.action, row=row, title=message.title, risk=risk)
