"""The requests of the last minute, or of as many minutes as it takes to have enough of them. Pure; `now` is given."""

from collections import deque
from collections.abc import Mapping
from math import ceil

from collectors.access_api.tally import Tally

WINDOW_S = 60.0
LEAST_REQUESTS = 20
"""With fewer in the last minute it reaches further back,"""
FURTHEST_S = 300.0
"""at most this long."""
_STEP_S = 1.0


class Window:
    """Tallies by the second, forgotten after five minutes."""

    def __init__(self) -> None:
        self._steps: deque[tuple[float, Tally]] = deque()

    def add(self, now: float, tally: Tally) -> None:
        """Take in what was found at `now`."""
        if not self._steps or now - self._steps[-1][0] >= _STEP_S:
            self._steps.append((now, Tally()))
        self._steps[-1][1].add(tally)
        self._forget(now)

    def sums(self, now: float) -> Tally:
        """Everything of the last minute; of longer while it has fewer than LEAST_REQUESTS."""
        self._forget(now)
        found = Tally()
        for at, step in reversed(self._steps):
            if now - at >= WINDOW_S and found.requests >= LEAST_REQUESTS:
                break
            found.add(step)
        return found

    def _forget(self, now: float) -> None:
        while self._steps and now - self._steps[0][0] >= FURTHEST_S:
            self._steps.popleft()


def percentiles(times: Mapping[float, int], *wanted: int) -> list[float | None]:
    """Nearest-rank percentiles: the time at rank ⌈p/100 × n⌉ of n in order (ISO 3534); None without any."""
    total = sum(times.values())
    if not total:
        return [None] * len(wanted)
    found: list[float | None] = []
    ordered = sorted(times.items())
    for percent in wanted:
        rank, seen = ceil(percent * total / 100), 0
        for seconds, count in ordered:
            seen += count
            if seen >= rank:
                found.append(seconds)
                break
    return found
