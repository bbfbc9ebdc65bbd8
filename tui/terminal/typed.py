"""Keys one after the other: what a key does is done before the next one is given to whoever has the keys then."""

import asyncio
from collections import deque
from functools import cached_property

from textual import events
from textual.app import App, ReturnType
from textual.message import Message

TURNS = 200
"""So many turns of the loop a key has for its way; what came behind one that was left on it must not wait for ever."""


class KeyDone(Message):
    """Goes the whole way behind a key, from who has the keys up to the app: what that key does is done."""


class OrderedKeys(App[ReturnType]):
    """An app that has one key under way at a time.

    Textual gives each at once to who has the keys. A key that gives them to somebody else takes some turns of the loop
    until it does: those right behind it, as over a slow line, went to who had them before, came back late, and stood
    behind later ones.
    """

    _behind: KeyDone | None = None
    """What goes behind the key that is under way; None where none is."""

    @cached_property
    def _typed(self) -> deque[events.Key | events.Paste]:
        return deque()

    async def on_event(self, event: events.Event) -> None:
        """Take keys and pastes in their order, and everything else at once."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self._typed.append(event)
            await self._give_keys()
        else:
            await super().on_event(event)

    async def on_key_done(self, message: KeyDone) -> None:
        """The next one."""
        if message is self._behind:
            self._behind = None
            await self._give_keys()

    async def _give_keys(self) -> None:
        while self._typed and self._behind is None:
            event = self._typed.popleft()
            await super().on_event(event)
            if event.is_forwarded:
                self._behind = KeyDone()
                (self.focused or self.screen).post_message(self._behind)
                self._wait_on(self._behind, TURNS)

    def _wait_on(self, behind: KeyDone, left: int) -> None:
        if self._behind is not behind:
            return
        if left:
            asyncio.get_running_loop().call_soon(self._wait_on, behind, left - 1)
        else:
            self._behind = None
            self.call_later(self._give_keys)
