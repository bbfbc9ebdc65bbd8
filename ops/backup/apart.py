"""ApartBackups: the BackupSource of a floor, which has a program of its own ask targets and read backups.

Libraries of object stores, compression and encryption cost much memory and stall whoever loads them: beside a floor
they cost it neither. A target that hangs takes no thread of it: the program is ended.
"""

import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from msgspec.structs import replace

from ops.backup.base import Wish
from ops.backup.desk import BackupDesk
from ops.backup.errors import BackupError
from ops.backup.hearing import Answer
from ops.backup.source import BackupSource
from ops.backup.stages import closing
from ops.backup.structs import Found, Kept, Overwrite, Standing
from ops.backup.unanswered import silent, unanswered
from ops.backup.wire import Asked
from ops.config.structs import Config

PROGRAM = "ops.backup.answering"
LOOKS_S = 120.0
"""What there is now is counted before a restore: nothing may be heard for so long, whatever the set's timeout is."""
T = TypeVar("T")
_HERE: ContextVar[bool] = ContextVar("backups are read in this process", default=False)


def backups_of(config: Config) -> BackupSource:
    """Who reads backups for a floor; in this process where there is no config file that another could load."""
    return ApartBackups(config) if config.path and not _HERE.get() else in_this_process(config)


def in_this_process(config: Config) -> BackupSource:
    """The same for a process that draws nothing and is done soon, as a job or a command: it spares that program."""
    return BackupDesk(config)


@contextmanager
def read_here() -> Iterator[None]:
    """Within it `backups_of` reads in this process too."""
    token = _HERE.set(True)
    try:
        yield
    finally:
        _HERE.reset(token)


class ApartBackups(BackupDesk):
    """Names, what runs, and what is known here are read here; all that needs a target or a library is read apart."""

    async def standing(self, name: str, *, ask: bool = True) -> Standing:
        """How a set stands. Without `ask` only what is known here is told, and the target is not asked."""
        if not ask:
            return await super().standing(name, ask=False)
        answer = await self._answer(Asked(what="standing", set=name), Kept)
        try:
            kept = await _all(answer)
        except BackupError as error:
            if error.reason != "timeout":
                raise
            return silent(await super().standing(name, ask=False), error)
        if answer.ended.standing is None:
            raise BackupError(f"what reads the backups of {name} did not say how they stand", "look once more")
        return replace(answer.ended.standing, kept=tuple(kept))

    async def kept(self, name: str, backup: str = "") -> Kept:
        """One backup: by the beginning of its id, "latest", "verified", or a time. Raises BackupError."""
        (one,) = await _all(await self._answer(Asked(what="kept", set=name, backup=backup), Kept))
        return one

    async def contents(self, name: str, backup: str, *, pattern: str = "") -> AsyncIterator[Found]:
        """What is inside one, in order; what is not taken is not read, and who leaves off ends the reading."""
        asked = Asked(what="contents", set=name, backup=backup, pattern=pattern)
        async with closing((await self._answer(asked, Found)).items()) as found:
            async for one in found:
                yield one

    async def overwrites(self, name: str, backup: str, wish: Wish) -> Sequence[Overwrite]:
        """What a restore would change, as it is now. Raises BackupError "refused" for a wrong or non-empty place."""
        return await _all(
            await self._answer(Asked(what="overwrites", set=name, backup=backup, wish=wish), Overwrite, LOOKS_S)
        )

    async def expiring(self, name: str) -> Sequence[Kept]:
        """All of a set with reasons, and why each that goes goes: the dry run of a prune."""
        return tuple(await _all(await self._answer(Asked(what="expiring", set=name), Kept)))

    async def _answer(self, asked: Asked, kind: type[T], least_s: float = 0.0) -> Answer[T]:
        async with self._target(asked.set) as target:
            shown, config = target.shown, target.config
        within_s = max(float(config.timeout), least_s)
        arguments = [sys.executable, "-P", "-m", PROGRAM, self._config.path]
        return Answer(arguments, asked, kind, within_s, unanswered(shown, within_s))


async def _all(answer: Answer[T]) -> list[T]:
    async with closing(answer.items()) as items:
        return [one async for one in items]
