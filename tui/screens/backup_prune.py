"""What a prune would delete and what stays, each with why: only looked at, until its plan is asked for."""

import time
from collections.abc import Callable, Mapping, Sequence

from collectors.text import clean
from ops.backup.errors import BackupError
from ops.backup.source import BackupSource
from ops.backup.structs import Kept
from ops.figures import several
from tui import keys
from tui.backup_reading import words
from tui.glyphs import Glyphs
from tui.hands import Hands
from tui.messages import BackupActAsked
from tui.panes.backup_words import pruning
from tui.panes.fix_words import wrapped
from tui.screens.page import Page
from tui.widgets.lines import Line
from tui.working import begin

PRUNING = frozenset(key.action for key in keys.KEYS if key.scope == "pruning")
"""Actions that are not bound where nothing may be done."""


class BackupPrune(Page):
    """The dry run of a prune."""

    BINDINGS = keys.bindings("pruning")
    hands = Hands(lambda: None)

    def __init__(
        self,
        source: BackupSource,
        name: str,
        glyphs: Glyphs,
        keymap: Mapping[str, str],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(glyphs, keymap)
        self.source, self.clock = source, clock
        self.name_of_set = name
        self.kept: Sequence[Kept] | None = None
        self.trouble = ""

    @property
    def scopes(self) -> tuple[keys.Scope, ...]:
        """Whose keys do something here."""
        return ("detail",) if self.hands.why_not else ("pruning", "detail")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What deletes is not there where nothing may be done."""
        return not (action in PRUNING and self.hands.why_not) and super().check_action(action, parameters)

    def on_mount(self) -> None:
        """Read it."""
        begin(self, self._read, group="expiring")

    async def _read(self) -> None:
        try:
            self.kept = await self.source.expiring(self.name_of_set)
        except BackupError as error:
            self.trouble = words(error)
        if self.is_mounted:
            self.write()

    def title_line(self) -> Line:
        """What it is."""
        name = clean(self.name_of_set)
        return [(f" prune {name} ", "strong"), (" what would happen: nothing is deleted here", "muted")]

    def lines(self) -> Sequence[Line]:
        """What goes, then what stays."""
        width = max(self.page.size.width - 2, 20)
        if self.trouble:
            return [*wrapped(self.trouble, "critical", width)]
        if self.kept is None:
            return [[(f"reading what there is {self.glyphs.ellipsis}", "muted")]]
        return [*pruning(self.kept, width, self.clock(), self.glyphs)]

    def action_pruning_plan(self) -> None:
        """Go on to the plan of it, where something goes."""
        going = [one for one in self.kept or () if not one.reasons]
        if going:
            title = f"delete {several(len(going), 'expired backup')} of {clean(self.name_of_set)}"
            self.post_message(BackupActAsked(self.name_of_set, "backup.prune", {}, title))
        else:
            self.notify("nothing expires: there is nothing to delete", markup=False, timeout=3)
