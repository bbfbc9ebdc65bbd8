"""Presses j and k on the floor again and again, and measures how soon the row that is then selected is painted."""

import random
import re
import threading

from tests.bench.terminal import Terminal

LIMIT_S = 2.0
SLOW_S = 0.5
"""From here on a key is told of with what was painted last."""
NAME = rb"(?:witness|[a-z]+-[a-z0-9-]+)"
"""Names of rows, as drills give them; the line of a row is painted anew when it is selected or left."""


class Keys(threading.Thread):
    """Reads the terminal for ever; presses a key each fifth of a second or so while `on` is set."""

    def __init__(self, terminal: Terminal, seed: int = 3) -> None:
        super().__init__(name="keys", daemon=True)
        self._terminal = terminal
        self._rng = random.Random(seed)
        self._pressing = threading.Lock()
        self._leave = threading.Event()
        self.on = threading.Event()
        self.spent_s: list[float] = []
        """Seconds from each press to the paint; LIMIT_S where it never came."""
        self.slow: list[str] = []
        """What the terminal was sent last when a press took long."""

    def run(self) -> None:
        """Read, and press while it is wanted."""
        down = True
        while not self._leave.is_set():
            self._terminal.drain(self._rng.uniform(0.1, 0.3))
            with self._pressing:
                if self.on.is_set():
                    self._press(down)
                    down = not down
                else:
                    down = True  # the list was left at its top, where going up paints nothing until a figure changes

    def _press(self, down: bool) -> None:
        for key in (b"j", b"k") if down else (b"k", b"j"):  # at the end of a list the first of them does nothing
            self._terminal.press(key)
            seconds = self._terminal.until(re.compile(NAME).pattern, LIMIT_S)
            if seconds is not None:
                self.spent_s.append(seconds)
                if seconds > SLOW_S:
                    self.slow.append(f"{key!r} after {1000 * seconds:.0f} ms: {self._terminal.output[-1500:]!r}")
                return
        self.spent_s.append(LIMIT_S)

    def rest(self) -> None:
        """Press no more until `on` is set again; returns when the last press was answered."""
        self.on.clear()
        with self._pressing:
            return

    def take(self) -> list[float]:
        """What was measured since it was last asked for, sorted."""
        taken, self.spent_s = sorted(self.spent_s), []
        return taken

    def stop(self) -> None:
        """End the thread."""
        self._leave.set()
        self.join()


def p99(values: list[float]) -> float | None:
    """Nearest-rank 99th percentile of sorted values; None without any."""
    return values[min(len(values) - 1, -(-len(values) * 99 // 100) - 1)] if values else None
