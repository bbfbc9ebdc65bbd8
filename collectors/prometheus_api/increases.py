"""How much counters rose between readings, each by itself: never less than nothing, also when they begin anew. Pure.

This is no `increase()`: nothing is extrapolated to the ends of a window, so that sums over many polls are what was
counted. A counter that is less than before began anew, and rose by all that it has now.
"""

from collections.abc import Mapping, Sequence, Set
from math import isfinite
from typing import NamedTuple

from collectors.prometheus_api.answers import Series

MOST_KEPT = 10_000
"""Counters that are remembered, those that are away included."""
_NAME, _INSTANCE, _BOUND = "__name__", "instance", "le"

Labels = tuple[tuple[str, str], ...]


class Counter(NamedTuple):
    """One counter, or all buckets of one histogram, which begin anew together."""

    labels: Labels
    """Without the bound of a bucket."""
    instance: str | None
    """The process that it comes from; None for what is computed over several."""
    computed: bool
    """True without the metric's own name and without an instance: a sum, of which a part may begin anew unseen."""
    values: dict[str, float]
    """By bound as it is written, "" where it has none."""


def counters(series: Sequence[Series]) -> dict[Labels, Counter]:
    """Counters by their labels. What is no figure from 0 on is left out."""
    found: dict[Labels, Counter] = {}
    for each in series:
        value = _value(each)
        if value is None:
            continue
        labels = tuple(sorted((name, text) for name, text in each.metric.items() if name != _BOUND))
        if labels not in found:
            instance = each.metric.get(_INSTANCE)
            found[labels] = Counter(labels, instance, instance is None and _NAME not in each.metric, {})
        found[labels].values[each.metric.get(_BOUND, "")] = value
    return found


def _value(series: Series) -> float | None:
    if series.is_histogram or not series.samples:
        return None
    try:
        value = float(series.samples[-1][1])
    except ValueError:
        return None
    return value if isfinite(value) and value >= 0 else None


class Rises(NamedTuple):
    """What rose since the reading before."""

    counters: Sequence[Mapping[str, float]]
    """By how much each counter rose, by bound."""
    first: bool
    """There was no reading before, so nothing is known."""
    fell: bool
    """A sum is less than before: something in it began anew, and nobody knows by how much it rose."""

    @property
    def total(self) -> float:
        """Of all counters without bounds."""
        return sum(rises.get("", 0.0) for rises in self.counters)


class Increases:
    """The counters of one query from reading to reading. The first reading is where counting begins.

    A counter that was away, or not to be asked for, goes on from where it was, unless others of its instance began anew
    meanwhile. One that is new began at nothing where others of its instance were there before (the first error ever);
    of an instance that is new itself nobody knows how much of it is old, so counting begins with it.
    """

    def __init__(self) -> None:
        self._before: dict[Labels, Counter] = {}
        self._begun = False

    def anew(self, now: Mapping[Labels, Counter]) -> set[str | None]:
        """Instances of which a counter is less than before; None where that is none of one instance."""
        return {counter.instance for counter in now.values() if self._fell(counter)}

    def take(
        self, now: Mapping[Labels, Counter], known: Set[str] = frozenset(), anew: Set[str | None] = frozenset()
    ) -> Rises:
        """What rose since the last reading. `known` are the instances that were there before this one.

        What is away now of instances that began `anew` will begin at nothing when it comes.
        """
        away = [labels for labels, each in self._before.items() if labels not in now and each.instance in anew]
        for labels in away:
            del self._before[labels]
        first, self._begun = not self._begun, True
        rises = [] if first else [self._risen(counter, known) for counter in now.values()]
        fell = any(counter.computed and self._fell(counter) for counter in now.values())
        for labels, counter in now.items():
            self._before.pop(labels, None)
            self._before[labels] = counter
        while len(self._before) > MOST_KEPT:
            del self._before[next(iter(self._before))]
        return Rises(rises, first, fell)

    def _risen(self, counter: Counter, known: Set[str]) -> Mapping[str, float]:
        before = self._before.get(counter.labels)
        if before is None:
            new = counter.instance is not None and counter.instance not in known
            return dict.fromkeys(counter.values, 0.0) if new else counter.values
        if self._fell(counter):
            return counter.values
        return {bound: value - before.values.get(bound, 0.0) for bound, value in counter.values.items()}

    def _fell(self, counter: Counter) -> bool:
        before = self._before.get(counter.labels)
        return before is not None and any(
            value < before.values.get(bound, 0.0) for bound, value in counter.values.items()
        )
