"""Who leads: the one process of a floor that polls, records and alerts, while others watch what it sees."""

import asyncio
import os
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from pathlib import Path

from msgspec.structs import replace

from collectors.text import clean
from ops.board import Board
from ops.config.structs import Config
from ops.errors import OpsError
from ops.frames import PROTOCOL, FrameError, GiveWay, Greeting, Role, encoded, read_told
from ops.live import LiveSource
from ops.meeting import Link, meet
from ops.serving import Serving
from ops.store.places import store_folder

GREET_S = 1.0
"""A leader that has not said who it is by then hangs."""


class LeaderHeld(OpsError):
    """Another process leads already."""

    exit_status = 75
    """sysexits.h: EX_TEMPFAIL. Asking again once that one has ended may work."""


def leads_somewhere(config: Config) -> bool:
    """Whether a floor of this config can lead or follow: it has a history that processes share."""
    return bool(config.path) and config.store.record


def acts_alone(config: Config) -> bool:
    """Whether policy acts with this config."""
    return config.auto.enabled and bool(config.path) and not config.settings.read_only


def greeting(config: Config, role: Role) -> Greeting:
    """How this process introduces itself."""
    path = os.path.realpath(config.path)
    return Greeting(PROTOCOL, os.getpid(), role, clean(socket.gethostname()), path, acts_alone(config))


async def find(folder: Path) -> tuple[Link, Greeting] | None:
    """A line to whoever leads there, and who it is; None where nobody leads, or nobody answers. Bounded in time."""
    link = await meet(folder)
    if link is None:
        return None
    with suppress(TimeoutError, EOFError, OSError, FrameError):
        async with asyncio.timeout(GREET_S):
            first = await read_told(link.reader)
        if isinstance(first, Greeting):
            return link, first
    link.writer.transport.abort()
    return None


async def ask_away(folder: Path) -> Greeting | None:
    """Ask a floor that leads to give way to this monitor; gives a monitor that does not, None where the way is free."""
    found = await find(folder)
    if found is None:
        return None
    link, who = found
    try:
        if who.role == "monitor":
            return who
        link.writer.write(encoded(GiveWay()))
        await link.writer.drain()
    except OSError:
        return None  # it has ended meanwhile
    finally:
        link.writer.close()
    return None


class Leader:
    """A floor that polls here, and serves those who attach to it as long as it is the one that records."""

    def __init__(
        self,
        config: Config,
        role: Role,
        *,
        asked_away: Callable[[], None] | None = None,
        before: Board | None = None,
    ) -> None:
        """`before` is what another leader showed last: its charts go on, its incidents until it was looked here."""
        self._before = before
        self.config, self._role, self._asked_away = config, role, asked_away
        self.source = LiveSource(config, record=True, before=before, schedules=role == "monitor")
        self._folder = store_folder(config) if leads_somewhere(config) else None
        self._serving: Serving | None = None
        self._closing: asyncio.Task[None] | None = None

    async def boards(self) -> AsyncGenerator[Board, None]:
        """As of the source; may be ended and called again, after `change` too."""
        async for read in self.source.boards():
            board = self._before = self._going_on(read)
            if self._folder is not None and (self._serving is not None or self.source.leads):
                await self._serve(self._folder, board)
            yield self._noted(board)

    async def _serve(self, folder: Path, board: Board) -> None:
        if self._serving is None:
            self._serving = Serving(folder, greeting(self.config, self._role), asked_away=self._asked_away)
        await self._serving.show(board, self.source)

    def _going_on(self, board: Board) -> Board:
        before = self._before
        if self.source.looked or before is None:
            return board
        return replace(board, incidents=before.incidents, silenced=before.silenced, undelivered=before.undelivered)

    def _noted(self, board: Board) -> Board:
        trouble = self._serving.trouble if self._serving is not None else ""
        return replace(board, notes=(*board.notes, trouble)) if trouble else board

    async def change(self, config: Config) -> None:
        """Go on with another config; those who are attached stay, as long as it has the same history."""
        folder = store_folder(config) if leads_somewhere(config) else None
        if folder != self._folder and self._serving is not None:
            self._serving.withdraw()
        await self.source.close()
        if folder != self._folder:
            await self._stop_serving()
        self.config, self._folder = config, folder
        if self._serving is not None:
            self._serving.greeting = greeting(config, self._role)
        self.source = LiveSource(config, record=True, before=self._before, schedules=self._role == "monitor")

    async def _stop_serving(self) -> None:
        serving, self._serving = self._serving, None
        if serving is not None:
            await serving.close()

    async def close(self) -> None:
        """Stop; whoever is attached looks for another leader. The lock is free before they are told.

        It is done once, however often it is asked for, and whoever asks waits for it.
        """
        if self._closing is None:
            self._closing = asyncio.create_task(self._close(), name="leader's end")
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        if self._serving is not None:
            self._serving.withdraw()
        try:
            await self.source.close()
        finally:
            await self._stop_serving()
