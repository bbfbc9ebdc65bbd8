"""How far something is: bytes, rate and what is left, told a few times a second and kept where others can read it."""

import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec.structs import replace

from ops.backup.locks import holder
from ops.backup.storing import safe_set
from ops.backup.structs import Running
from ops.durable import replace_file

TELL_S = 0.25
_WRITE_S = 1.0
_RATE_S = 10.0
"""The rate is that of the last so many seconds."""


class Meter:
    """Counts; whoever holds the set's lock has one."""

    def __init__(
        self,
        running: Running,
        file: Path,
        tell: Callable[[Running], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._running, self._file, self._tell, self._monotonic = running, file, tell, monotonic
        self._last_told = self._last_written = -_WRITE_S
        self._seen: deque[tuple[float, int]] = deque([(monotonic(), 0)])

    @property
    def bytes(self) -> int:
        """So many since the beginning of what is done now."""
        return self._running.bytes

    def begin(self, words: str, total_bytes: int = 0) -> None:
        """Something else is done now, with about so many bytes; it is counted from 0."""
        now = self._monotonic()
        self._seen = deque([(now, 0)])
        self._running = replace(
            self._running, words=words, total_bytes=total_bytes, bytes=0, bytes_per_s=0.0, eta_s=None
        )
        self._out(force=True)

    def says(self, words: str) -> None:
        """What of it is done now."""
        self._running = replace(self._running, words=words)
        self._out(force=True)

    def stream(self) -> Callable[[int], None]:
        """What hears how many bytes of one stream were done so far; several may go at once."""
        before = 0

        def at(count: int) -> None:
            nonlocal before
            self._add(count - before)
            before = count

        return at

    def _add(self, count: int) -> None:
        now, total = self._monotonic(), self._running.bytes + count
        if now - self._seen[-1][0] >= TELL_S:
            self._seen.append((now, total))
            while len(self._seen) > 2 and now - self._seen[1][0] > _RATE_S:
                self._seen.popleft()
        began, first = self._seen[0]
        rate = (total - first) / (now - began) if now > began else 0.0
        left = self._running.total_bytes - total
        eta_s = left / rate if rate > 0 and left > 0 else None
        self._running = replace(self._running, bytes=total, bytes_per_s=rate, eta_s=eta_s)
        self._out()

    def _out(self, *, force: bool = False) -> None:
        now = self._monotonic()
        if force or now - self._last_told >= TELL_S:
            self._last_told = now
            self._tell(self._running)
        if force or now - self._last_written >= _WRITE_S:
            self._last_written = now
            # Without room nobody else sees how far it is, which matters less than that it goes on.
            with suppress(OSError):
                self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                replace_file(self._file, msgspec.json.encode(self._running), sync=False)

    def end(self) -> None:
        """Nothing is done any more."""
        with suppress(OSError):
            self._file.unlink(missing_ok=True)


def running_file(folder: Path, name: str) -> Path:
    """Where it is kept how far a set is."""
    return folder / "running" / f"{safe_set(name)}.json"


def running(folder: Path, name: str) -> Running | None:
    """What is being done to a set now, by any process of this state folder; None for nothing."""
    owner = holder(folder, name)
    if owner is None:
        return None
    try:
        return msgspec.json.decode(running_file(folder, name).read_bytes(), type=Running)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return Running(what=owner.what or "run", since=owner.since)
