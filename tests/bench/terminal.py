"""Runs a program in a pseudo-terminal and measures it from outside: what it writes, when, and what that costs."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

QUERY_ANSWERS = (
    (b"\x1b[?2026$p", b"\x1b[?2026;2$y"),
    (b"\x1b[c", b"\x1b[?62;c"),
    (b"\x1b[6n", b"\x1b[1;1R"),
    (b"\x1b[5n", b"\x1b[0n"),
)
"""What a modern terminal answers, so that no program waits for it."""
_SEQUENCE = re.compile(rb"\x1b(?:\[[0-9;?<>=$]*[ -/]*[@-~]|\][^\x07]*\x07|[()][A-Z0-9]|.)")


class Terminal:
    """One program in a 120x40 truecolor pseudo-terminal of its own."""

    def __init__(self, argv: Sequence[str], *, width: int = 120, height: int = 40) -> None:
        environment = os.environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        self.started = time.perf_counter()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.execvpe(argv[0], list(argv), environment)  # noqa: S606 - no shell is meant
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        self.written_bytes = 0
        self.output = b""
        _open.append(self)

    def read(self, wait_s: float) -> bytes:
        """What it wrote next, waiting at most so long; empty when nothing came or it has ended."""
        if not select.select([self._fd], [], [], max(0.0, wait_s))[0]:
            return b""
        try:
            data = os.read(self._fd, 65536)
        except OSError:
            return b""
        for query, answer in QUERY_ANSWERS:
            os.write(self._fd, answer * data.count(query))
        self.written_bytes += len(data)
        self.output = (self.output + data)[-200_000:]
        return data

    def until(self, pattern: bytes, limit_s: float) -> float | None:
        """Seconds until text matching the pattern came (sequences left out), from now; None when it never did."""
        begun, seen = time.perf_counter(), b""
        while (spent := time.perf_counter() - begun) < limit_s:
            seen += self.read(min(0.05, limit_s - spent))
            if re.search(pattern, _SEQUENCE.sub(b"", seen)):
                return time.perf_counter() - begun
        return None

    def drain(self, for_s: float) -> int:
        """Read for that long; gives how many bytes came."""
        before, end = self.written_bytes, time.perf_counter() + for_s
        while (left := end - time.perf_counter()) > 0:
            self.read(left)
        return self.written_bytes - before

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self._fd, keys)

    def resize(self, width: int, height: int) -> None:
        """Give it another size, as a person who pulls at the window."""
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def cpu_s(self) -> float:
        """CPU seconds used so far by all of its threads, from the scheduler's nanosecond clock."""
        total = 0
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
        return total / 1e9

    def rss_bytes(self) -> int:
        """Resident memory now."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) * 1024  # type: ignore[index]

    def quit(self, keys: bytes, limit_s: float = 10) -> float | None:
        """Press the quit keys; seconds until the process has ended, None when it had to be killed."""
        begun = time.perf_counter()
        self.press(keys)
        while time.perf_counter() - begun < limit_s:
            self.read(0.001)
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                os.close(self._fd)
                _open.remove(self)
                return time.perf_counter() - begun
        self.kill()
        return None

    def kill(self) -> None:
        """End it at once, and wait for that."""
        with suppress(ProcessLookupError, ChildProcessError):  # whoever opened it may have waited for its end
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._fd)
        _open.remove(self)


_open: list[Terminal] = []


def end_all() -> None:
    """End what is still open: a floor that nobody reads any more would keep a core busy beside what comes after."""
    while _open:
        _open[-1].kill()
