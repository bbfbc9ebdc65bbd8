"""Gives all readers of one host the same SSH connection: opened by the first, closed with the last."""

import asyncio
import os
from collections.abc import Callable
from typing import NamedTuple

from collectors.programs.run import OUTPUT_LIMIT, Ended
from collectors.ssh.address import Address
from collectors.ssh.link import Link, open_link

Phase = Callable[[str], None]


class _Key(NamedTuple):
    """What must be equal for a connection to be shared."""

    loop: asyncio.AbstractEventLoop
    address: Address
    config_file: str


class _Session:
    """The connection to one host, if there is one now, and how many readers want it."""

    def __init__(self) -> None:
        self.readers = 0
        self.link: Link | None = None
        self.opening: asyncio.Task[Link] | None = None

    def opened(self, opening: asyncio.Task[Link]) -> None:
        if self.opening is opening:
            self.opening = None
        if opening.cancelled() or opening.exception() is not None:
            return
        if self.readers:
            self.link = opening.result()
        else:
            opening.result().stop()

    def drop(self) -> None:
        """Let go of a link that is of no more use."""
        if self.link is not None:
            self.link.retire()
            self.link = None

    async def close(self) -> None:
        link, self.link = self.link, None
        if self.opening is not None:
            self.opening.cancel()
            await asyncio.wait([self.opening])
        if link is not None:
            await link.end()


_sessions: dict[_Key, _Session] = {}


class Remote:
    """A host over SSH, as one reader sees it. Nothing is opened before it is first needed."""

    def __init__(self, address: Address, config_file: str, timeout_s: float) -> None:
        self.address = address
        self._config_file = os.path.expanduser(config_file)
        self._connect_s = max(1, int(timeout_s - 0.5))
        """Sooner than the reader's own deadline, so that ssh's reason is told and not only that it took too long."""
        self._key: _Key | None = None

    async def link(self, phase: Phase) -> Link:
        """The connection, logged in; a lost one is replaced. Raises CollectError.

        A login goes on when its first reader gives up, so one that takes longer than a poll is there for the next.
        """
        session = self._session()
        if session.link is not None and not session.link.alive:
            session.drop()
        if session.link is not None:
            return session.link
        phase(f"logging in to {self.address.host} over SSH")
        if session.opening is None:
            session.opening = asyncio.create_task(open_link(self.address, self._config_file, self._connect_s))
            session.opening.add_done_callback(session.opened)
        return await asyncio.shield(session.opening)

    async def run(self, command: str, phase: Phase, limit: int = OUTPUT_LIMIT) -> Ended:
        """Run a constant command over there. Raises CollectError when there is no connection."""
        link = await self.link(phase)
        phase(f"waiting for {self.address.host}")
        return await link.run(command, limit)

    def renew(self) -> None:
        """Log in anew next time: what the host allows a user is settled at the login."""
        if self._key is not None:
            _sessions[self._key].drop()

    async def close(self) -> None:
        """Need it no more; the last reader closes it."""
        if self._key is None:
            return
        key, self._key = self._key, None
        session = _sessions[key]
        session.readers -= 1
        if not session.readers:
            del _sessions[key]
            await session.close()

    def _session(self) -> _Session:
        if self._key is None:
            self._key = _Key(asyncio.get_running_loop(), self.address, self._config_file)
            _sessions.setdefault(self._key, _Session()).readers += 1
        return _sessions[self._key]
