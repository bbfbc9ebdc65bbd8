"""What the screen of backups reads: how each set stands, from what is known here and from its target."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from msgspec.structs import replace

from ops.backup.errors import BackupError
from ops.backup.source import BackupSource
from ops.backup.structs import Running, Standing
from tui.panes.backup_known import Known, known

TOGETHER = 4
"""Sets whose targets are asked at the same time."""


class Seen(NamedTuple):
    """What was read."""

    version: int | None = None
    names: Sequence[str] = ()
    sets: Mapping[str, Known] = {}
    """In file order; a set that could not be read at all is not there."""
    troubles: Mapping[str, str] = {}
    """Why sets could not be read, and what to do; "" is the name of all of them."""

    @property
    def trouble(self) -> str:
        """All of it, one sentence after the other."""
        return " ".join(f"{name}: {why}." if name else f"{why}." for name, why in self.troubles.items())

    def having(self, one: Known) -> "Seen":
        """With this set as it is now, and no trouble with it."""
        name = one.standing.set
        sets = {**self.sets, name: one}
        troubles = {other: why for other, why in self.troubles.items() if other != name}
        return self._replace(sets={other: sets[other] for other in self.names if other in sets}, troubles=troubles)

    def troubled(self, name: str, why: str) -> "Seen":
        """With a trouble of a set, which keeps what was read of it before."""
        return self._replace(troubles={**self.troubles, name: why})


def words(error: BackupError) -> str:
    """What went wrong, and what to do about it."""
    return f"{error.message.rstrip('.')}: {error.remedy.rstrip('.')}" if error.remedy else error.message.rstrip(".")


class Reader:
    """Reads, and keeps what it read. Every call may be cancelled; `changed` is called after each answer."""

    def __init__(self, source: BackupSource, changed: Callable[[], None]) -> None:
        self._source, self._changed = source, changed
        self.seen = Seen()
        self._asked_version: int | None = None
        """What was written by then is known of the sets too."""

    @property
    def stale(self) -> bool:
        """Whether something was written since the targets were asked."""
        return self.seen.version != self._asked_version

    async def glance(self) -> None:
        """Take what is known here: the sets, and what is done to them now."""
        try:
            version, names, runs = await asyncio.to_thread(self._glanced)
        except BackupError as error:
            self.seen = self.seen.troubled("", words(error))
            self._changed()
            return
        troubles = {name: why for name, why in self.seen.troubles.items() if name in names}
        sets = {name: self.seen.sets[name] for name in names if name in self.seen.sets}
        self.seen = self.seen._replace(version=version, names=names, sets=sets, troubles=troubles)
        for name in names:
            if name not in self.seen.sets:
                await self._first(name)
            elif runs[name] != (one := self.seen.sets[name]).standing.running:
                self.seen = self.seen.having(one._replace(standing=replace(one.standing, running=runs[name])))
        self._changed()

    def _glanced(self) -> tuple[int, tuple[str, ...], Mapping[str, Running | None]]:
        names = tuple(self._source.names())
        return self._source.version(), names, {name: self._source.running(name) for name in names}

    async def _first(self, name: str) -> None:
        """Show what is known of a set until its target has answered."""
        try:
            light = await self._source.standing(name, ask=False)
        except BackupError as error:
            self.seen = self.seen.troubled(name, words(error))
        else:
            await self._have(light, asked=False)

    async def _have(self, standing: Standing, *, asked: bool) -> None:
        one = await asyncio.to_thread(partial(known, standing, asked=asked))
        self.seen = self.seen.having(one)  # as it is after the wait: others have answered meanwhile

    async def ask(self, names: Sequence[str] = ()) -> None:
        """Ask the targets, of all sets or of these."""
        self._asked_version = self.seen.version
        gate = asyncio.Semaphore(TOGETHER)

        async def one(name: str) -> None:
            async with gate:
                await self._ask(name)

        async with asyncio.TaskGroup() as group:
            for name in names or self.seen.names:
                group.create_task(one(name))

    async def _ask(self, name: str) -> None:
        try:
            standing = await self._source.standing(name)
        except BackupError as error:
            self.seen = self.seen.troubled(name, words(error))
        else:
            await self._have(standing, asked=True)
        self._changed()
