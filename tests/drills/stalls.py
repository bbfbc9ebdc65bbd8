"""How long an event loop was held, and by what: a tick that comes late, and a thread that looks on meanwhile."""

import asyncio
import gc
import sys
import threading
import time
from pathlib import Path
from types import FrameType

TICK_S = 0.02
LOOK_S = 0.01
TELL_S = 0.05
"""A hold of the loop from which on it is told where it was held."""


def waited_s() -> float:
    """Seconds that this thread was ready to run and had no CPU, since its start (schedstat of the kernel)."""
    fields = Path("/proc/thread-self/schedstat").read_text().split()
    return int(fields[1]) / 1e9


def _where(frame: FrameType | None) -> str:
    """The innermost calls. Not through `traceback`, which keeps the text of every source file that it meets."""
    steps: list[str] = []
    while frame is not None and len(steps) < 6:
        steps.append(f"{frame.f_code.co_name}:{Path(frame.f_code.co_filename).name}:{frame.f_lineno}")
        frame = frame.f_back
    return " < ".join(steps)


class Stalls:
    """How long the running loop was held, without what other processes took of the CPU meanwhile."""

    def __init__(self) -> None:
        self.worst_s = 0.0
        self._worst_in = ""
        self._due = self._waited = 0.0
        self._seen: list[str] = []
        self._loop_thread = 0
        self._collecting = 0.0

    def start(self) -> None:
        """Tick on the running loop for ever, and look on from a thread."""
        self._loop_thread = threading.get_ident()
        gc.callbacks.append(self._collected)
        self._next()
        threading.Thread(target=self._look_on, name="stalls", daemon=True).start()

    def _next(self) -> None:
        self._waited, self._due = waited_s(), time.perf_counter() + TICK_S
        asyncio.get_running_loop().call_later(TICK_S, self._tick)

    def _tick(self) -> None:
        late, waited = time.perf_counter() - self._due, waited_s()
        held = late - (waited - self._waited)
        if held > self.worst_s:
            self.worst_s, self._worst_in = held, "; ".join(dict.fromkeys(self._seen)) if held > TELL_S else ""
        self._seen.clear()
        self._next()

    def _look_on(self) -> None:
        while True:
            time.sleep(LOOK_S)
            frame = sys._current_frames().get(self._loop_thread)
            if frame is not None and time.perf_counter() - self._due > LOOK_S and len(self._seen) < 30:
                self._seen.append(_where(frame))

    def _collected(self, phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            self._collecting = time.perf_counter()
        elif (spent := time.perf_counter() - self._collecting) > LOOK_S:
            self._seen.append(f"garbage of generation {info['generation']}: {1000 * spent:.0f} ms")

    def take(self) -> tuple[float, str]:
        """The worst since it was last asked for, and where it was seen."""
        worst, where = self.worst_s, self._worst_in
        self.worst_s, self._worst_in = 0.0, ""
        return round(worst, 4), where
