"""The sender: keeps the promises in the outbox, each receiver by itself, however often that fails or is killed.

An attempt is written down before it is made. One whose end nobody knows is made again as the same message, which a
receiver knows by its id: at least once on the wire, once for the receiver.
"""

import asyncio
import os
import random
import sqlite3
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple, TypeVar

import msgspec

from collectors.clock import Clock
from collectors.threads import DaemonPool
from ops.config.alerting import Receiver
from ops.incidents.source import IncidentError
from ops.notify.deliverer import Deliverer
from ops.notify.outbox import Outbox, Tell
from ops.notify.pauses import Pauses
from ops.notify.structs import Delivery, Message

T = TypeVar("T")
LOOK_S = 1.0
"""How often it looks for what another process promised."""
_GRACE_S = 5.0
CHANGE_S = 3600.0
"""How long a change is tried: an hour later it explains nothing any more."""
LEAVE_S = 3.0
"""How long an attempt may still take when the program ends."""


class Channel(NamedTuple):
    """How one receiver is reached, and how long it is tried."""

    deliverer: Deliverer
    timeout_s: float = 15.0
    """An attempt that takes longer is cancelled; a deliverer's own deadline is sooner, and knows what it waited for."""
    give_up_s: float = 86400.0

    @classmethod
    def of(cls, receiver: Receiver, deliverer: Deliverer) -> "Channel":
        """As the config has it."""
        return cls(deliverer, receiver.timeout + _GRACE_S, float(receiver.give_up))


class Sender:
    """Delivers for all receivers until it is closed. Only the leader has one."""

    def __init__(
        self, connect: Callable[[], sqlite3.Connection], channels: Mapping[str, Channel], clock: Clock, tell: Tell,
        chance: Callable[[], float] = random.random,
    ) -> None:  # fmt: skip
        """`tell` is called in a thread, within the transaction that ends a message; `chance` gives 0 to 1."""
        self._connect, self._channels, self._clock, self._tell, self._chance = connect, channels, clock, tell, chance
        self._pool = DaemonPool(1, name="watchfloor-outbox")
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._woken = {name: asyncio.Event() for name in channels}
        self._leaving = asyncio.Event()
        self.trouble = ""
        """Why the outbox can't be read or written now; "" while it can."""

    def wake(self) -> None:
        """Something was promised: look at once. To be called in the event loop that it runs in."""
        for event in self._woken.values():
            event.set()

    async def run(self) -> None:
        """Deliver until `close`. Attempts that are under way then have three seconds to end."""
        tasks = [asyncio.create_task(self._serve(name, channel)) for name, channel in self._channels.items()]
        tasks.append(asyncio.create_task(self._bury()))
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            # A disk or a connection that hangs must not keep the program from ending.
            last = [channel.deliverer.close() for channel in self._channels.values()]
            last.append(self._pool.run(self._disconnect))
            await asyncio.wait([asyncio.ensure_future(each) for each in last], timeout=LEAVE_S)

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def close(self) -> None:
        """Begin no more; `run` returns soon."""
        self._leaving.set()
        self.wake()

    async def _serve(self, name: str, channel: Channel) -> None:
        pauses = Pauses(self._clock, self._chance)
        while not self._leaving.is_set():
            self._woken[name].clear()
            waiting = await self._ask(lambda box: box.waiting(name)) or []
            message = pauses.first(waiting)
            begun = await self._begin(message) if message is not None else None
            if begun is not None:
                await self._attempt(begun, channel, pauses)
            elif message is None or self.trouble:
                await self._rest(self._woken[name], LOOK_S if self.trouble else min(pauses.left(waiting), LOOK_S))

    async def _begin(self, message: Message) -> Message | None:
        return await self._ask(lambda box: box.begin(message.id))

    async def _rest(self, event: asyncio.Event, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return

    async def _attempt(self, message: Message, channel: Channel, pauses: Pauses) -> None:
        delivery = await self._deliver(message, channel)
        again_s = pauses.after(message, delivery)
        now = self._clock.time()
        if delivery.outcome == "retry" and pauses.age(message) >= _give_up_s(message, channel):
            words = f"given up after {message.attempts} attempts: {delivery.said}"
            again_s, delivery = None, Delivery(outcome="refused", said=words)
        again_at = None if again_s is None else now + again_s
        # An end that can't be written down is not delivered anew: it is written until that works.
        while await self._ask(lambda box: self._ended(box, message, delivery, now, again_at)) is None:
            if self._leaving.is_set():
                return
            await self._clock.sleep(LOOK_S)

    def _ended(self, box: Outbox, message: Message, delivery: Delivery, now: float, again_at: float | None) -> Message:
        known = box.message(message.id)
        if known is None or (known.group, known.made_at) != (message.group, message.made_at):
            return message  # the file was begun anew meanwhile: it knows nothing of it
        return box.done(message.id, delivery, now, again_at, self._tell)

    async def _deliver(self, message: Message, channel: Channel) -> Delivery:
        attempt = asyncio.create_task(channel.deliverer.deliver(message))
        leaving = asyncio.create_task(self._leaving.wait())
        try:
            await asyncio.wait({attempt, leaving}, timeout=channel.timeout_s, return_when=asyncio.FIRST_COMPLETED)
            late = f"no answer within {channel.timeout_s:g} s"
            if not attempt.done() and leaving.done():
                late = "watchfloor ended before there was an answer"
                await asyncio.wait({attempt}, timeout=min(LEAVE_S, channel.timeout_s))
            return _ended(attempt, late)
        finally:
            for task in (attempt, leaving):
                task.cancel()
            await asyncio.wait({attempt, leaving}, timeout=1.0)

    async def _bury(self) -> None:
        """What waits for a receiver that the config has no more will never be sent: say so."""
        while not self._leaving.is_set():
            for name in await self._ask(Outbox.receivers) or ():
                if name not in self._channels:
                    await self._ask(partial(self._dead, name))
            await self._rest(self._leaving, LOOK_S)

    def _dead(self, name: str, box: Outbox) -> None:
        said = Delivery(outcome="refused", said=f'the config has no receiver "{name}" any more')
        for message in box.waiting(name):
            box.done(message.id, said, self._clock.time(), None, self._tell)

    async def _ask(self, question: Callable[[Outbox], T]) -> T | None:
        """Ask the outbox in its thread; None where it can't be, with the reason in `trouble`."""
        try:
            answer: T = await self._pool.run(self._asked, question)
        except (sqlite3.Error, msgspec.MsgspecError, IncidentError) as error:
            self.trouble = f"the outbox can't be used: {error}"
            return None
        self.trouble = ""
        return answer

    def _asked(self, question: Callable[[Outbox], T]) -> T:
        # A file that was damaged is set aside by whoever finds that: what is promised from then on is in the new one.
        if self._connection is not None and _file_of(self._connection) not in (self._file, None):
            self._disconnect()
        if self._connection is None:
            self._connection = self._connect()
            self._file = _file_of(self._connection)
        return question(Outbox(self._connection))


def _give_up_s(message: Message, channel: Channel) -> float:
    return min(channel.give_up_s, CHANGE_S) if message.action == "change" else channel.give_up_s


def _file_of(connection: sqlite3.Connection) -> tuple[int, int] | None:
    """What is there now by the name of the file that was opened; None where nothing is, or nothing can be seen."""
    try:
        there = os.stat(connection.execute("PRAGMA database_list").fetchone()[2])
    except OSError:
        return None
    return there.st_dev, there.st_ino


def _ended(attempt: "asyncio.Task[Delivery]", late: str) -> Delivery:
    if not attempt.done():
        return Delivery(outcome="retry", said=late)
    if attempt.cancelled():
        return Delivery(outcome="retry", said="the attempt was cancelled")
    error = attempt.exception()
    if error is not None:
        return Delivery(outcome="retry", said=f"the receiver broke down: {type(error).__name__}")
    return attempt.result()
