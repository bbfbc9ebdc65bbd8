"""The line between the floor and the person, as the floor sees it: looked at once a second."""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import NamedTuple

from collectors.waits import within
from tui.glyphs import Glyphs
from tui.modesty import Load, Modesty, decide
from tui.terminal.meter import LineMeter

LOOK_S = 0.9
"""The header's second may come a little early; anything sooner gets what was found last."""
HURRY_FOR_S = 3.0
"""How long after a key that asks every source the pictures come as they are made."""


class LineWords(NamedTuple):
    """What the header says of the line; "" for what it does not say."""

    saving: str = ""
    """Why something is left out: "slow line"."""
    figure: str = ""
    """"1.2 kB/s · 148 ms", when it was asked for."""


class LineWatch:
    """Decides what is left out, and writes the figure, at most once a second."""

    def __init__(
        self,
        meter: Callable[[], LineMeter],
        glyphs: Glyphs,
        *,
        budget_bytes_per_s: float = 0,
        shown: bool = False,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._meter, self._glyphs, self._budget, self._clock = meter, glyphs, budget_bytes_per_s, clock
        self._hurried_at: float | None = None
        self._hurry = asyncio.Event()
        self.shown = shown
        """Whether the header has the figure."""
        self.modesty = Modesty()
        self._looked_at: float | None = None
        self._figure = ""

    def look(self) -> bool:
        """Look at the meter; tells whether something else is left out now."""
        now = self._clock()
        if self._looked_at is not None and now - self._looked_at < LOOK_S:
            return False
        self._looked_at = now
        meter, before = self._meter(), self.modesty
        load = Load(meter.bytes_per_s, meter.round_trip_s, meter.backlog_bytes)
        self.modesty = decide(before, load, self._budget, now)
        self._figure = figure(load, self._glyphs)
        return self.modesty.step != before.step

    def hurry(self) -> None:
        """A person asked for what is newest: wait for nothing."""
        self._hurried_at = self._clock()
        self._hurry.set()

    async def rest(self, refresh_s: float) -> None:
        """Wait as much longer than `refresh_s` as the line needs between two pictures, unless someone hurries."""
        longer_s = self.modesty.refresh_s - refresh_s
        if longer_s <= 0 or (self._hurried_at is not None and self._clock() - self._hurried_at < HURRY_FOR_S):
            return
        self._hurry.clear()
        await within(self._hurry, longer_s)

    @property
    def words(self) -> LineWords:
        """For the header."""
        return LineWords(self.modesty.why, self._figure if self.shown else "")


def figure(load: Load, glyphs: Glyphs) -> str:
    """Write what the line carries: two digits of each, so that a quiet line's figure rarely changes."""
    told = f"{_two_digits(load.bytes_per_s / 1000)} kB/s"
    if load.round_trip_s is None:
        return told
    return f"{told} {glyphs.dot} {_two_digits(load.round_trip_s * 1000)} ms"


def _two_digits(value: float) -> str:
    if value < 9.95:
        return f"{value:.1f}"
    digits = len(f"{value:.0f}")
    return f"{round(value, 2 - digits):.0f}"
