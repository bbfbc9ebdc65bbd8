"""Whether the wall clock can be trusted enough to drop what is old by it."""

import msgspec

STEP_S = 60.0
"""A wall clock that goes this much faster or slower than time itself was set, or the machine slept."""
STANDS_S = 600.0
"""For how long a new time must stand before anything is dropped by it."""


class Steady(msgspec.Struct):
    """Watches a wall clock against one that never steps: a date that is wrong for a minute must not cost a history."""

    offset: float | None = None
    since: float = float("-inf")

    def look(self, wall: float, monotonic: float) -> bool:
        """Take both clocks (seconds); says whether the wall clock has gone steadily for a while, or from the start."""
        offset = wall - monotonic
        if self.offset is not None and abs(offset - self.offset) > STEP_S:
            self.since = monotonic
        self.offset = offset
        return monotonic - self.since >= STANDS_S
