"""The line to the terminal: a thread that writes, so that a slow line never holds up the event loop."""

import os
import threading
from collections.abc import Callable

CHUNK = 4096
"""Bytes given to the kernel at once."""
STOP_S = 0.3
"""How long the end waits for a line that takes nothing any more."""


class OutputLine(threading.Thread):
    """Writes bytes in order; tells when it has written all."""

    def __init__(self, fileno: int, on_idle: Callable[[], None], after: "OutputLine | None" = None) -> None:
        """`on_idle` is called on this thread, after something that was waited for has been written.

        Nothing is written before `after` has ended: one that was left behind may still have to write.
        """
        super().__init__(daemon=True, name="terminal-output")
        self._fileno = fileno
        self._on_idle = on_idle
        self._after = after
        self._pending = bytearray()
        self._in_flight = 0
        self._told = False
        self._stopping = False
        self._change = threading.Condition()

    @property
    def backlog_bytes(self) -> int:
        """Bytes that the kernel has not taken yet."""
        return len(self._pending) + self._in_flight

    def put(self, data: bytes) -> None:
        """Write soon."""
        with self._change:
            self._pending += data
            self._change.notify()

    def busy(self) -> bool:
        """Tell whether something is still to be written; if so, `on_idle` is called when it has been."""
        with self._change:
            self._told = self.backlog_bytes > 0
            return self._told

    def run(self) -> None:
        """Write until stopped; a terminal that is gone ends it too (whoever reads the keys says so)."""
        if self._after is not None:
            self._after.join()
            self._after = None
        while True:
            with self._change:
                self._change.wait_for(lambda: self._pending or self._stopping)
                if not self._pending:
                    return
                data = bytes(self._pending)
                self._pending.clear()
                self._in_flight = len(data)
            if not self._write(data):
                return
            with self._change:
                tell = self._told and not self._pending
                self._told = self._told and not tell
            if tell:
                self._on_idle()

    def _write(self, data: bytes) -> bool:
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self._fileno, view[:CHUNK]) :]
            except OSError:
                return False
            self._in_flight = len(view)
        return True

    def stop(self, limit_s: float = STOP_S) -> None:
        """Write what is left, and end; a line that takes nothing is left behind."""
        with self._change:
            self._stopping = True
            self._change.notify()
        if self.is_alive():
            self.join(limit_s)
