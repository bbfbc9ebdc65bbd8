"""What was counted over the last minute, or over as long as it takes to have enough of it. Pure; `now` is given."""

from collections import deque
from typing import NamedTuple

from collectors.base import Value
from collectors.sketch import Sketch, merged

SPAN_S = 60.0
LEAST = 20
"""With fewer events in the last minute it reaches further back,"""
FURTHEST_S = 300.0
"""at most this long."""


class _Step(NamedTuple):
    at: float
    took_s: float
    total: int
    failed: int
    sketch: Sketch


class Span:
    """Steps between readings, forgotten after five minutes."""

    def __init__(self) -> None:
        self._steps: deque[_Step] = deque()
        self._last: float | None = None

    def begin(self, now: float) -> None:
        """Count from here."""
        self._last = now

    def add(self, now: float, total: int, failed: int, sketch: Sketch) -> None:
        """Take what was counted since the reading before."""
        if self._last is not None:
            self._steps.append(_Step(now, now - self._last, total, failed, sketch))
        self._last = now

    def facts(self, now: float) -> dict[str, Value]:
        """Rate, share of failures and percentiles (nearest rank); None where nothing is known."""
        while self._steps and now - self._steps[0].at >= FURTHEST_S:
            self._steps.popleft()
        steps = self._taken(now)
        total, failed = sum(step.total for step in steps), sum(step.failed for step in steps)
        took_s = sum(step.took_s for step in steps)
        p50_s, p95_s, p99_s = merged(step.sketch for step in steps).ranks(50, 95, 99)
        return {
            "requests_per_s": round(total / took_s, 2) if took_s else None,
            "errors_percent": round(100 * failed / total, 2) if total else None,
            "p50_s": p50_s,
            "p95_s": p95_s,
            "p99_s": p99_s,
            "requests": total if steps else None,
            "failed": failed if steps else None,
        }

    def _taken(self, now: float) -> list[_Step]:
        taken: list[_Step] = []
        for step in reversed(self._steps):
            if now - step.at >= SPAN_S and sum(each.total for each in taken) >= LEAST:
                break
            taken.append(step)
        return taken
