"""One end of a pipe to a program, read and written by the loop: bounded memory, and no thread for it."""

import asyncio
import fcntl
import os
from collections.abc import Callable
from contextlib import suppress

PIPE_BYTES = 2**20
"""How much a pipe holds, where the system grants it: what is written in small lines is read in large pieces."""
_FILL_S = 0.001
"""How long a pipe that was empty gets to fill: who writes 4 KiB at a time would wake us for each of them."""
_KEPT_BYTES = 32 * 1024


class Waiters:
    """Whoever waits for pipes of one program; all are woken when nothing more will come through them."""

    def __init__(self) -> None:
        self.over = False
        self._waiting: set[asyncio.Future[None]] = set()

    def end(self) -> None:
        """Nothing more comes, though something that the program left behind may hold a pipe open for ever."""
        self.over = True
        for future in self._waiting:
            _wake(future)

    async def ready(self, descriptor: int, add: Callable[..., None], remove: Callable[[int], object]) -> None:
        """Wait until the descriptor can be used, or the end."""
        if self.over:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        add(descriptor, _wake, future)
        try:
            await future
        finally:
            remove(descriptor)
            self._waiting.discard(future)


class End:
    """Our end of one pipe; `theirs` is handed to the program and closed once it runs."""

    def __init__(self, *, reads: bool, waiters: Waiters) -> None:
        reading, writing = os.pipe2(os.O_CLOEXEC)
        self.theirs, self._ours = (writing, reading) if reads else (reading, writing)
        self._waiters = waiters
        self._open = {self.theirs, self._ours}
        os.set_blocking(self._ours, False)
        self._fill_s = 0.0
        with suppress(OSError):  # a user's limit on pipes: it works with the usual size too
            fcntl.fcntl(self._ours, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
            self._fill_s = _FILL_S

    async def read(self, size: int, *, soon: bool = False) -> bytes:
        """So many bytes, fewer at the end, b"" after it; with `soon` what there is, as soon as there is any."""
        loop, wanted = asyncio.get_running_loop(), size
        parts: list[bytes] = []
        flows = False
        while wanted:
            try:
                piece = os.read(self._ours, wanted)
            except BlockingIOError:
                if self._waiters.over or (soon and parts):
                    break
                if not flows:
                    await self._waiters.ready(self._ours, loop.add_reader, loop.remove_reader)
                flows = False
                await asyncio.sleep(self._fill_s)
                continue
            if not piece:
                break
            flows = True
            parts.append(piece)
            wanted -= len(piece)
        return b"".join(parts)

    async def write(self, data: bytes) -> bool:
        """All of it; False where nobody reads it any more."""
        loop, rest = asyncio.get_running_loop(), memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self._ours, rest) :]
            except BlockingIOError:
                if self._waiters.over:
                    return False
                await self._waiters.ready(self._ours, loop.add_writer, loop.remove_writer)
            except BrokenPipeError:
                return False
        return True

    def close_theirs(self) -> None:
        """The program has its own by now."""
        self._close(self.theirs)

    def close(self) -> None:
        """Both ends, as far as they are open."""
        self._close(self.theirs)
        self._close(self._ours)

    def _close(self, descriptor: int) -> None:
        if descriptor in self._open:
            self._open.discard(descriptor)
            os.close(descriptor)


class Ends:
    """The beginning and the end of a long text; what lies between is counted."""

    def __init__(self, most: int = _KEPT_BYTES) -> None:
        self._most = most
        self._first, self._last = bytearray(), bytearray()
        self._lost = 0

    def add(self, data: bytes) -> None:
        """It goes on."""
        room = self._most - len(self._first)
        self._first += data[:room]
        self._last += data[room:]
        if len(self._last) > 2 * self._most:
            self._lost += len(self._last) - self._most
            del self._last[: -self._most]

    @property
    def whole(self) -> bytes:
        """Both, with a line between them where something is left out."""
        gap = f"\n… {self._lost} bytes are left out …\n".encode() if self._lost else b""
        return bytes(self._first + gap + self._last)


def _wake(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)
