"""What policy is given to decide, and what it decides: values, so that the why can always be told."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from ops.board import Board
from ops.jobs.structs import Verdict

Kind = Literal["act", "propose", "wait"]


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one fix for one row now, and why."""

    kind: Kind
    fix: str
    """Name of the `[[fix]]` or `[[scale]]`."""
    row: str
    """The failing row, or the one that is scaled."""
    reason: str
    """One sentence: "down for 40 s; proposed, since 5 targets fail at once"."""
    action: str = ""
    """Of scaling: which action."""
    params: Mapping[str, str] = {}
    """Of scaling: "count"."""
    loud: bool = False
    """It needs a person, and will not get better by waiting."""


class Try(msgspec.Struct, frozen=True, kw_only=True):
    """A job that did something, or may have, as the brakes see it: those of people count too."""

    job: int
    acted: str
    """Id of the row that was acted on."""
    proof: str
    """Id of the row that was to be mended."""
    fix: str
    action: str
    user: str
    by_policy: bool
    at: float
    """When it was asked for, UTC seconds."""
    ended_at: float | None
    verdict: Verdict

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self.ended_at is None

    def concerns(self, rows: Sequence[str]) -> bool:
        """Whether it acted on any of these rows, or was to mend it."""
        return self.acted in rows or self.proof in rows


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """All that decisions are made of, at one moment."""

    now: float
    """UTC seconds, on a clock that nobody sets; tries and pardons are by it too."""
    board: Board
    polled: Mapping[str, int]
    """How many polls of each target have ended so far with an answer or a failure, by target id."""
    tries: Sequence[Try] = ()
    """Newest first."""
    pardons: Mapping[str, float] = {}
    """By row id ("*" for all): tries that ended before do not count towards giving up."""
    set_by: float = 0.0
    """By how much the system's clock, which the board goes by, is ahead of `now` since somebody set it."""

    @property
    def wall(self) -> float:
        """UTC seconds as the system's clock shows them."""
        return self.now + self.set_by
