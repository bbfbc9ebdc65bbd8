"""Times every piece of work on an event loop: nothing else runs there meanwhile, so a key waits for its end."""

import asyncio
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.app import FloorApp

SETTLED_S = 8.0
"""The start is not counted."""


class Turns:
    """The longest pieces of work, by the CPU that they took: waiting for a core is no fault of theirs."""

    def __init__(self) -> None:
        self.longest: list[tuple[float, str]] = []
        """(CPU milliseconds, what), longest first, at most twenty."""
        self.count = 0
        self.wall_ms = 0.0
        """The longest one by the clock."""

    def forget(self) -> None:
        """Begin again: the start is over."""
        self.longest, self.count, self.wall_ms = [], 0, 0.0

    def watch(self) -> None:
        """From now on time everything that any event loop of this process runs."""
        run = asyncio.events.Handle._run

        def timed(handle: asyncio.events.Handle) -> None:
            cpu, wall = time.thread_time(), time.perf_counter()
            run(handle)
            spent = (time.thread_time() - cpu) * 1000
            self.count += 1
            self.wall_ms = max(self.wall_ms, (time.perf_counter() - wall) * 1000)
            if len(self.longest) < 20 or spent > self.longest[-1][0]:
                self.longest = sorted([*self.longest, (round(spent, 2), _what(handle))], reverse=True)[:20]

        asyncio.events.Handle._run = timed  # type: ignore[method-assign,assignment]

    def figures(self) -> dict[str, object]:
        """Longest by CPU and by the clock in milliseconds, how many over 10 ms of CPU (at most 20), what they were."""
        return {
            "turns": self.count,
            "turn_cpu_ms": self.longest[0][0] if self.longest else 0.0,
            "turn_wall_ms": round(self.wall_ms, 1),
            "turns_over_10_ms": sum(spent > 10 for spent, _ in self.longest),
            "longest": [f"{spent} ms {what}" for spent, what in self.longest[:5]],
        }


def timed(app: "FloorApp", file: Path) -> int:
    """Open a floor until it is left, and write what its event loop did into a file; gives the exit status."""
    turns = Turns()
    turns.watch()
    app.call_later(lambda: asyncio.get_running_loop().call_later(SETTLED_S, turns.forget))
    status = app.run_in_terminal()
    file.write_text(json.dumps(turns.figures()))
    return status


def _what(handle: asyncio.events.Handle) -> str:
    callback = handle._callback  # type: ignore[attr-defined]
    owner = getattr(callback, "__self__", None)
    if isinstance(owner, asyncio.Task):
        return owner.get_name() + " " + getattr(owner.get_coro(), "__qualname__", "?")
    return getattr(callback, "__qualname__", repr(callback))[:80]
