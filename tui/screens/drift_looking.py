"""A screen that reads what is known of drift again and again in a thread, and has long things done beside it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import ClassVar

from ops.drift.source import DriftSource, Tell
from ops.drift.structs import Findings
from tui import keys
from tui.drift_reading import Seen, Work, edited, look
from tui.glyphs import Glyphs
from tui.screens.narrowed import Narrowed
from tui.working import begin

EACH_S = 0.5
FRAME_S = 0.1
"""How often it is shown how far something is."""


class DriftLooking(Narrowed):
    """What it reads and may do; how that looks is `DriftPicture`'s."""

    SCOPES: ClassVar[tuple[keys.Scope, ...]] = ("drift",)

    def __init__(
        self,
        source: DriftSource,
        work: Work,
        glyphs: Glyphs,
        keymap: Mapping[str, str],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__()
        self.source, self.work, self.glyphs, self.clock = source, work, glyphs, clock
        self._keymap = keymap
        self.seen = Seen()
        self.work_on: Callable[[str, Callable[[Tell], Awaitable[str]]], None] = lambda _, __: None
        """Has something long done, which goes on when this screen is left."""
        self._reading = False
        self._was_busy = False

    def write_head(self) -> None:
        """Write the first line, which says how far something is."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Read at once, and again and again."""
        self.set_interval(EACH_S, self.look)
        self.set_interval(FRAME_S, self._beat)
        self._begin()

    @property
    def findings(self) -> Findings | None:
        """What the last detection found."""
        return self.seen.findings

    @property
    def may_not(self) -> str:
        """Why nothing may be agreed from here; "" where it may."""
        return self.hands.mute

    @property
    def scopes(self) -> tuple[keys.Scope, ...]:
        """Whose keys do something here."""
        first: tuple[keys.Scope, ...] = () if self.hands.why_not else ("fix",)
        return (*first, *self.SCOPES, *(() if self.may_not else ("agreeing",)))

    def look(self) -> None:
        """Read what there is now, in a thread; one look at a time."""
        if not self._reading and self.is_mounted:
            self._begin()

    def _begin(self) -> None:
        self._reading = True
        begin(self, self._look, group="look", exit_on_error=True)

    async def _look(self) -> None:
        before = self.seen
        try:
            self.seen = await asyncio.to_thread(look, self.source, before)
            self.written()
            if self.seen is not before:  # after the picture: all of the baseline is read for it
                by_hand = await asyncio.to_thread(edited, self.source)
                if by_hand != self.seen.edited:
                    self.seen = self.seen._replace(edited=by_hand)
                    self.written()
        finally:
            self._reading = False

    def _beat(self) -> None:
        """Show how far it is while something is done; at its end read what came of it."""
        if self.work.doing:
            self.write_head()
        elif self._was_busy:
            self.look()
        self._was_busy = bool(self.work.doing)
