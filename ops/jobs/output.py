"""A job's output as it is written: the first lines, the newest lines, and a count and digest of all.

It is a row of files, output.0, output.1 …: the first is kept, and of the others the newest two. A line is one JSON
object; `cat output.* | sha256sum` is the digest of a job of which nothing was left out.
"""

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from collectors.text import LINE_LIMIT, clean
from ops.durable import write_all

FIRST_BYTES = 8 * 1024 * 1024
"""What is kept of the beginning …"""
NEXT_BYTES = 8 * 1024 * 1024
"""… and the size of each of the two files with the newest."""
_BLOCK = 64 * 1024
_EVERY_S = 0.05
Later = Callable[[float, Callable[[], None]], object]
"""Calls something after so many seconds, as `loop.call_later` does."""


def part(folder: Path, number: int) -> Path:
    """The file with the number."""
    return folder / f"output.{number}"


class OutputWriter:
    """Takes lines, writes them at most every 50 ms, and never fails: without room, lines are left out and counted."""

    def __init__(
        self,
        folder: Path,
        later: Later,
        clock: Callable[[], float],
        limits: tuple[int, int] = (FIRST_BYTES, NEXT_BYTES),
    ) -> None:
        """Begins the output of a job: `later` and `clock` (UTC seconds) are the loop's and the system's."""
        self._folder, self._later, self.clock = folder, later, clock
        self._limits = limits
        self._digest = hashlib.sha256()
        self._block: list[bytes] = []
        self._waiting = 0
        self._flush_due = False
        self._flushed_at = 0.0
        self._number = 0
        self._file: int | None = None
        self._size = 0
        self._counts: dict[int, int] = {}
        """How many lines each newest file has."""
        self.lines = 0
        self.left_out = 0

    @property
    def digest(self) -> str:
        """SHA-256 of all lines so far, as they are written."""
        return self._digest.hexdigest()

    def add(self, kind: str, text: str) -> None:
        """One line, masked before; written at once when it is the first for a while."""
        now = self.clock()
        line = {"number": self.lines, "at": round(now, 3), "kind": kind, "text": clean(text, LINE_LIMIT)}
        data = msgspec.json.encode(line) + b"\n"
        self._digest.update(data)
        self.lines += 1
        self._block.append(data)
        self._waiting += len(data)
        if self._waiting >= _BLOCK or now - self._flushed_at >= _EVERY_S or now < self._flushed_at:
            self.flush()
        elif not self._flush_due:
            self._flush_due = True
            self._later(_EVERY_S, self.flush)

    def flush(self) -> None:
        """Write what waits."""
        self._flush_due = False
        block, self._block, self._waiting = self._block, [], 0
        self._flushed_at = self.clock()
        if not block:
            return
        try:
            self._write(b"".join(block), len(block))
        except OSError:
            self._dropped(block)

    def close(self) -> None:
        """Write what waits, durably as far as that is possible, and take no more."""
        self.flush()
        if self._file is not None:
            with suppress(OSError):  # what can't be kept of the output never changes how the job ended
                os.fsync(self._file)
            os.close(self._file)
            self._file = None

    def _write(self, data: bytes, lines: int) -> None:
        file = self._file
        if file is None or self._size + len(data) > self._limits[self._number > 0]:
            file = self._next()
        write_all(file, data)
        self._size += len(data)
        self._counts[self._number] = self._counts.get(self._number, 0) + lines

    def _next(self) -> int:
        """Begin the next file; of the newest only two stay."""
        number = self._number + (self._file is not None)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        opened = os.open(part(self._folder, number), flags, 0o600)
        if self._file is not None:
            os.close(self._file)
        self._file, self._number, self._size = opened, number, 0
        if number - 2 > 0:
            part(self._folder, number - 2).unlink(missing_ok=True)
            self.left_out += self._counts.pop(number - 2, 0)
        return opened

    def _dropped(self, block: list[bytes]) -> None:
        """Without room: what went in wholly stays, the rest is left out."""
        kept = 0
        if self._file is not None:
            room = os.fstat(self._file).st_size - self._size
            for data in block:
                if len(data) > room:
                    break
                room -= len(data)
                self._size += len(data)
                kept += 1
            with suppress(OSError):  # a torn line is passed over by whoever reads
                os.ftruncate(self._file, self._size)
            self._counts[self._number] = self._counts.get(self._number, 0) + kept
        self.left_out += len(block) - kept
