"""The screen of backups: its keys."""

from collections.abc import Mapping

from collectors.text import clean
from ops.backup.structs import Kept
from tui import keys
from tui.messages import BackupActAsked, FixAsked
from tui.panes.backup_calendar import farthest
from tui.screens.backups_picture import BackupsPicture
from tui.screens.filter_line import FilterLine

ACTING = frozenset(key.action for key in keys.KEYS if key.scope == "backing")
"""Actions that are not bound where nothing may be done."""
PROOFS = {"backup.verify": "verify", "backup.drill": "drill", "backup.delete": "delete"}
NOTHING = "there is no backup here: r takes one"


class BackupScreen(BackupsPicture):
    """Sets and their backups, and what can be done with them."""

    BINDINGS = keys.bindings("backups", "backing", "fix")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What acts is not there where nothing may be done."""
        if self.hands.why_not and (action in ACTING or action == "fix_menu"):
            return False
        return super().check_action(action, parameters)

    def _do(self, action: str, params: Mapping[str, str], title: str) -> None:
        one = self.one
        if one is None:
            self.tell("there is no set here")
        else:
            self.post_message(BackupActAsked(one.standing.set, action, params, title))

    def _chosen(self) -> Kept | None:
        """The backup that is meant; where there is none that is said."""
        kept = self.kept
        if kept is None:
            self.tell(NOTHING)
        return kept

    def _with_one(self, action: str) -> None:
        if (kept := self._chosen()) is not None:
            name = clean(kept.manifest.set)
            self._do(action, {"backup": kept.id}, f"{PROOFS[action]} backup {clean(kept.id)} of {name}")

    def action_backups_run(self) -> None:
        """Plan to take one."""
        name = clean(self.one.standing.set) if self.one is not None else ""
        self._do("backup.run", {}, f"take a backup of {name}")

    def action_backups_verify(self) -> None:
        """Plan to read it through."""
        self._with_one("backup.verify")

    def action_backups_drill(self) -> None:
        """Plan to restore it for proof."""
        self._with_one("backup.drill")

    def action_backups_delete(self) -> None:
        """Plan to delete it."""
        self._with_one("backup.delete")

    def action_fix_menu(self) -> None:
        """Show all that fits the set."""
        if self.one is not None:
            self.post_message(FixAsked((f"backup:{self.one.standing.set}",)))

    def action_backups_restore(self, only: tuple[str, ...] = ()) -> None:
        """Put a restore together."""
        from tui.screens.backup_restore import BackupRestore

        if (kept := self._chosen()) is not None:
            page = BackupRestore(self.source, kept, only, self.glyphs, self._keymap, clock=self.clock)
            page.hands = self.hands
            self.app.push_screen(page)

    def action_backups_contents(self) -> None:
        """Look inside it; what is chosen there is restored."""
        from tui.screens.backup_contents import BackupContents

        def chosen(names: tuple[str, ...] | None) -> None:
            if names:
                self.action_backups_restore(names)

        if (kept := self._chosen()) is not None:
            page = BackupContents(self.source, kept, self.glyphs, self._keymap, clock=self.clock)
            page.hands = self.hands
            self.app.push_screen(page, chosen)

    def action_backups_prune(self) -> None:
        """Show what would go."""
        from tui.screens.backup_prune import BackupPrune

        if self.one is not None:
            page = BackupPrune(self.source, self.one.standing.set, self.glyphs, self._keymap, clock=self.clock)
            page.hands = self.hands
            self.app.push_screen(page)

    def action_backups_look(self) -> None:
        """Ask every target now."""
        self.ask()
        self.write()

    def action_backups_next(self) -> None:
        """The other table."""
        self.in_backups = not self.in_backups
        self.write()

    def action_backups_whole(self) -> None:
        """All room for the text, or the tables again."""
        self.whole = not self.whole and bool(self.sets.rows)
        self.write()
        self.call_after_refresh(self.write)

    def action_backups_earlier(self) -> None:
        """A month back, at most to the oldest backup."""
        one = self.one
        last = farthest(one.days, self.clock(), one.standing.time_zone) if one is not None else 0
        self.back = min(self.back + 1, last)
        self.write()

    def action_backups_later(self) -> None:
        """A month on."""
        self.back = max(self.back - 1, 0)
        self.write()

    def action_backups_copy(self) -> None:
        """Copy the text."""
        self.copy_text()

    def action_backups_down(self) -> None:
        """A screenful on."""
        self.read_on(1)

    def action_backups_up(self) -> None:
        """A screenful back."""
        self.read_on(-1)

    def action_backups_filter(self) -> None:
        """Open the line for a text."""
        self.filter_line.open_for(self)

    def on_filter_line_closed(self) -> None:
        """Give the keys to what was filtered."""
        self.set_focus(None)
        self.in_backups = True
        self.write()

    def action_backups_back(self) -> None:
        """Leave, one thing at a time."""
        if isinstance(self.focused, FilterLine):
            self.focused.close(clear=True)
        elif self.whole:
            self.action_backups_whole()
        elif self.view.text:
            self.set_filter("", inverse=False)
        else:
            self.dismiss()
