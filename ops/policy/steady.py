"""Time as it passes, whatever the system's clock is set to: a clock that is set neither lengthens nor ends a brake."""

from collections.abc import Hashable, Mapping, Sequence

from msgspec.structs import replace

from collectors.clock import Clock
from ops.policy.structs import Try

_MOST = 10_000
"""Moments that are kept: more than all jobs of a history have, so that none that is not read once looks new."""


class Steady:
    """The wall clock of the process's start, run on by a clock that nobody sets; and where what happened lies on it.

    What is there at the first look is as old as the system's clock says, and what that calls the future happened just
    then; what is new at a later look happened since the one before.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begun = clock.time() - clock.elapsed()
        self.now, self.set_by = clock.time(), 0.0
        """At the last look: UTC seconds as if the clock was not set since the start, and by how much it was."""
        self._most_s = float("inf")
        """How old at most is what is new."""
        self._places: dict[Hashable, float] = {}
        self._asked: set[Hashable] = set()
        """Which of them were asked for since the last look."""
        self._looked = False

    def look(self) -> None:
        """Take one."""
        before, self.now = self.now, self._begun + self._clock.elapsed()
        self.set_by = self._clock.time() - self.now
        self._most_s = max(self.now - before, 0.0) if self._looked else float("inf")
        if len(self._places) > _MOST:
            self._places = {key: self._places[key] for key in self._asked}
        self._asked, self._looked = set(), True

    def tries(self, tries: Sequence[Try]) -> tuple[Try, ...]:
        """The same, each at its time."""
        return tuple(
            replace(
                one,
                at=self._place((one.job, "at", one.at), one.at),
                ended_at=None if one.ended_at is None else self._place((one.job, "end", one.ended_at), one.ended_at),
            )
            for one in tries
        )

    def pardons(self, pardons: Mapping[str, float]) -> dict[str, float]:
        """The same, each at its time; without those that lie ahead: they would pardon what is yet to be tried."""
        wall = self.now + self.set_by
        begun = {row: at for row, at in pardons.items() if (row, at) in self._places or at <= wall}
        return {row: self._place((row, at), at) for row, at in begun.items()}

    def _place(self, key: Hashable, moment: float) -> float:
        self._asked.add(key)
        if key not in self._places:
            age = min(max(self.now + self.set_by - moment, 0.0), self._most_s)
            self._places[key] = self.now - age
        return self._places[key]
