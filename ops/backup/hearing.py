"""Hears what another program tells of backups: line by line, no faster than it is wanted, and ends it with the wish."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from typing import Generic, TypeVar

from ops.backup.errors import BackupError
from ops.backup.stages import closing
from ops.backup.started import Started, failed, last_words
from ops.backup.wire import END, LINE_BYTES, Asked, Ended, read, written

NICE = 5
STARTS_S = 15.0
"""So much longer it may take until it is first heard of: this machine may be busy."""
PATIENCE_S = 0.5
"""How long it has to tidy up when nobody wants more of it."""
_PIECE_BYTES = 64 * 1024
T = TypeVar("T")
S = TypeVar("S")


class Answer(Generic[T]):
    """What is answered to one question; nothing is begun before its items are asked for."""

    def __init__(
        self, arguments: Sequence[str], asked: Asked, kind: type[T], within_s: float, silence: BackupError
    ) -> None:
        """`silence` is raised when nothing was heard for so long."""
        self._arguments, self._asked, self._kind = arguments, asked, kind
        self._within_s, self._silence = within_s, silence
        self._name = f"what reads the backups of {asked.set}"
        self.ended = Ended()
        """How it went, after the last item."""

    async def items(self) -> AsyncIterator[T]:
        """What it tells, in order. Raises BackupError, also after some. Closed early, the program is ended."""
        started = Started(self._arguments, self._name)
        try:
            # Secrets of targets may stand in the environment.
            await started.start(dict(os.environ), "", NICE, feeds=True, leads=True)
            if started.input is not None:
                await started.input.write(written(self._asked))
            async with closing(self._lines(started)) as lines:
                async for line in lines:
                    if line.startswith(END):
                        self.ended = self._read(line[len(END) :], Ended)
                        break
                    if line:
                        yield self._read(line, self._kind)
                else:
                    raise await self._broken(started)
        finally:
            await started.close(PATIENCE_S)
        if self.ended.error:
            raise BackupError(self.ended.error, self.ended.remedy, reason=self.ended.reason)

    async def _lines(self, started: Started) -> AsyncIterator[bytes]:
        rest = bytearray()
        patience_s = self._within_s + STARTS_S
        while piece := await self._heard(started, patience_s):
            patience_s = self._within_s
            rest += piece
            *lines, rest = rest.split(b"\n")
            for line in lines:
                yield bytes(line)
            if len(rest) > LINE_BYTES:
                raise BackupError(f"{self._name} wrote a line without an end", "report it")
            await asyncio.sleep(0)

    async def _heard(self, started: Started, within_s: float) -> bytes:
        try:
            async with asyncio.timeout(within_s):
                return await started.out.read(_PIECE_BYTES, soon=True)
        except TimeoutError as error:
            raise self._silence from error

    def _read(self, line: bytes, kind: type[S]) -> S:
        try:
            return read(line, kind)
        except ValueError as error:
            raise BackupError(f"{self._name} wrote something else than that", "look once more") from error

    async def _broken(self, started: Started) -> BackupError:
        await started.wait()
        if started.code:
            return failed(self._name, started.code, started.err.whole)
        words = last_words(started.err.whole)
        return BackupError(f"{self._name} ended without a word{f': {words}' if words else ''}", "look once more")
