"""Pace: which probes of a target are counted, so that so many seconds of an outage are always so many events."""

_MOST = 1.49
"""Of an interval that a probe can stand for: what was not asked for longer is not known."""


class Pace:
    """One probe an interval is an event of its own; those between, which only make sure or were asked for, are not.

    A target that may be down is asked three times as often, and so is one that may be up again. Were each of these
    probes an event, an outage would count for more than its time.
    """

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._before: float | None = None
        self._share = 0.0
        """Of an interval: what is not covered by an event yet, or was covered too early; between −0.5 and 0.5."""

    def due(self, now: float) -> bool:
        """Whether the probe that ended `now` (UTC seconds) is an event. A clock that was set back changes nothing."""
        passed = 1.0 if self._before is None or now < self._before else (now - self._before) / self._interval_s
        self._before = now
        self._share = min(self._share + passed, _MOST)
        if self._share < 0.5:
            return False
        self._share -= 1.0
        return True
