"""How busy others keep this machine, with what a test itself burns left aside."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import psutil

EACH_S = 1.0
LOOKED_AT_S = 30.0
BUSY_RATIO = 0.9


class Others:
    """Looks each second how much of this machine's CPU goes to anything but processes of one module."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._burned_s: dict[int, float] = {}
        self._last = self._read()
        self._ratios: deque[float] = deque(maxlen=round(LOOKED_AT_S / EACH_S))
        self._end = threading.Event()
        self._looking = threading.Thread(target=self._look, daemon=True)

    @contextmanager
    def watched(self) -> Iterator[Self]:
        """Looks as long as the block lasts."""
        self._looking.start()
        try:
            yield self
        finally:
            self._end.set()
            self._looking.join()

    @property
    def keep_it_busy(self) -> bool:
        """Whether at most half of the last half minute's seconds left a tenth of the machine to anybody else."""
        ratios = list(self._ratios)
        return 2 * sum(ratio > BUSY_RATIO for ratio in ratios) >= max(len(ratios), 1)

    @property
    def told(self) -> str:
        """The share of each second looked at, the last one last."""
        return "others had " + " ".join(f"{100 * ratio:.0f}" for ratio in self._ratios) + " % of the CPU"

    def _look(self) -> None:
        while not self._end.wait(EACH_S):
            total_s, busy_s = self._read()
            before_total_s, before_busy_s = self._last
            self._last = (total_s, busy_s)
            self._ratios.append((busy_s - before_busy_s) / max(total_s - before_total_s, 1e-9))

    def _read(self) -> tuple[float, float]:
        """Seconds of all cores since the machine started, and those in which others were at work."""
        times = psutil.cpu_times()
        total_s = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
        idle_s = times.idle + getattr(times, "iowait", 0.0)
        for process in psutil.process_iter(["cmdline", "cpu_times"]):
            if self._module in (process.info["cmdline"] or ()) and process.info["cpu_times"] is not None:
                self._burned_s[process.pid] = sum(process.info["cpu_times"][:2])
        return total_s, total_s - idle_s - sum(self._burned_s.values())
