"""The picture of backups: sets above, the backups of one below, and all that is known of what the cursor is on."""

import time
from collections.abc import Callable, Mapping, Sequence

from textual.app import ComposeResult
from textual.events import DescendantFocus

from ops.backup.source import BackupSource
from ops.backup.structs import Kept
from tui.glyphs import Glyphs
from tui.panes import backup_kept, backup_sets
from tui.panes.backup_kept import KeptRow, View
from tui.panes.backup_known import Known
from tui.panes.backup_story import How, of_backup, of_set
from tui.panes.backup_words import (
    NO_BACKUPS,
    NO_SETS,
    NOTHING_LEFT,
    READING,
    filtered,
    standing,
    told,
    unmatched,
)
from tui.panes.drift_words import fitted
from tui.panes.fix_words import wrapped
from tui.panes.footer import footer
from tui.screens.backups_looking import BackupsLooking
from tui.screens.filter_line import FilterLine
from tui.widgets.columns import content_widths
from tui.widgets.lines import Line, Lines
from tui.widgets.sized import Sized
from tui.widgets.table import InOrder, LineTable

AGES_S = 15.0
"""How old ages may be that are shown of backups."""
WIDE = 100
"""Cells from which on the text stands beside the backups."""


class SetTable(LineTable):
    """The sets, in the order of the config."""

    AWAY = "cursor-away"
    FIRST = True


class KeptTable(InOrder):
    """Newest first. Its widths are those of the first rows."""

    AWAY = "cursor-away"

    def _wanted_widths(self) -> list[int]:
        return content_widths(self.columns, self.rows[: backup_kept.MEASURED])


class BackupsPicture(BackupsLooking):
    """Two tables and a page. Its keys are in `BackupScreen`."""

    view: View

    def __init__(
        self, source: BackupSource, glyphs: Glyphs, keymap: Mapping[str, str], *, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__(source, glyphs, keymap, clock=clock)
        self.view = View()
        self.back = 0
        """Months that the calendar is back."""
        self.whole = False
        """Whether the text has the whole screen."""
        self.in_backups = False
        """Whether the cursor is among the backups, which the text then is about; else it is about the set."""
        self._kept_from: Sequence[Kept] | None = None
        self._kept_of: tuple[object, ...] = ("",)
        self._lines_of: Sequence[KeptRow] = ()
        """Of all backups of the set: which of them are in view changes with each key of a filter."""
        self._view_of = View()
        self._by_id: Mapping[str, Kept] = {}
        self._told_from: Known | None = None
        self._told_of: tuple[object, ...] = (None,)
        self.page_head = Lines(id="page-head", glyphs=glyphs)
        self.sets = SetTable(backup_sets.COLUMNS, id="sets", glyphs=glyphs)
        self.table = KeptTable(backup_kept.COLUMNS, id="kept", glyphs=glyphs)
        self.page = Lines(id="page", glyphs=glyphs)
        self.body = Sized(self.table, self.page, id="kept-body")
        self.page_foot = Lines(id="page-foot", glyphs=glyphs)
        self.filter_line = FilterLine()

    def compose(self) -> ComposeResult:
        """Head, sets, backups and text, keys."""
        yield from (self.page_head, self.sets, self.body, self.page_foot, self.filter_line)

    def on_mount(self) -> None:
        """Give the keys to the sets."""
        self.set_focus(self.sets)

    @property
    def one(self) -> Known | None:
        """The set that the cursor is on."""
        return self.seen.sets.get(self.sets.cursor_id) if self.sets.rows else None

    @property
    def kept(self) -> Kept | None:
        """The backup that the cursor is on."""
        return self._by_id.get(self.table.cursor_id) if self.table.rows else None

    def write(self) -> None:
        """Write what was read, for the present size and time."""
        now = self.clock()
        self.sets.show(backup_sets.rows(backup_sets.wanted(self.seen.sets.values(), self.view, now), now, self.glyphs))
        self._write_kept(now)
        self._lay_out()
        self._write_page(now)
        self._write_head(now)
        self.page_foot.show([footer(self.scopes, self._keymap, self.size.width, helped=True)])

    def _write_kept(self, now: float) -> None:
        """Make the lines of the backups anew where they are others, or their ages have gone on."""
        one = self.one
        name, kept = (one.standing.set, one.standing.kept) if one is not None else ("", ())
        made_of = (name, now // AGES_S)
        if kept is not self._kept_from or made_of != self._kept_of:
            if name != self._kept_of[0]:
                self.table.chosen = False
                self.table.forget_widths()
            self._kept_from, self._kept_of = kept, made_of
            self._by_id = {each.id: each for each in kept}
            self._lines_of = backup_kept.rows(kept, now, self.glyphs)
        elif self.view == self._view_of:
            return
        self._view_of = self.view
        self.table.show(backup_kept.wanted_of_set(one, self._lines_of, self.view) if one is not None else ())

    def _lay_out(self) -> None:
        wide, room = self.size.width >= WIDE, max(self.size.height - 2, 0)
        self.set_class(wide, "-wide")
        self.sets.display = not self.whole and bool(self.sets.rows)
        if self.table.display != (there := not self.whole and bool(self.table.rows)):
            self.table.display = there
            self.call_after_refresh(self.write)  # the text has another width then
        self._give_keys()
        lines = min(len(self.sets.rows) + 3, max(room * 2 // 5, 6))
        self.sets.styles.height = lines
        if wide:
            self.table.styles.height = "100%"
        else:
            self.table.styles.height = min(len(self.table.rows) + 3, max((room - lines) // 2, 5))

    def _give_keys(self) -> None:
        """What was hidden has lost the keys."""
        if self.whole or isinstance(self.focused, FilterLine):
            return
        self.in_backups = self.in_backups and self.table.display
        wanted = self.table if self.in_backups else self.sets
        if self.focused is not wanted and wanted.display:
            self.set_focus(wanted)

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """A table may be clicked."""
        if event.widget in (self.sets, self.table) and self.in_backups != (event.widget is self.table):
            self.in_backups = event.widget is self.table
            self.write()

    def _write_page(self, now: float) -> None:
        """Write the text anew where something of it is another."""
        one, kept = self.one, self.kept if self.in_backups else None
        running = one is not None and one.standing.running is not None
        width = max(self.page.size.width - 2, 20)
        subject = (one.standing.set if one is not None else "", kept.id if kept is not None else "")
        turn = now // (1.0 if running else AGES_S)
        made_of = (
            subject,
            width,
            self.back,
            bool(self.table.rows),
            self.seen.troubles,
            self.seen.version,
            turn,
            self.view,
        )
        if one is self._told_from and made_of == self._told_of:
            return
        moved = subject != self._told_of[0]
        self._told_from, self._told_of = one, made_of
        self.page.show(self._lines(one, kept, How(width, now, self.glyphs, self.back)), top=0 if moved else None)

    def _lines(self, one: Known | None, kept: Kept | None, how: How) -> Sequence[Line]:
        lines = told(self.seen.trouble, how.width)
        if one is None:
            return lines or [*wrapped(self._nothing(), "muted", how.width)]
        if kept is not None:
            return [*lines, *of_backup(kept, one, how)]
        if not one.standing.kept and not one.standing.unreachable and one.asked:
            lines += wrapped(NO_BACKUPS, "muted", how.width)
        elif one.standing.kept and not self.table.rows:
            lines += wrapped(NOTHING_LEFT, "muted", how.width)
        return [*lines, *of_set(one, how)]

    def _nothing(self) -> str:
        """Why there is no set."""
        if self.seen.version is None or (self.seen.names and not self.seen.sets):
            return READING
        return unmatched(self.view) if self.seen.sets else NO_SETS

    def _write_head(self, now: float) -> None:
        """How many stand how, what of them is shown, and what may not be done."""
        every = self.seen.sets.values()
        head = [(" backups ", "strong"), *standing(every, now, self.glyphs)]
        head += filtered(self.view, len(self.sets.rows), len(every))
        if self.hands.why_not:
            head.append((" read-only ", "warning"))
        if self.asking:
            head.append((f" asking the targets {self.glyphs.ellipsis}", "muted"))
        self.page_head.show([fitted(head, self.size.width, self.glyphs)])

    def on_line_table_moved(self) -> None:
        """Show what the cursor is on."""
        self.write()
