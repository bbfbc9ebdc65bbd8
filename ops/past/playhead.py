"""The place in the past that is looked at, and how it moves: steps, jumps, and playing at one of three speeds."""

from datetime import UTC
from typing import Literal

import msgspec

from ops.past.wall import Zone, moment
from ops.store.contract import DAY_S, HOUR_S, MINUTE_S, Retention

Speed = Literal[1, 10, 60]
SPEEDS: tuple[Speed, ...] = (1, 10, 60)
Span = tuple[float, float]
"""The first and the last recorded moment, UTC seconds."""
RECORDING_STEP_S = 10.0
"""How far a step goes where it is not known how often things are read."""


class Playhead(msgspec.Struct, frozen=True, kw_only=True):
    """A moment of the past and how it moves on. Every method gives another one; none leaves the span."""

    at: float
    speed: Speed = 1
    playing: bool = False
    said: str = ""
    """What there is to say about the last move: that it is the first or the last recorded moment."""

    def to(self, at: float, span: Span | None, zone: Zone = UTC) -> "Playhead":
        """At another moment, or at the end of the span that it lies beyond."""
        first, last = span or (at, at)
        if at < first:
            return self._at(first, f"nothing is older: the first recorded moment is {moment(first, zone)}")
        if at > last:
            return self._at(last, f"nothing is newer: the last recorded moment is {moment(last, zone)}")
        return msgspec.structs.replace(self, at=at, said="")

    def _at(self, end: float, said: str) -> "Playhead":
        return msgspec.structs.replace(self, at=end, playing=False, said=said)

    def stepped(self, by: int, step_s: float, span: Span | None, zone: Zone = UTC) -> "Playhead":
        """Some steps on or back, to a multiple of the step where that is a minute or more; paused."""
        here = self.at if step_s < MINUTE_S else (self.at // step_s if by > 0 else -(-self.at // step_s)) * step_s
        return msgspec.structs.replace(self, playing=False).to(here + by * step_s, span, zone)

    def toggled(self) -> "Playhead":
        """Playing, or paused."""
        return msgspec.structs.replace(self, playing=not self.playing, said="")

    def faster(self, by: int) -> "Playhead":
        """At the next speed, or the one before; stops at both ends."""
        place = min(max(SPEEDS.index(self.speed) + by, 0), len(SPEEDS) - 1)
        return msgspec.structs.replace(self, speed=SPEEDS[place], said="")

    def played(self, passed_s: float, span: Span | None, zone: Zone = UTC) -> "Playhead":
        """After some seconds of watching."""
        return self.to(self.at + passed_s * self.speed, span, zone) if self.playing else self

    @property
    def moves(self) -> str:
        """How it moves, in a word: "paused", "10x"."""
        return f"{self.speed}x" if self.playing else "paused"


def step_s(at: float, now: float, recording_s: float, retention: Retention) -> float:
    """How far a step goes at a moment: as far as readings lie apart, beyond a day a minute, then an hour."""
    past_s = now - at
    if past_s >= retention.minutes_s:
        return HOUR_S
    return MINUTE_S if past_s >= min(retention.raw_s, DAY_S) else recording_s
