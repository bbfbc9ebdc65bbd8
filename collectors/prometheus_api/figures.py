"""Figures that PromQL computes: how the config says them, and how an answer becomes their rows. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Literal, NamedTuple

import msgspec

from collectors.base import CollectError, Entity, Value
from collectors.prometheus_api.answers import MOST_SERIES, Found, Series
from collectors.prometheus_api.client import Parameters
from collectors.text import clean
from collectors.units import Duration

KIND = "prometheus.figure"
OLD_S = 60.0
"""A sample that is older says nothing of now."""
_MOST_QUERY = 4_000
_MOST_NAME = 100
_MOST_POINTS = 1_000
_USUAL_POINTS = 30
_NAME_LIMIT = 180
_METRIC = "__name__"


class Figure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`figures = [{ name = "errors", query = "…", unit = "ratio", range = "30m", step = "1m" }]`.

    Or a figure that counts, for an SLO: `{ name = "api", total = "…", bad = "…" }` of counters, or
    `{ name = "api", histogram = "…_bucket", bad = "…" }`.
    """

    name: str
    query: str = ""
    """PromQL. With a `range` it is computed for each step of that time up to now, without one for now alone."""
    unit: Literal["", "s", "bytes", "ratio", "percent", "per_s"] = ""
    span: Duration = msgspec.field(default=Duration(0), name="range")
    step: Duration = Duration(0)
    """A thirtieth of the range where it is not given, and a second at least."""
    total: str = ""
    """PromQL for the counters of everything: without rate or increase, best without sum."""
    bad: str = ""
    """The counters of those that failed."""
    histogram: str = ""
    """The counters of a histogram's buckets, with their `le`; without `total` its buckets tell how many there were."""
    bucket_unit: Literal["s", "ms"] = "s"
    """What `le` is in."""

    def __post_init__(self) -> None:
        if not 0 < len(self.name.strip()) <= _MOST_NAME:
            raise ValueError(f"the name of a figure has 1 to {_MOST_NAME} characters")
        if self.counts:
            self._check_counts()
            return
        if not self.query:
            raise ValueError(f'figure "{clean(self.name)}" needs a query, or counters as total or histogram')
        if not 0 < len(self.query.strip()) <= _MOST_QUERY:
            raise ValueError(f'the query of figure "{clean(self.name)}" must have 1 to {_MOST_QUERY} characters')
        if self.step and not self.span:
            raise ValueError(f'figure "{clean(self.name)}" has a step, which needs a range')
        if self.span and (self.points < 1 or self.points > _MOST_POINTS):
            raise ValueError(f'the range of figure "{clean(self.name)}" must be 1 to {_MOST_POINTS} steps long')

    def _check_counts(self) -> None:
        named = f'figure "{clean(self.name)}"'
        if self.query or self.span or self.step or self.unit:
            raise ValueError(f"{named} counts (total, bad, histogram), so it has no query, range, step and unit")
        if not self.total.strip() and not self.histogram.strip():
            raise ValueError(f"{named} has bad, which needs total or histogram beside it")
        if self.total and not (self.bad or self.histogram):
            raise ValueError(f"{named} has total, which needs bad or histogram beside it: else nothing is promised")
        if max(len(self.total), len(self.bad), len(self.histogram)) > _MOST_QUERY:
            raise ValueError(f"each query of {named} must have at most {_MOST_QUERY} characters")

    @property
    def counts(self) -> bool:
        """Whether it counts events for an SLO."""
        return bool(self.total or self.bad or self.histogram)

    @property
    def bucket_s(self) -> float:
        """Seconds that a bound of 1 stands for."""
        return 0.001 if self.bucket_unit == "ms" else 1.0

    @property
    def step_s(self) -> float:
        """Seconds between two points of a range."""
        return float(self.step) or max(1.0, self.span / _USUAL_POINTS)

    @property
    def points(self) -> int:
        """Steps of the range."""
        return int(self.span / self.step_s)

    def fact(self, what: str = "value") -> str:
        """The name of the fact for the value, or for its "value_min" and the like, with the unit."""
        return f"{what}_{self.unit}" if self.unit else what


class Question(NamedTuple):
    """What is asked, and how many series of the answer are kept."""

    path: str
    parameters: Parameters
    most: int = MOST_SERIES


def instant(query: str, timeout_s: float, at: float | None = None, most: int = MOST_SERIES) -> Question:
    """Ask for the figures of a moment of the server's time; None for when it is asked."""
    moment = [] if at is None else [("time", f"{at:.3f}")]
    return Question("/api/v1/query", [("query", query), ("timeout", f"{timeout_s:.3f}"), *moment], most)


class Moment(NamedTuple):
    """When a poll is."""

    at: float
    """UTC seconds by the server's clock, where it tells."""
    counted: float | None
    """The same, never going back: what counters are asked of. None where the server does not tell."""
    clock: float
    """Seconds of a clock that never steps."""


def question(figure: Figure, now: float, timeout_s: float) -> Question:
    """Ask for a figure; `now` is the server's time, at which a range ends."""
    if not figure.span:
        return instant(figure.query, timeout_s)
    common = instant(figure.query, timeout_s).parameters
    step_s = figure.step_s
    start = now - figure.points * step_s
    ends = [("start", f"{start:.3f}"), ("end", f"{now:.3f}"), ("step", f"{step_s:g}")]
    return Question("/api/v1/query_range", [*common, *ends])


class Rows:
    """The rows of one figure over time: what was once needed to tell its series apart stays in their names."""

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self._several = self._named = False
        self._last: tuple[Entity, ...] = ()
        self.left_out = ""
        """How many series the last answer had too many, as a sentence."""

    def questions(self, moment: Moment, timeout_s: float) -> tuple[Question, ...]:
        """What to ask."""
        return (question(self.figure, moment.at, timeout_s),)

    def read(self, answers: Sequence[Found | CollectError], moment: Moment) -> tuple[Entity, ...]:
        """The rows of the answer."""
        self.left_out = left_out(self.figure, answers[0])
        return self.made(answers[0], moment.at)

    def forget(self) -> None:
        """Nothing that it compares with later is kept."""

    def made(self, answer: Found | CollectError, now: float) -> tuple[Entity, ...]:
        """The rows of an answer. An error makes the rows that were there before unknown, and no other ones."""
        if isinstance(answer, CollectError):
            return tuple(self._failed(answer))
        self._several = self._several or answer.total > 1
        self._named = self._named or len({series.metric.get(_METRIC) for series in answer.series}) > 1
        rows = tuple(self._row(series, answer, now) for series in answer.series) or (self._empty(answer),)
        self._last = rows
        return rows

    def _failed(self, error: CollectError) -> Iterator[Entity]:
        told = {self.figure.fact(): None, "series": None, "error": error.message}
        hints = (error.remedy,) if error.remedy else ()
        for row in self._last or (self._entity(self.figure.name, "", {}),):
            facts = {**told, "labels": row.facts.get("labels")}
            yield msgspec.structs.replace(row, facts=facts, hints=hints)

    def _empty(self, answer: Found) -> Entity:
        hint = "the query gives a text, not a figure" if answer.is_text else "the query gives no data"
        facts: dict[str, Value] = {self.figure.fact(): None, "series": 0}
        return self._entity(self.figure.name, "", facts, (hint, *_partial(answer)))

    def _row(self, series: Series, answer: Found, now: float) -> Entity:
        named = _labels(series.metric)
        short = _short(series.metric, self._named) if self._several else ""
        name = f"{self.figure.name} {short}" if short else self.figure.name
        facts, hints = _facts(self.figure, series, now)
        facts |= {"series": answer.total, "labels": named or None}
        return self._entity(name, named, facts, (*hints, *_partial(answer)))

    def _entity(self, name: str, key: str, facts: Mapping[str, Value], hints: tuple[str, ...] = ()) -> Entity:
        texts = {"query": self.figure.query}
        return Entity(kind=KIND, name=clean(name, _NAME_LIMIT), key=key, facts=facts, texts=texts, hints=hints)


def left_out(figure: Figure, answer: Found | CollectError) -> str:
    """Say how many series were left out; "" when none were."""
    if isinstance(answer, CollectError) or answer.total <= len(answer.series):
        return ""
    more = answer.total - len(answer.series)
    return f"{figure.name}: {more} more series are not shown (at most {MOST_SERIES}); narrow the query, as with sum by"


def _partial(answer: Found) -> tuple[str, ...]:
    return tuple(f"the data may not be all: {warning}" for warning in answer.warnings)


def _labels(metric: Mapping[str, str]) -> str:
    return ", ".join(f"{clean(name)}={clean(value)}" for name, value in sorted(metric.items()))


def _short(metric: Mapping[str, str], named: bool) -> str:
    """What tells a series from others of its figure: the value alone where it has but one label.

    The metric's own name is among it where the figure has several of them (`named`).
    """
    labels = {name: value for name, value in metric.items() if name != _METRIC}
    told = clean(next(iter(labels.values()))) if len(labels) == 1 else _labels(labels)
    return " ".join(part for part in (clean(metric.get(_METRIC, "")) if named else "", told) if part)


def _facts(figure: Figure, series: Series, now: float) -> tuple[dict[str, Value], tuple[str, ...]]:
    """Facts and hints of one series. What is no finite number, or is too old, is not known."""
    if series.is_histogram or not series.samples:
        hint = "the query gives histograms: ask for a figure of them, as with histogram_quantile()"
        return {figure.fact(): None}, (hint,)
    figures = [_number(text) for _, text in series.samples]
    at, text = series.samples[-1]
    age_s = max(0.0, now - at) if isfinite(at) else None
    value, hints = figures[-1], []
    if value is None:
        hints.append(f"the query gives {clean(text, 40)}, which is no figure (as 0/0 or a division by 0)")
    if age_s is not None and age_s >= OLD_S:
        hints.append(f"its last sample ({clean(text, 40)}) is older than {OLD_S:g} s and says nothing of now")
        value = None
    facts: dict[str, Value] = {figure.fact(): value}
    if figure.span:
        known = [each for each in figures if each is not None]
        facts[figure.fact("value_min")] = min(known, default=None)
        facts[figure.fact("value_max")] = max(known, default=None)
        facts[figure.fact("value_mean")] = sum(known) / len(known) if known else None
    if age_s is not None and age_s >= OLD_S:
        facts["sample_age_s"] = age_s
    return facts, tuple(hints)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) else None
