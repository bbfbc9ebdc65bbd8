"""The place in the past that is looked at, and how it moves: steps, jumps, and playing at one of three speeds."""

from typing import Literal

import msgspec

from ops.store.contract import DAY_S, HOUR_S, MINUTE_S, Retention

Speed = Literal[1, 10, 60]
SPEEDS: tuple[Speed, ...] = (1, 10, 60)
Span = tuple[float, float]
"""The first and the last recorded moment, UTC seconds."""
FIRST = "first recorded moment"
LAST = "last recorded moment"


class Playhead(msgspec.Struct, frozen=True, kw_only=True):
    """A moment of the past and how it moves on. Every method gives another one."""

    at: float
    speed: Speed = 1
    playing: bool = False
    said: str = ""
    """What there is to say about the last move: that it has come to the first or the last moment that was recorded."""

    def to(self, at: float) -> "Playhead":
        """At another moment."""
        return msgspec.structs.replace(self, at=at, said="")

    def within(self, span: Span) -> "Playhead":
        """The same, or paused at the end of the span that it lies beyond."""
        first, last = span
        if first <= self.at <= last:
            return self
        end, said = (first, FIRST) if self.at < first else (last, LAST)
        return msgspec.structs.replace(self, at=end, playing=False, said=said)

    def stepped(self, by: int, step_s: float) -> "Playhead":
        """Some steps on or back, to a multiple of the step where that is a minute or more; paused."""
        here = self.at if step_s < MINUTE_S else (self.at // step_s if by > 0 else -(-self.at // step_s)) * step_s
        return msgspec.structs.replace(self.to(here + by * step_s), playing=False)

    def toggled(self) -> "Playhead":
        """Playing, or paused."""
        return msgspec.structs.replace(self, playing=not self.playing, said="")

    def faster(self, by: int) -> "Playhead":
        """At the next speed, or the one before; stops at both ends."""
        place = min(max(SPEEDS.index(self.speed) + by, 0), len(SPEEDS) - 1)
        return msgspec.structs.replace(self, speed=SPEEDS[place], said="")

    def played(self, passed_s: float) -> "Playhead":
        """After some seconds of watching."""
        return self.to(self.at + passed_s * self.speed) if self.playing else self

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
