"""What was counted in a generated history: probes by minute, those that failed, and how long answers took. Pure."""

import math
import random
from collections.abc import Sequence
from typing import NamedTuple

from collectors.sketch import Sketch
from ops.demo.story import Trouble

_LEVELS = 12
"""Loads that answers are told apart by."""
_VARIANTS = 6
"""Minutes that are made for each of them; a minute of the history is one of these."""
_SPREAD = 0.35
"""Of the logarithm of what an answer takes: a few take twice as long as most."""
_BUSY = 0.9
"""At full load answers take so much longer."""

Minute = tuple[int, int, int, bytes]
"""Minute of the hour, probes, how many of them failed, and the packed sketch of the answers."""


class Counted(NamedTuple):
    """What was counted of one service in an hour."""

    minutes: Sequence[Minute]
    total: int
    failed: int
    latencies: Sketch


class Probes:
    """The probes of one service, so many a minute."""

    def __init__(self, median_s: float, a_minute: int, troubles: Sequence[Trouble], chance: random.Random) -> None:
        self._median_s = median_s
        self._a_minute = a_minute
        self._troubles = troubles
        self._chance = chance
        self._made: dict[tuple[int, float, int], list[tuple[Sketch, bytes]]] = {}

    def hour(self, minutes: Sequence[tuple[int, float, float]]) -> Counted:
        """Each minute is given with its number in the hour, its beginning and the load then."""
        told: list[Minute] = []
        failed, whole = 0, Sketch()
        first, last = minutes[0][1], minutes[-1][1]
        near = [trouble for trouble in self._troubles if trouble.start <= last and trouble.end > first]
        for minute, start, load in minutes:
            ill = next((trouble for trouble in near if trouble.start <= start < trouble.end), None)
            bad = round(self._a_minute * ill.failing) if ill else 0
            sketch, packed = self._answers(load, ill.slower if ill else 1.0, self._a_minute - bad)
            whole.merge(sketch)
            failed += bad
            told.append((minute, self._a_minute, bad, packed))
        return Counted(told, self._a_minute * len(told), failed, whole)

    def _answers(self, load: float, slower: float, count: int) -> tuple[Sketch, bytes]:
        """The answers of a minute; what failed gave none."""
        key = (min(int(load * _LEVELS), _LEVELS - 1), slower, count)
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = [self._make(*key) for _ in range(_VARIANTS)]
        return made[int(self._chance.random() * _VARIANTS)]

    def _make(self, level: int, slower: float, count: int) -> tuple[Sketch, bytes]:
        sketch = Sketch()
        middle = math.log(self._median_s * slower * (0.7 + _BUSY * level / _LEVELS))
        for _ in range(count):
            sketch.add(math.exp(self._chance.gauss(middle, _SPREAD)))
        return sketch, sketch.pack()
