"""What the engine hands to alerts and incidents: light until the floor is live, for all of it is loaded late."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from collectors.clock import Clock
from collectors.threads import DaemonPool
from ops.board import Board
from ops.config.structs import Config
from ops.recording import Recording

if TYPE_CHECKING:
    from ops.incidents.glance import Seen
    from ops.incidents.source import IncidentSource
    from ops.incidents.watch import Watch
    from ops.store.contract import Store

LOOK_S = 1.0
"""How often it is looked, whether or not anything was read: escalation and silences go by the clock."""
FIRST_S = 1.0
"""After the first Board: what is loaded then must not hold up a screen that begins."""
OLD_S = 3.0
"""A Board that is older is made anew for a look: a slow screen may want one less often."""


class Alarm:
    """Has a Board looked at each second, and puts on every Board what came of it."""

    def __init__(
        self, config: Config, clock: Clock, recording: Recording | None, newest: Callable[[float], Board]
    ) -> None:
        """`newest` gives a Board that is at most so many seconds old. Nothing is loaded before `begin`."""
        self._config, self._clock, self._recording, self._newest = config, clock, recording, newest
        self._pool = DaemonPool(1, name="watchfloor-incidents")
        self._looking: asyncio.Task[None] | None = None
        self._watch: Watch | None = None
        self._seen: Seen | None = None
        self._notes: tuple[str, ...] = ()
        self._fault: tuple[str, ...] = ()
        self._shown: tuple[Seen | None, tuple[str, ...]] = (None, ())

    @classmethod
    def of(
        cls, config: Config, clock: Clock, recording: Recording | None, newest: Callable[[float], Board]
    ) -> "Alarm | None":
        """None without a config file: what was only discovered is looked at without leaving anything behind."""
        return cls(config, clock, recording, newest) if config.path else None

    def begin(self) -> None:
        """Load it and look from now on; a second call does nothing. Raises what ended it."""
        if self._looking is None:
            self._looking = asyncio.create_task(self._run(), name="incidents")
        elif self._looking.done() and not self._looking.cancelled():
            self._looking.result()

    async def _run(self) -> None:
        await self._clock.sleep(FIRST_S)
        while True:
            look = asyncio.create_task(self._look(), name="incidents-look")
            try:
                await asyncio.wait((look,))
            finally:
                look.cancel()
                await asyncio.wait((look,))
            self._fault = _told(look)
            await self._clock.sleep(LOOK_S)

    async def _look(self) -> None:
        watch = self._watch
        if watch is None:
            self._watch = watch = await self._pool.run(self._load)
        leads = self._recording is not None and self._recording.leads
        try:
            await watch.turn(self._newest(OLD_S), leads=leads)
        finally:
            self._seen = watch.seen
            self._notes = (*(watch.seen.notes if watch.seen is not None else ()), *watch.trouble)

    def _load(self) -> "Watch":
        # In a thread, for there is much of it.
        from ops.incidents.watch import Watch

        return Watch(self._config, self._clock, self._store, self._pool)

    def _store(self) -> "Store | None":
        return self._recording.store if self._recording is not None else None

    @property
    def fault(self) -> str:
        """That the last look ended by a fault of our own, in one sentence; "" mostly."""
        return next(iter(self._fault), "")

    @property
    def looked(self) -> bool:
        """Whether it is known yet which incidents there are."""
        return self._seen is not None

    @property
    def news(self) -> bool:
        """Whether the last Board shows another state than there is now."""
        return (self._seen, (*self._fault, *self._notes)) != self._shown

    def on(self, board: Board) -> Board:
        """The Board with what there is of incidents."""
        self._shown = self._seen, (*self._fault, *self._notes)
        _, notes = self._shown
        if notes:
            board = replace(board, notes=tuple(dict.fromkeys((*board.notes, *notes))))
        if self._seen is None:
            return board
        return replace(
            board, incidents=self._seen.incidents, silenced=self._seen.silenced, undelivered=self._seen.undelivered
        )

    async def close(self) -> None:
        """Look no more; what was promised and not sent waits for who leads next."""
        if self._looking is None:
            return
        self._looking.cancel()
        await asyncio.wait((self._looking,), timeout=1.0)
        if self._watch is not None:
            await self._watch.close()


def _told(look: asyncio.Task[None]) -> tuple[str, ...]:
    """What there is to say of a look that ended by a fault of our own, as the poller says it; the next is in time."""
    error = asyncio.CancelledError() if look.cancelled() else look.exception()
    if error is None:
        return ()
    from collectors.polling.outcome import BUG_REMEDY, worded
    from ops.redact import shown

    return (f"alerts and incidents were not looked at: {shown(str(worded(error)))}; {BUG_REMEDY}",)


def incident_source(config: Config) -> "IncidentSource | None":
    """Who keeps incidents for a config; None where nobody does. It opens nothing before it is asked something."""
    if not config.path:
        return None
    from ops.incidents.book import IncidentBook
    from ops.store.places import store_folder

    return IncidentBook(store_folder(config), config.alerting.incidents)
