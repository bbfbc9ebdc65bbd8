"""The time machine's state: which moment is shown, how it moves, and one question at a time to those who know."""

import time
from collections.abc import Callable

from collectors.base import CollectError
from ops.board import Board
from ops.past.desk import PastDesk
from ops.past.pace import RECORDING_STEP_S
from ops.past.playhead import Playhead
from ops.store.contract import HOUR_S, StoreError

OFF = "this is the past; } goes back to live"
"""Why an action does nothing."""
OFF_REPLAYED = "this is the past: nothing can be done to it"
NO_PAST = "nothing was recorded of this floor yet"
PATIENCE_S = 0.04
"""How long rows wait for budgets; those that take longer follow, unless another moment is wanted by then."""
_STILL_S = 0.5
"""From how long on it is told that a moment is being read."""


class TimeMachine:
    """Live, or at a moment of the past. Every change of the moment calls `wanted`; `bring` then has to be run once.

    While one moment is read others may be asked for: only the newest of them is read next, so that a held key never
    queues up.
    """

    def __init__(
        self,
        desk: "Callable[[], PastDesk | None]",
        *,
        show: Callable[[Board], None],
        say: Callable[[str], None],
        wanted: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        self._desk = desk
        self.head: Playhead | None = None
        """Where in the past; None while live."""
        self.lives = True
        """Whether there is a live floor to go back to."""
        self.board: Board | None = None
        """What is shown of the past."""
        self._show, self._say, self._wanted, self._clock = show, say, wanted, clock
        self._brought: float | None = None
        self._bringing = False
        self._asked_at = 0.0
        self._ticked_at = 0.0

    @property
    def desk(self) -> PastDesk | None:
        """Who knows the past, once there is a source."""
        return self._desk()

    @property
    def away(self) -> bool:
        """Whether the past is looked at."""
        return self.head is not None

    def replay(self, board: Board) -> None:
        """Begin in the past, with nothing live to go back to."""
        self.lives, self.head, self.board, self._brought = False, Playhead(at=board.at), board, board.at

    def step(self, by: int, now: float) -> None:
        """Some steps on or back; from the live floor, which is at `now`, only back."""
        step_s = self.desk.step_s if self.desk else RECORDING_STEP_S
        if self.head is not None:
            self._move(self.head.stepped(by, step_s))
        elif by < 0:
            self._move(Playhead(at=now + by * step_s))

    def hour_back(self, now: float) -> None:
        """An hour back."""
        self._move(self.head.to(self.head.at - HOUR_S) if self.head else Playhead(at=now - HOUR_S))

    def jump(self, at: float) -> None:
        """To any moment."""
        self._move(self.head.to(at) if self.head else Playhead(at=at))

    def live(self) -> None:
        """Back to what is now; where nothing is live, to the last recorded moment."""
        if self.lives:
            self.head = self.board = self._brought = None
        elif self.head is not None and self.desk is not None and self.desk.reach is not None:
            self._move(self.head.to(self.desk.reach[1]))

    def toggle(self) -> None:
        """Play, or pause."""
        if self.head is not None:
            self._ticked_at = time.monotonic()
            self.head = self.head.toggled()

    def faster(self, by: int) -> None:
        """Play at the next speed, or the one before."""
        if self.head is not None:
            self.head = self.head.faster(by)

    def tick(self) -> None:
        """Move on what plays, by the time that has passed; nothing while the moment before is still being read."""
        passed_s, self._ticked_at = time.monotonic() - self._ticked_at, time.monotonic()
        if self.head is not None and self.head.playing and not self._bringing:
            self._move(self.head.played(passed_s))

    def _move(self, head: Playhead) -> None:
        if self.desk is None:
            self._say(NO_PAST)
            return
        if self.head is None:
            self._brought = None
        first = self.desk.reach[0] if self.desk.reach else 0.0
        self.head = head.within((min(first, self._clock()), self._clock()))
        if not self._bringing:
            self._bringing, self._asked_at = True, time.monotonic()
            self._wanted()

    async def bring(self) -> None:
        """Read the moment that is wanted and show it, until nothing newer is wanted."""
        try:
            await self._bring()
        except (StoreError, CollectError) as error:
            self._say(f"the past can't be read: {error.message}" + (f" ({error.remedy})" if error.remedy else ""))
            if self._brought is None:
                self.head = None
        finally:
            self._bringing = False

    async def _bring(self) -> None:
        whole = True
        while self.desk is not None and self.head is not None and not (whole and self.head.at == self._brought):
            at, self._asked_at = self.head.at, time.monotonic()
            board = await self.desk.board(at, PATIENCE_S)
            whole = self.desk.whole
            self._take(board, at)

    def _take(self, board: Board, at: float) -> None:
        """Show what was brought, unless one has left, or the moment lies beyond what was recorded."""
        reach = self.desk.reach if self.desk else None
        if reach is None:
            self._say(NO_PAST)
            self.head = None
        if self.head is None or reach is None:
            return
        within = self.head.within(reach)
        if self.head.at == at and within != self.head:
            self.head = within
        else:
            self._brought, self.board = at, board
            self._show(board)

    @property
    def reading(self) -> bool:
        """Whether a moment has been under way for so long that it should be told."""
        return self._bringing and time.monotonic() - self._asked_at > _STILL_S

    @property
    def moves(self) -> str:
        """How it moves, or that it is at an end, for the header."""
        if self.head is None:
            return ""
        words = [self.head.moves, self.head.said, "reading" if self.reading else ""]
        return ", ".join(word for word in words if word)
