"""Figures that count: counters and histograms of a Prometheus as events for an SLO, and as rates. Pure."""

from collections.abc import Sequence
from math import inf

from collectors.base import CollectError, Entity, Events, Value
from collectors.histogram import histogram_to_sketch
from collectors.prometheus_api.answers import Found
from collectors.prometheus_api.figures import KIND, Figure, Moment, Question, instant
from collectors.prometheus_api.increases import MOST_KEPT, Counter, Increases, Labels, Rises, counters
from collectors.prometheus_api.span import Span
from collectors.sketch import Sketch
from collectors.text import clean

MOST_COUNTED = 5_000
"""Series of one query that are followed; of more none, as part of a sum is no sum."""
_ROLES = ("total", "histogram", "bad")
"""The first that a figure has tells whether anything is known."""
_SUM = (
    "what {role} sums up is less than before, so a part of it began anew and nobody knows how much was counted: leave "
    'sum out, or keep it apart with "sum by (instance, …)"'
)


class Counted:
    """The row of one figure that counts, over time. What was not to be had is counted when it is there again."""

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self._queries = {role: query for role in _ROLES if (query := getattr(figure, role))}
        self._increases = {role: Increases() for role in self._queries}
        self._instances: set[str] = set()
        self._span = Span()
        self._over = 0
        self._hints: list[str] = []

    left_out = ""
    """Of more series than are followed none are: that is an error of its own row."""

    def questions(self, moment: Moment, timeout_s: float) -> tuple[Question, ...]:
        """What to ask, all of the same moment."""
        return tuple(instant(query, timeout_s, moment.counted, MOST_COUNTED) for query in self._queries.values())

    def forget(self) -> None:
        """Begin anew: the server's clock went back, and what it tells may be older than what was read."""
        self._increases = {role: Increases() for role in self._queries}

    def read(self, answers: Sequence[Found | CollectError], moment: Moment) -> tuple[Entity, ...]:
        """The row of the answers, which are in the order of the questions."""
        self._hints, now = [], moment.clock
        events, error, series = None, None, 0
        try:
            found = [_checked(role, answer) for role, answer in zip(self._queries, answers, strict=True)]
            series = len(found[0])
            # Where what is counted has no data, nothing is known of the rest either, and is left for later.
            if series:
                events = self._counted(dict(zip(self._queries, found, strict=True)), now)
            else:
                self._hints.append(f"{next(iter(self._queries))} gives no data: that is not nothing, but not known")
        except CollectError as fault:
            error = fault.message
            self._hints += [fault.remedy] if fault.remedy else []
        texts = dict(self._queries)
        facts: dict[str, Value] = {**self._facts(now), "series": None if error else series}
        facts |= {"error": error} if error else {}
        name = clean(self.figure.name)
        hints = tuple(self._hints)
        return (Entity(kind=KIND, name=name, facts=facts, texts=texts, hints=hints, events=events),)

    def _counted(self, found: dict[str, dict[Labels, Counter]], now: float) -> Events | None:
        """The events since the last reading; None the first time, and where a sum hides how much there was."""
        anew = {instance for role in found for instance in self._increases[role].anew(found[role])}
        rises = {role: self._increases[role].take(found[role], self._instances, anew) for role in found}
        here = {counter.instance for each in found.values() for counter in each.values()}
        known = self._instances if len(self._instances) < MOST_KEPT else set()
        self._instances = known | {instance for instance in here if instance is not None}
        fallen = [role for role, each in rises.items() if each.fell]
        self._hints += [_SUM.format(role=role) for role in fallen]
        if fallen or any(each.first for each in rises.values()):
            self._span.begin(now)
            return None
        sketch = _sketch(rises["histogram"], self.figure.bucket_s) if "histogram" in rises else Sketch()
        total = round(rises["total"].total) if "total" in rises else sketch.count
        failed = self._failed(round(rises["bad"].total), total) if "bad" in rises else 0
        self._span.add(now, total, failed, sketch)
        return Events(total=total, failed=failed, latencies=sketch.pack())

    def _failed(self, bad: int, total: int) -> int:
        """How many failed. What is more than all were counted a scrape later: it waits once for them."""
        waited, bad = self._over, bad + self._over
        failed = min(bad, total)
        self._over = bad - failed
        if waited and self._over:
            self._over = 0
            self._hints.append("bad counts more than there are in all: it must be a part of total")
        return failed

    def _facts(self, now: float) -> dict[str, Value]:
        facts = self._span.facts(now)
        if not self.figure.bad:
            facts |= {"failed": None, "errors_percent": None}
        return facts


def _checked(role: str, answer: Found | CollectError) -> dict[Labels, Counter]:
    """The counters of an answer. Raises CollectError for what is none, and for more than are followed."""
    if isinstance(answer, CollectError):
        raise CollectError(f"{role}: {answer.message}", reason=answer.reason, remedy=answer.remedy)
    if answer.total > len(answer.series):
        raise CollectError(
            f"{role} gives {answer.total} series, and at most {MOST_COUNTED} are followed",
            remedy="narrow the query by its labels, or sum by (instance, …)",
        )
    if answer.warnings:
        raise CollectError(f"{role}: the data may not be all: {answer.warnings[0]}")
    if answer.is_text or any(series.is_histogram for series in answer.series):
        raise CollectError(f"{role} gives no counters", remedy="name a counter, or the …_bucket of a histogram")
    found = counters(answer.series)
    if role == "histogram" and not all(_is_whole(counter) for counter in found.values()):
        raise CollectError(
            'histogram gives no buckets up to le="+Inf"', remedy="name the …_bucket series, with le kept in any sum by"
        )
    return found


def _is_whole(counter: Counter) -> bool:
    bounds = [_bound(text) for text in counter.values]
    return len(bounds) > 1 and inf in bounds and None not in bounds


def _bound(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _sketch(rises: Rises, bucket_s: float) -> Sketch:
    """What histograms counted; those with the same bounds are added before they are spread over bins."""
    sums: dict[tuple[str, ...], list[float]] = {}
    for counter in rises.counters:
        bounds = tuple(sorted(counter))
        known = sums.setdefault(bounds, [0.0] * len(bounds))
        sums[bounds] = [total + counter[bound] for total, bound in zip(known, bounds, strict=True)]
    made = Sketch()
    for bounds, totals in sums.items():
        buckets = [(float(bound) * bucket_s, total) for bound, total in zip(bounds, totals, strict=True)]
        made.merge(histogram_to_sketch(buckets))
    return made
