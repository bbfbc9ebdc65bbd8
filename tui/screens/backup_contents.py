"""What is inside a backup: read as it comes, searched, and chosen from for a restore."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult

from ops.backup.errors import BackupError
from ops.backup.source import BackupSource
from ops.backup.structs import Found, Kept
from ops.figures import several
from tui import keys
from tui.backup_reading import words
from tui.glyphs import Glyphs
from tui.hands import Hands
from tui.panes.backup_found import COLUMNS, MEASURED, MOST, FoundRow, counted, key_of, matching, rows, title
from tui.panes.drift_words import fitted
from tui.panes.fix_words import wrapped
from tui.panes.footer import footer
from tui.screens.filter_line import FilterLine
from tui.screens.once import Once
from tui.widgets.columns import content_widths
from tui.widgets.lines import STYLES, Lines
from tui.widgets.sized import Sized
from tui.widgets.table import InOrder
from tui.working import begin

FRAME_S = 0.25
"""How often what came is shown while more comes."""
WITHIN = frozenset(key.action for key in keys.KEYS if key.scope == "within")
"""Actions that are not bound where nothing may be restored."""


class FoundTable(InOrder):
    """Its order is that of the backup."""

    def _wanted_widths(self) -> list[int]:
        return content_widths(self.columns, self.rows[:MEASURED])


class BackupContents(Once[tuple[str, ...]], Sized, inherit_bindings=False):
    """Dismissed with the names that are to be restored, or without any."""

    COMPONENT_CLASSES: ClassVar[set[str]] = STYLES
    BINDINGS = keys.bindings("contents", "within")
    AUTO_FOCUS: ClassVar[str | None] = ""
    hands = Hands(lambda: None)

    def __init__(
        self,
        source: BackupSource,
        kept: Kept,
        glyphs: Glyphs,
        keymap: Mapping[str, str],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__()
        self.source, self.kept_one, self.glyphs, self.clock = source, kept, glyphs, clock
        self._keymap = keymap
        self.found: list[Found] = []
        self.left_out = 0
        self.trouble = ""
        self.reading = False
        self.filter_text, self.inverse = "", False
        self.marked: dict[str, Found] = {}
        self._searched = ""
        """The text that the source was asked for."""
        self.page_head = Lines(id="page-head", glyphs=glyphs)
        self.table = FoundTable(COLUMNS, id="contents", glyphs=glyphs)
        self.page = Lines(id="page", glyphs=glyphs)
        self.page_foot = Lines(id="page-foot", glyphs=glyphs)
        self.filter_line = FilterLine()

    @property
    def scopes(self) -> tuple[keys.Scope, ...]:
        """Whose keys do something here."""
        return ("contents",) if self.hands.why_not else ("within", "contents")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What restores is not there where nothing may be done."""
        return not (action in WITHIN and self.hands.why_not) and super().check_action(action, parameters)

    def compose(self) -> ComposeResult:
        """Head, table, what went wrong, keys."""
        yield from (self.page_head, self.table, self.page, self.page_foot, self.filter_line)

    def on_mount(self) -> None:
        """Read it."""
        self.set_focus(self.table)
        self.set_interval(FRAME_S, self._frame)
        self._ask("")

    def on_resize(self) -> None:
        """Write for the new size."""
        self.call_after_refresh(self.write)

    def _ask(self, pattern: str) -> None:
        self._searched = pattern
        self.found, self.left_out, self.trouble, self.reading = [], 0, "", True
        begin(self, partial(self._read, pattern), group="contents", exclusive=True)

    async def _read(self, pattern: str) -> None:
        kept, found = self.kept_one, self.found
        try:
            async for one in self.source.contents(kept.manifest.set, kept.id, pattern=pattern):
                if len(found) < MOST:
                    found.append(one)
                else:
                    self.left_out += 1
        except BackupError as error:
            self.trouble = words(error)
        self.reading = False
        if self.is_mounted:
            self.write()

    def _frame(self) -> None:
        if self.reading:
            self.write()

    def write(self) -> None:
        """Write what was read so far."""
        shown = matching(self.found, self.filter_text, inverse=self.inverse)
        self.table.show(rows(shown, frozenset(self.marked), self.clock(), self.glyphs))
        text = self.trouble or ("" if shown or self.reading else "nothing is like that")
        lines = [*wrapped(text, "critical" if self.trouble else "muted", max(self.size.width - 2, 20))]
        self.page.display = bool(lines)
        self.page.styles.height = len(lines)
        self.page.show(lines)
        self._write_head(len(shown))
        self.page_foot.show([footer(self.scopes, self._keymap, self.size.width, helped=True)])

    def _write_head(self, shown: int) -> None:
        head = [(f" in {title(self.kept_one.manifest, self.clock())}  ", "strong")]
        head.append(counted(len(self.found), self.left_out, reading=self.reading, glyphs=self.glyphs))
        if self.filter_text:
            head.append((f" /{'!' if self.inverse else ''}{self.filter_text}: {shown:,} ", "accent"))
        if self.marked:
            head.append((f" {self.glyphs.marked} {len(self.marked):,} marked ", "accent"))
        self.page_head.show([fitted(head, self.size.width, self.glyphs)])

    @property
    def chosen(self) -> Sequence[Found]:
        """What is marked, in the order of that; else what the cursor is on."""
        return tuple(self.marked.values()) or self._under_cursor()

    def _under_cursor(self) -> Sequence[Found]:
        there = [row for row in self.table.visible_rows if row.id == self.table.cursor_id]
        return [row.one for row in there if isinstance(row, FoundRow)]

    def set_filter(self, text: str, *, inverse: bool) -> None:
        """Show only what has that text."""
        self.filter_text, self.inverse = text, inverse
        self.write()

    def on_filter_line_closed(self) -> None:
        """Where not all is listed, have the source search all of it."""
        self.set_focus(self.table)
        wanted = "" if self.inverse else self.filter_text
        if wanted != self._searched and (self.left_out or self._searched):
            self._ask(wanted)
        self.write()

    def action_contents_filter(self) -> None:
        """Open the line for a text."""
        self.filter_line.open_for(self)

    def action_contents_mark(self) -> None:
        """Mark what the cursor is on, or no more, and go on."""
        for one in self._under_cursor():
            if self.marked.pop(key_of(one), None) is None:
                self.marked[key_of(one)] = one
            self.table.chosen = True
            self.write()
            self.table.action_cursor_down()

    def action_contents_copy(self) -> None:
        """Copy the names."""
        chosen = self.chosen
        self.app.copy_to_clipboard("\n".join(one.name for one in chosen))
        self.notify(f"{several(len(chosen), 'name')} in the clipboard", markup=False, timeout=3)

    def action_contents_restore(self) -> None:
        """Leave with what is to be restored."""
        if chosen := self.chosen:
            self.dismiss(tuple(one.name for one in chosen))

    def action_contents_back(self) -> None:
        """Leave, one thing at a time."""
        if isinstance(self.focused, FilterLine):
            self.focused.close(clear=True)
        elif self.filter_text:
            self.set_filter("", inverse=False)
            self.on_filter_line_closed()
        elif self.marked:
            self.marked = {}
            self.write()
        else:
            self.dismiss()
