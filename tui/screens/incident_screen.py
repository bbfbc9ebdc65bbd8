"""A screen with an incident in front: reads it again and again in a thread, and tells others that somebody looks."""

import asyncio
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import ClassVar

from ops.incidents.source import IncidentError, IncidentSource
from ops.incidents.structs import Incident, Presence
from tui import keys
from tui.glyphs import Glyphs
from tui.hands import Hands
from tui.incident_reading import HERE_S, Seen, Wanted, look
from tui.screens.answer_line import AnswerLine
from tui.screens.once import Once
from tui.widgets.lines import STYLES
from tui.widgets.sized import Sized
from tui.working import begin

EACH_S = 0.5


class IncidentScreen(Once[None], Sized, inherit_bindings=False):
    """What the list of incidents and the war room have in common; neither ever waits for the file."""

    COMPONENT_CLASSES: ClassVar[set[str]] = STYLES
    AUTO_FOCUS: ClassVar[str | None] = ""  # None is the app's, which takes the first input there is
    SCOPES: ClassVar[tuple[keys.Scope, ...]] = ()
    hands = Hands(lambda: None)
    counted = True
    """Whether others are told that somebody looks; a wall is nobody."""

    def __init__(
        self,
        incidents: IncidentSource,
        glyphs: Glyphs,
        keymap: Mapping[str, str],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__()
        self.incidents, self.glyphs, self.clock = incidents, glyphs, clock
        self._keymap = keymap
        self.seen = Seen()
        self.answer = AnswerLine(glyphs)
        self._reading = False
        self._here_at = -HERE_S

    def wanted(self) -> Wanted:
        """What is to be read now."""
        raise NotImplementedError

    def write(self) -> None:
        """Write everything for what was read, and for the present size and time."""
        raise NotImplementedError

    @property
    def incident(self) -> Incident | None:
        """The one in front."""
        return self.seen.incident

    @property
    def may_not(self) -> str:
        """Why nothing may be written from here; "" where it may."""
        return self.hands.mute

    @property
    def scopes(self) -> tuple[keys.Scope, ...]:
        """Whose keys do something here."""
        return self.SCOPES

    def on_mount(self) -> None:
        """Read at once, and again and again."""
        self.set_interval(EACH_S, self.look)
        self.call_after_refresh(self.look)

    def on_resize(self) -> None:
        """Write for the new size."""
        self.call_after_refresh(self.write)

    def look(self) -> None:
        """Read what there is now, in a thread; one look at a time."""
        if not self._reading and self.is_mounted:
            self._reading = True
            begin(self, self._look, group="look", exit_on_error=True)

    async def _look(self) -> None:
        now = self.clock()
        wanted, me = self.wanted(), None
        lately = 0 <= now - self._here_at < HERE_S  # a clock that was put back must not make one absent
        if self.counted and self.is_current and not lately and self.seen.incident is not None:
            self._here_at = now
            me = _me(self.seen.incident.number, now)
        try:
            self.seen = await asyncio.to_thread(look, self.incidents, wanted, self.seen, now, me)
        finally:
            self._reading = False
        if self.is_mounted:
            self.write()
            if self.wanted() != wanted:  # the cursor has gone on since
                self.look()

    def do(self, work: Callable[[str], object], said: str) -> None:
        """Have something written by whoever is here, in a thread; then say so, or why it could not be."""
        if why := self.may_not:
            self.tell(f"read-only: {why}", wrong=True)
        else:
            begin(self, partial(self._do, work, said), group="write")

    async def _do(self, work: Callable[[str], object], said: str) -> None:
        from ops.fixes.who import me

        try:
            await asyncio.to_thread(partial(work, me("screen").user))
        except IncidentError as error:
            self.tell(error.words, wrong=True)
        else:
            self.tell(said)
        self.look()

    def tell(self, words: str, *, wrong: bool = False) -> None:
        """Say something at the bottom; never as markup."""
        self.notify(words, severity="error" if wrong else "information", markup=False, timeout=5)

    def on_answer_line_closed(self) -> None:
        """Give the keys back."""
        self.set_focus(None)


def _me(number: int, now: float) -> Presence:
    from ops.fixes.who import me

    by = me("screen")
    tty = by.tty.removeprefix("/dev/")
    return Presence(user=by.user, origin=by.origin or tty, screen=f"{by.host} {tty or by.pid}", incident=number, at=now)
