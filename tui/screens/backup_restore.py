"""The page on which a restore is put together: backup, place, parts; it shows what would be written over as it is."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from msgspec.structs import replace
from textual.app import ComposeResult

from collectors.text import clean
from ops.actions.backups import listed, names_of
from ops.actions.errors import Refused
from ops.backup.base import Wish
from ops.backup.errors import BackupError
from ops.backup.source import BackupSource
from ops.backup.structs import Kept
from tui import keys
from tui.backup_reading import words
from tui.glyphs import Glyphs
from tui.hands import Hands
from tui.messages import BackupActAsked
from tui.panes.backup_restoring import Read, Restoring, lines
from tui.screens.answer_line import AnswerLine
from tui.screens.page import Page
from tui.widgets.lines import Line
from tui.working import begin


class BackupRestore(Page, inherit_bindings=False):
    """Nothing is done here: the plan of it comes next, and its name is typed there."""

    BINDINGS = keys.bindings("restoring")
    SCOPES = ("restoring",)
    AUTO_FOCUS = ""
    hands = Hands(lambda: None)

    action_restoring_down, action_restoring_up = Page.action_detail_down, Page.action_detail_up
    action_restoring_top, action_restoring_bottom = Page.action_detail_top, Page.action_detail_bottom
    action_restoring_page_down, action_restoring_page_up = Page.action_detail_page_down, Page.action_detail_page_up

    def __init__(
        self,
        source: BackupSource,
        kept: Kept,
        only: Sequence[str],
        glyphs: Glyphs,
        keymap: Mapping[str, str],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(glyphs, keymap)
        self.source, self.clock = source, clock
        self.what = Restoring(kept, Wish(only=tuple(only)))
        self.read = Read()
        self.answer = AnswerLine(glyphs)

    @property
    def name_of_set(self) -> str:
        """Of the set that it is of."""
        return self.what.kept.manifest.set

    def compose(self) -> ComposeResult:
        """Title, page, keys, the line for an answer."""
        yield from super().compose()
        yield self.answer

    def on_mount(self) -> None:
        """Read what would be written over."""
        super().on_mount()
        self._look()

    def title_line(self) -> Line:
        """What is restored."""
        return [(f" restore {clean(self.name_of_set)} ", "strong"), (" y shows its plan; nothing is done yet", "muted")]

    def lines(self) -> Sequence[Line]:
        """How it is put together by now."""
        return lines(self.what, self.read, max(self.page.size.width - 2, 20), self.clock(), self.glyphs)

    def _look(self) -> None:
        self.read = Read()
        self.write()
        begin(self, self._looked, group="overwrites", exclusive=True)

    async def _looked(self) -> None:
        what = self.what
        try:
            found = await self.source.overwrites(self.name_of_set, what.kept.id, what.wish)
        except BackupError as error:
            self.read = Read(trouble=words(error))
        else:
            self.read = Read(tuple(found))
        if self.is_mounted:
            self.write()

    def _wish(self, wish: Wish) -> None:
        self.what = self.what._replace(wish=wish)
        self._look()

    def action_restoring_to(self) -> None:
        """Ask for another place."""

        def take(place: str) -> str:
            self._wish(replace(self.what.wish, to=place))
            return ""

        question = "restore to which place? a database's name, a folder, a volume; enter alone: where it came from"
        self.answer.ask(question, take, self.what.wish.to)

    def action_restoring_only(self) -> None:
        """Ask for parts of it."""

        def take(text: str) -> str:
            try:
                self._wish(replace(self.what.wish, only=names_of(text)))
            except Refused as error:
                return error.message
            return ""

        try:
            given = listed(self.what.wish.only)
        except Refused:
            given = ""  # too many for a line; the contents have them marked
        self.answer.ask("restore only which tables or files? parted by commas; enter alone: all of it", take, given)

    def action_restoring_contents(self) -> None:
        """Choose them from what is in it."""
        from tui.screens.backup_contents import BackupContents

        def chosen(names: tuple[str, ...] | None) -> None:
            if names:
                self._wish(replace(self.what.wish, only=names))

        page = BackupContents(self.source, self.what.kept, self.glyphs, self._keymap, clock=self.clock)
        page.hands = self.hands
        self.app.push_screen(page, chosen)

    def action_restoring_backup(self) -> None:
        """Ask for another backup."""

        def take(text: str) -> str:
            begin(self, partial(self._other, text), group="backup", exclusive=True)
            return ""

        question = 'which backup? the beginning of its id, "latest", "verified", or a time such as "2026-11-20 02:30"'
        self.answer.ask(question, take, self.what.kept.id)

    async def _other(self, text: str) -> None:
        try:
            kept = await self.source.kept(self.name_of_set, text)
        except BackupError as error:
            self.notify(words(error), severity="error", markup=False)
        else:
            self.what = self.what._replace(kept=kept)
            self._look()

    def action_restoring_empty(self) -> None:
        """Whether what is in the place may be written over."""
        self._wish(replace(self.what.wish, empty=not self.what.wish.empty))

    def action_restoring_safety(self) -> None:
        """Whether what is there is backed up first."""
        self.what = self.what._replace(safety=not self.what.safety)
        self.write()

    def action_restoring_again(self) -> None:
        """Read anew."""
        self._look()

    def action_restoring_plan(self) -> None:
        """Go on to the plan of it."""
        what, wish = self.what, self.what.wish
        try:
            only = listed(wish.only)
        except Refused as error:
            self.notify(f"{error.message}: {error.remedy}", severity="warning", markup=False)
            return
        params = {
            "backup": what.kept.id,
            "to": wish.to,
            "only": only,
            "empty": "yes" if wish.empty else "no",
            "safety": "yes" if what.safety else "no",
        }
        name = clean(self.name_of_set)
        to = f" to {clean(wish.to)}" if wish.to else ""
        some = "some of " if wish.only else ""
        title = f"restore {some}{name} from {clean(what.kept.id)}{to}"
        self.post_message(BackupActAsked(self.name_of_set, "backup.restore", params, title))

    def on_answer_line_closed(self) -> None:
        """Give the keys back to the page."""
        self.set_focus(None)

    def action_restoring_back(self) -> None:
        """Leave, one thing at a time."""
        if self.answer.open:
            self.answer.close()
        else:
            self.dismiss()
