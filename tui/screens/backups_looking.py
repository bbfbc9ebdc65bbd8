"""A screen that reads how sets of backups stand, again and again; what runs is shown as it goes on."""

import time
from collections.abc import Callable, Mapping
from typing import ClassVar

from ops.backup.source import BackupSource
from ops.backup.structs import Kept
from tui import keys
from tui.backup_reading import Reader, Seen
from tui.glyphs import Glyphs
from tui.panes.backup_known import Known
from tui.screens.narrowed import Narrowed
from tui.working import begin

EACH_S = 0.5
"""How often it is looked at what is done to the sets."""
ASK_S = 60.0
"""How often the targets are asked though nothing was written here."""


class BackupsLooking(Narrowed):
    """What it reads and may do; how that looks is `BackupsPicture`'s."""

    SCOPES: ClassVar[tuple[keys.Scope, ...]] = ("backups",)

    def __init__(
        self, source: BackupSource, glyphs: Glyphs, keymap: Mapping[str, str], *, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__()
        self.source, self.glyphs, self.clock = source, glyphs, clock
        self._keymap = keymap
        self.reader = Reader(source, self.written)
        self._glancing = self._asking = False
        self._asked_at: float | None = None

    def on_mount(self) -> None:
        """Read at once, and again and again."""
        self.set_interval(EACH_S, self.look)
        self.look()

    @property
    def seen(self) -> Seen:
        """What was read."""
        return self.reader.seen

    @property
    def one(self) -> Known | None:
        """The set that the cursor is on."""
        raise NotImplementedError

    @property
    def kept(self) -> Kept | None:
        """The backup that the cursor is on, the newest where nobody chose one."""
        raise NotImplementedError

    @property
    def scopes(self) -> tuple[keys.Scope, ...]:
        """Whose keys do something here."""
        return self.SCOPES if self.hands.why_not else ("backing", *self.SCOPES, "fix")

    @property
    def asking(self) -> bool:
        """Whether targets are asked now."""
        return self._asking

    def look(self) -> None:
        """Take what is known here, and ask the targets where it is time to; one look of each at a time."""
        if not self._glancing:
            self._glancing = True
            begin(self, self._glance, group="glance")

    async def _glance(self) -> None:
        try:
            await self.reader.glance()
        finally:
            self._glancing = False
        late = self._asked_at is None or time.monotonic() - self._asked_at >= ASK_S
        if self.seen.names and (late or self.reader.stale):
            self.ask()

    def ask(self) -> None:
        """Ask the targets now."""
        if not self._asking and self.is_mounted:
            self._asking, self._asked_at = True, time.monotonic()
            begin(self, self._ask, group="ask")

    async def _ask(self) -> None:
        try:
            await self.reader.ask()
        finally:
            self._asking = False
        self.written()
