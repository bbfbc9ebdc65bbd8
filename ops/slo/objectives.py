"""Objectives: what one SLO promises, taken apart into single ratios of good events, each with a budget of its own."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from collectors.sketch import Answers
from ops.config.structs import Slo
from ops.slo.calendar import Month, Period, Rolling
from ops.slo.exact import exact
from ops.slo.windows import Pair, pairs_of

Kind = Literal["availability", "errors", "latency", "p50", "p95", "p99"]
_WORDS: dict[Kind, str] = {"latency": "fast"}


class Objective(msgspec.Struct, frozen=True, kw_only=True):
    """One promise: so many percent of the events (or slices of time) of a row are good."""

    id: str
    """Unique: "api availability", "api errors", "api fast", "api p95"."""
    slo: str
    """The SLO's name."""
    row: str
    """Id of the row whose events count."""
    kind: Kind = "availability"
    percent: float
    """Of events (or slices) that must be good: 95 for a p95."""
    limit_s: float | None = None
    """Of latency kinds: an answer that took longer is bad."""
    period: Period
    time_zone: str = "UTC"
    """Of its days."""
    pairs: tuple[Pair, ...]
    slice_s: float = 0.0
    """Length of a slice of time; 0 where events count."""
    slice_bad: float = 0.0
    """A slice is bad when more than this percent of its events failed."""
    min_events: int = 0
    """No burn alert where the short window has fewer events."""
    step_s: float = 60.0
    """For how long one minute with data stands: the source's interval where that is longer than a minute."""
    p50_s: float | None = None
    p95_s: float | None = None
    p99_s: float | None = None
    """The latency objectives of the same SLO."""

    @property
    def stands_s(self) -> float:
        """For how long one slice with data stands: its own length, or the source's interval where that is longer."""
        return max(self.slice_s, self.step_s)

    def measured(self, total: int, failed: int, latencies: Answers | None) -> tuple[int, int]:
        """Total and bad of some events, whose sketch is unpacked once for all objectives of one row.

        Availability and errors: failed of all. Latency: later than the limit, of those that were answered at all.
        """
        if self.limit_s is None:
            return total, failed
        if latencies is None:
            return 0, 0
        return latencies.count, latencies.above(self.limit_s)


_PARTS = {"prometheus": "prometheus.figure"}
"""The kind of the rows that count, of sections whose targets have several."""


def slo_name(slo: Slo) -> str:
    """What an SLO is called: as it is named, or like its service, or like what it counts ("access_log:web": web)."""
    return slo.name or slo.service or slo.source.partition(":")[2].rpartition("/")[2] or slo.source


def slo_row(slo: Slo) -> str:
    """Id of the row whose events count; of "prometheus:main/api" it is "prometheus.figure:main/api"."""
    section, _, name = slo.source.partition(":")
    if not slo.source:
        return f"service:{slo.service}"
    return f"{_PARTS[section]}:{name}" if "/" in name and section in _PARTS else slo.source


def slo_target(slo: Slo) -> str:
    """Id of the target that has the row."""
    return slo.source.partition("/")[0] or f"service:{slo.service}"


def period_of(slo: Slo) -> Period:
    """The period of its budgets."""
    return Month(slo.time_zone) if slo.calendar else Rolling(float(slo.window))


def objectives(slo: Slo, row: str = "", interval_s: float = 60.0) -> tuple[Objective, ...]:
    """All that an SLO promises of a row (its own, where none is given), which is polled every `interval_s` seconds."""
    name, period = slo_name(slo), period_of(slo)
    sliced = slo.method == "slices"
    latency = slo.latency
    common = Objective(
        id=name,
        slo=name,
        row=row or slo_row(slo),
        percent=float(slo.objective),
        period=period,
        time_zone=slo.time_zone,
        pairs=pairs_of(slo.burn, period.longest_s),
        min_events=slo.min_events,
        step_s=max(60.0, float(interval_s)),
        p50_s=_plain(latency.p50),
        p95_s=_plain(latency.p95),
        p99_s=_plain(latency.p99),
    )
    found = []
    for kind, percent, limit_s in promised(slo):
        slices = sliced and limit_s is None
        found.append(
            msgspec.structs.replace(
                common,
                id=f"{name} {_WORDS.get(kind, kind)}",
                kind=kind,
                percent=percent,
                limit_s=limit_s,
                slice_s=float(slo.slice) if slices else 0.0,
                slice_bad=float(slo.slice_bad) if slices else 0.0,
            )
        )
    return tuple(found)


def promised(slo: Slo) -> Iterator[tuple[Kind, float, float | None]]:
    """Kind, percent of good events and limit in seconds of each objective."""
    yield "availability", float(slo.objective), None
    if slo.errors is not None:
        yield "errors", float(100 - exact(slo.errors)), None
    if slo.fast is not None:
        yield "latency", float(slo.fast.objective), float(slo.fast.under)
    percentiles: tuple[tuple[Kind, int, float | None], ...] = (
        ("p50", 50, slo.latency.p50),
        ("p95", 95, slo.latency.p95),
        ("p99", 99, slo.latency.p99),
    )
    for kind, percent, limit_s in percentiles:
        if limit_s is not None:
            yield kind, float(percent), float(limit_s)


def _plain(objective: float | None) -> float | None:
    """A plain number: what is in a Board must be encodable."""
    return None if objective is None else float(objective)
