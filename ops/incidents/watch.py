"""Watch: the keeper, the sender and the glance at work in one process; loaded once the floor is live."""

import asyncio
from collections.abc import Callable

from collectors.base import Secret
from collectors.clock import Clock
from collectors.threads import DaemonPool
from ops.board import Board
from ops.config.structs import Config
from ops.incidents.around import Around
from ops.incidents.book import IncidentBook
from ops.incidents.database import connect
from ops.incidents.glance import Glance, Seen
from ops.incidents.keeper import Keeper
from ops.incidents.receipts import receipt
from ops.incidents.source import IncidentError
from ops.notify.registry import receiver
from ops.notify.sender import Channel, Sender
from ops.store.contract import Store
from ops.store.places import store_folder

LEAVE_S = 1.0
"""How long the end of the program waits for what is being sent; whoever leads next sends it again as the same."""


class Watch:
    """For the event loop; whatever waits for the disk is done in `pool`, one thing at a time."""

    def __init__(self, config: Config, clock: Clock, store: Callable[[], Store | None], pool: DaemonPool) -> None:
        self._config, self._clock, self._pool = config, clock, pool
        self._folder = store_folder(config)
        self._around = Around(config, store)
        self._book, self._reading = (IncidentBook(self._folder, config.alerting.incidents) for _ in range(2))
        self._glance = Glance(config.alerting, self._reading)
        self._keeper: Keeper | None = None
        self._sender: Sender | None = None
        self._sending: asyncio.Task[None] | None = None
        self._opened = 0
        self.seen: Seen | None = None
        """What a floor shows of it; None before the first look."""
        self.trouble: tuple[str, ...] = ()
        """What the operator should know, one sentence each."""

    async def turn(self, board: Board, *, leads: bool) -> None:
        """Look once: `seen` and `trouble` are of now then. Who does not lead only reads.

        Raises what is a fault of our own, of the look or of the sender, which is begun anew at the next turn.
        """
        if leads and self._keeper is None:
            await self._lead()
        elif not leads and self._keeper is not None:
            await self._leave()
        now = self._clock.time()
        promised, wrong = await self._pool.run(self._look, board, now)
        if self._opened not in (0, self._book.opened):
            await self._leave()  # another file was begun: what is sent must come from there, from the next turn on
        elif self._keeper is not None:
            self._opened = self._book.opened
        if promised and self._sender is not None:
            self._sender.wake()
        if self._sending is not None and self._sending.done():
            ended = self._sending
            await self._leave()
            ended.result()
        sender = self._sender.trouble if self._sender is not None else ""
        told = (wrong, sender, self._around.trouble, self._around.unread)
        self.trouble = tuple(words for words in told if words)

    def _look(self, board: Board, now: float) -> tuple[int, str]:
        """In the thread: the look of who leads, and what is there to be shown then, also where it can't be written."""
        promised, wrong = 0, ""
        try:
            if self._keeper is not None:
                promised = self._keeper.look(board, now)
        except IncidentError as error:
            wrong = error.words
        finally:
            blind = self._glanced(now)
        return promised, wrong or blind

    def _glanced(self, now: float) -> str:
        try:
            self.seen = self._glance.look(now)
        except IncidentError as error:
            self.seen = self.seen or Seen()
            return error.words
        return ""

    async def _lead(self) -> None:
        channels = await self._pool.run(self._channels)
        self._keeper = Keeper(self._config, self._book, self._around)
        self._sender = Sender(lambda: connect(self._folder), channels, self._clock, receipt)
        self._sending = asyncio.create_task(self._sender.run(), name="outbox")

    def _channels(self) -> dict[str, Channel]:
        # In the thread: each kind of receiver has much to load.
        alerting = self._config.alerting
        none: dict[str, Secret] = {}
        return {
            one.name: Channel.of(one, receiver(one, alerting.secrets.get(one.name, none))) for one in alerting.receivers
        }

    async def _leave(self) -> None:
        """Promise and send nothing more: another process leads now."""
        self._keeper, self._opened = None, 0
        sender, sending = self._sender, self._sending
        self._sender = self._sending = None
        if sender is None or sending is None:
            return
        sender.close()
        await asyncio.wait((sending,), timeout=LEAVE_S)
        sending.cancel()
        await asyncio.wait((sending,), timeout=LEAVE_S)

    async def close(self) -> None:
        """End all of it; waits for nothing that hangs."""
        await self._leave()
        closing = asyncio.create_task(self._pool.run(self._let_go))
        await asyncio.wait((closing,), timeout=LEAVE_S)
        closing.cancel()

    def _let_go(self) -> None:
        self._book.close()
        self._reading.close()
