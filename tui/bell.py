"""The floor's own terminal as a receiver of alerts: its bell and its notes, also for what a monitor beside it sends."""

import asyncio
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from tui.pages import Pages
from tui.working import begin

if TYPE_CHECKING:
    from ops.incidents.source import IncidentError, IncidentSource
    from ops.notify.structs import Message

LOOK_S = 1.0
FRESH_S = 60.0
"""What was sent longer ago is no news: a floor that has just come back does not ring for it."""
_MOST = 50


def news(messages: "Iterable[Message]", names: Collection[str], heard: int, now: float) -> "Iterator[Message]":
    """Messages to these receivers that were sent since the one with the id `heard`, oldest first."""
    fresh = (one for one in messages if one.id > heard and one.receiver in names and one.state == "sent")
    yield from sorted((one for one in fresh if now - (one.sent_at or one.made_at) <= FRESH_S), key=lambda one: one.id)


class Belled(Pages):
    """An app whose terminal rings, where the config has a `[[notify]]` of that kind."""

    _hang_up: Callable[[], None] | None = None
    _seen = -1
    _heard = 0
    _deaf = False

    def on_mount(self) -> None:
        """Be there for what is sent, once the first picture is."""
        if any(receiver.kind == "terminal" for receiver in self.config.alerting.receivers):
            self.call_after_refresh(self._open_bell)

    def _open_bell(self) -> None:
        from ops.notify.terminals import attach

        self._hang_up = attach(self._write)
        self.set_interval(LOOK_S, self._look)

    async def on_unmount(self) -> None:
        """Ring no more."""
        if self._hang_up is not None:
            self._hang_up()

    def _write(self, text: str) -> None:
        if self._driver is not None:
            self._driver.write(text)

    def _look(self) -> None:
        """Ring for what a monitor has sent that this floor watches: there is no terminal where that runs."""
        source = self.source
        if source is not None and source.incidents is not None and source.board.mode == "attached":
            begin(self, partial(self._hear, source.incidents), group="bell", exclusive=True)

    async def _hear(self, incidents: "IncidentSource") -> None:
        from ops.incidents.source import IncidentError
        from ops.notify.receivers.terminal import sequence

        names = {receiver.name for receiver in self.config.alerting.receivers if receiver.kind == "terminal"}
        try:
            messages = await asyncio.to_thread(self._sent, incidents)
        except IncidentError as error:
            self._tell_deaf(error)
            return
        self._deaf = False
        for message in news(messages, names, self._heard, self.floor.clock()):
            self._heard = message.id
            self._write(sequence(message, os.environ))

    def _sent(self, incidents: "IncidentSource") -> "Sequence[Message]":
        """What is in the outbox, for a thread; nothing where nothing was written since."""
        version = incidents.version()
        if version == self._seen:
            return ()
        messages = incidents.messages(limit=_MOST)
        self._seen = version
        return messages

    def _tell_deaf(self, error: "IncidentError") -> None:
        """Say once that nothing can be heard, until something can again."""
        if not self._deaf:
            self._deaf = True
            self.notify(f"this terminal does not ring: {error.message}", severity="error", markup=False)
