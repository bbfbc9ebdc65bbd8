"""Sums over the last minute of what polls found. Pure; `now` is given, of a clock that never steps."""

from collections import Counter, deque

MINUTE_S = 60.0
_STEP_S = 1.0


class LastMinute:
    """Counts by name, each forgotten a minute after it was added."""

    def __init__(self) -> None:
        self._steps: deque[tuple[float, Counter[str]]] = deque()

    def add(self, now: float, **counts: int) -> None:
        """Count what was found at `now`."""
        if not self._steps or now - self._steps[-1][0] >= _STEP_S:
            self._steps.append((now, Counter()))
        self._steps[-1][1].update(counts)
        self._forget(now)

    def total(self, now: float, name: str) -> int:
        """How many there were in the minute before `now`."""
        self._forget(now)
        return sum(counts[name] for _, counts in self._steps)

    def _forget(self, now: float) -> None:
        while self._steps and now - self._steps[0][0] >= MINUTE_S:
            self._steps.popleft()
