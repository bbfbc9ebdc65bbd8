"""SharedSource: the BoardSource of a floor beside others. One of them polls, whoever that is at the time."""

import asyncio
import os
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing
from typing import TYPE_CHECKING

from msgspec.structs import replace

from collectors.base import CollectError
from collectors.waits import within
from ops.anew import Anew
from ops.attached import AttachedSource, LeaderGone
from ops.board import Board
from ops.config.structs import Config
from ops.frames import PROTOCOL, Greeting
from ops.leader import Leader, acts_alone, find, leads_somewhere
from ops.live import LiveSource
from ops.meeting import Link
from ops.source import BoardSource
from ops.store.places import store_folder

if TYPE_CHECKING:
    from ops.backup.source import BackupSource
    from ops.drift.source import DriftSource
    from ops.fixes.source import FixSource
    from ops.incidents.source import IncidentSource
    from ops.past.desk import PastDesk

LOOK_S = 1.0
"""How often a floor that polls, but does not lead, looks for the one that does."""
SUCCEED_S = 1.0
"""How long a floor waits at most for another that leads once its own has ended: not all begin to poll at once."""
GIVE_WAY_S = 5.0
"""How long a monitor that asked to lead has for it."""
HOLD_S = 3.0
"""For how long the last Board of a leader stands while this floor reads everything for the first time."""


class SharedSource:
    """Attached to whoever leads; where nobody does, or it ends, this floor polls, and leads if it can."""

    def __init__(self, config: Config, again: Callable[[], Config] | None = None) -> None:
        """`again` reads the config as it is now; raises OpsError. Without it the floor keeps the one it was given."""
        self.config, self._folder = config, store_folder(config)
        self._anew = Anew(config, again)
        settings = config.settings
        self._board = Board(
            name=settings.name, environment=settings.environment, mode="live", at=time.time(), late_s=0.0, rows=()
        )
        self._source: BoardSource | None = None
        """Who has the newest Board; between two of them the one before, whose files are the same."""
        self._refused: tuple[int, str] | None = None
        """The leader that this floor does not attach to, and why."""
        self._said = ""
        """What became of the leader before."""
        self._held: Board | None = None
        """What it showed last, until this floor knows as much."""
        self._asked_away = asyncio.Event()
        self._leader: Leader | None = None
        self._closed = asyncio.Event()

    @property
    def board(self) -> Board:
        """The newest Board."""
        return self._board

    @property
    def past(self) -> "PastDesk | None":
        """What was recorded, by whomever."""
        return self._source.past if self._source else None

    @property
    def fixes(self) -> "FixSource | None":
        """Who does fixes: always this process, with its own rights."""
        return self._source.fixes if self._source else None

    @property
    def incidents(self) -> "IncidentSource | None":
        """Who keeps incidents: a file that all share."""
        return self._source.incidents if self._source else None

    @property
    def drift(self) -> "DriftSource | None":
        """Who knows what was agreed: files that all share."""
        return self._source.drift if self._source else None

    @property
    def backups(self) -> "BackupSource | None":
        """Who knows which backups there are: always this process asks their targets."""
        return self._source.backups if self._source else None

    async def boards(self) -> AsyncGenerator[Board, None]:
        """Each new Board, from whoever leads at the time."""
        found = await self._meet()
        while not self._closed.is_set():
            async with aclosing(self._attached(*found) if found else self._polled()) as boards:
                async for board in boards:
                    self._board = board
                    yield board
            # A floor whose leader has ended looks whether another one was quicker; one that gave way waits for it.
            patience_s = SUCCEED_S * random.random() if found else GIVE_WAY_S  # noqa: S311 - only to be apart
            found = None if self._closed.is_set() else await self._meet(patience_s)
            self._said = "" if found else self._said

    async def _meet(self, within_s: float = 0.0) -> tuple[Link, Greeting] | None:
        """Whoever leads, if this floor can attach to it; waits so long until somebody does."""
        until = time.monotonic() + within_s
        while True:
            found = await find(self._folder)
            if found is not None:
                why = self._refusal(found[1])
                self._refused = (found[1].pid, why) if why else None
                if not why:
                    return found
                found[0].writer.transport.abort()
            if found is not None or time.monotonic() >= until:
                return None
            await asyncio.sleep(SUCCEED_S / 5)

    def _refusal(self, who: Greeting) -> str:
        """Why this floor polls by itself beside a leader; "" where it need not."""
        if who.protocol != PROTOCOL:
            return f"the {who.words} is another version of watchfloor: this floor polls by itself"
        if who.config != os.path.realpath(self.config.path):
            return f"the {who.words} has another config: this floor polls by itself"
        if acts_alone(self.config) and not who.auto:
            return f"the {who.words} does not act by policy: this floor polls by itself, and acts"
        return ""

    async def _attached(self, link: Link, who: Greeting) -> AsyncGenerator[Board, None]:
        self._leader = None
        source = self._source = AttachedSource(self.config, link, who, self._board)
        try:
            async for board in source.boards():
                self._held = board
                yield board
        except LeaderGone as gone:
            since = time.strftime("%H:%M:%S", time.gmtime())
            self._said = f"{gone}: this floor polls by itself since {since} UTC; its percentiles count from then"
        finally:
            await source.close()

    async def _polled(self) -> AsyncGenerator[Board, None]:
        """Poll here, until a monitor wants to or another one leads that can be followed."""
        self._asked_away.clear()
        self.config = await self._anew.config(self.config)
        leader = self._leader = Leader(self.config, "floor", asked_away=self._asked_away.set, before=self._held)
        self._source = leader.source
        elsewhere = asyncio.create_task(self._until_led_elsewhere(leader))
        held_until = time.monotonic() + HOLD_S
        try:
            async with aclosing(leader.boards()) as boards:
                async for board in _until(elsewhere, boards):
                    if time.monotonic() >= held_until or not _waits(board):
                        self._held = None
                    shown = replace(self._held, mode="live", watching="", at=board.at) if self._held else board
                    yield replace(shown, notes=tuple(dict.fromkeys((*self._notes(leader), *shown.notes))))
        finally:
            elsewhere.cancel()
            await leader.close()

    def _notes(self, leader: Leader) -> Iterator[str]:
        if self._said:
            yield self._said
        if self._anew.note:
            yield self._anew.note
        if self._refused is not None and not leader.source.leads:
            yield self._refused[1]

    async def _until_led_elsewhere(self, leader: Leader) -> None:
        while True:
            await within(self._asked_away, LOOK_S)
            if self._asked_away.is_set():
                return
            if not leader.source.leads and (found := await self._meet()) is not None:
                found[0].writer.transport.abort()
                return

    def poll_now(self) -> None:
        """Have everything asked at once, now."""
        if self._source is not None:
            self._source.poll_now()

    async def follow(self, row_id: str) -> AsyncIterator[str]:
        """Live log lines of a row. Raises CollectError."""
        if self._source is None:
            raise CollectError("nothing is read yet", reason="missing")
        async for line in self._source.follow(row_id):
            yield line

    async def close(self) -> None:
        """Stop; who was attached here looks for another leader."""
        self._closed.set()
        if self._leader is not None:
            await self._leader.close()
        elif self._source is not None:
            await self._source.close()


async def _until(ending: "asyncio.Task[None]", boards: AsyncIterator[Board]) -> AsyncGenerator[Board, None]:
    """The Boards that come before a task ends. Raises what ended it."""
    while True:
        coming = asyncio.ensure_future(anext(boards, None))
        try:
            await asyncio.wait((coming, ending), return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not coming.done():
                coming.cancel()
                await asyncio.wait((coming,))
        if ending.done():
            ending.result()
            return
        board = None if coming.cancelled() else coming.result()
        if board is None:
            return
        yield board


def _waits(board: Board) -> bool:
    """Whether something was not read even once yet."""
    return not board.rows or any(row.word == "waiting" for row in board.rows)


def floor_source(config: Config, again: Callable[[], Config] | None = None) -> BoardSource:
    """What a floor of this config shows: its own readings, or those of whoever leads where a history is shared.

    `again` reads the config anew for a floor that begins to poll later on.
    """
    return SharedSource(config, again) if leads_somewhere(config) else LiveSource(config, record=True)
