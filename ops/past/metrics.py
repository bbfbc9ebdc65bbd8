"""Metrics over time, from a store: recorded facts, and what counted events say (percentiles, errors)."""

from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Literal

import msgspec

from collectors.sketch import Sketch
from ops.config.names import did_you_mean
from ops.errors import UsageError
from ops.store.contract import HOUR_S, MINUTE_S, Slot, Store, Subject

CAPACITY_FACTS = (
    "cpu_percent",
    "memory_percent",
    "memory_bytes",
    "received_bytes_per_s",
    "sent_bytes_per_s",
    "percent",
)
"""What tells how full things are; "percent" is a disk's."""
CAPACITY_KINDS = ("host", "host.disk", "host.net", "container", "process")
_MINUTES_UP_TO_S = 12 * HOUR_S


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """A metric's value in one step of time."""

    at: float
    """When the step began, UTC seconds."""
    value: float
    least: float
    most: float
    """The extremes within the step; the value itself where counted events are told."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A metric of one row over time, oldest first; steps without data are left out."""

    row: str
    metric: str
    points: Sequence[Point]


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """From when to when (end not included), in steps of a minute or an hour."""

    start: float
    end: float
    step: Literal[60, 3600]


def fitting_step(start: float, end: float) -> Literal[60, 3600]:
    """Minutes for up to half a day, hours beyond."""
    return MINUTE_S if end - start <= _MINUTES_UP_TO_S else HOUR_S


def lines(store: Store, metric: str, glob: str, span: Span) -> list[Line]:
    """The metric ("host.disk.percent", "service.p95_s") of every row that has it and that the glob takes.

    Raises UsageError, with the nearest right name, for a metric or a row that the store has nothing of.
    """
    kind, _, fact = metric.rpartition(".")
    counted = frozenset(store.counted_rows())
    of_kind = [subject for subject in store.subjects() if subject.kind == kind]
    having = [subject.row for subject in of_kind if _has(store, subject, fact, counted)]
    if not having:
        known = known_metrics(store)
        look = f'say kind and fact, such as "{known[0]}"; `watchfloor board --json` shows them' if known else ""
        raise UsageError(f'nothing was recorded as "{metric}"; {did_you_mean(metric, known, look)}')
    chosen = [row for row in having if fnmatchcase(row, glob)]
    if not chosen:
        look = "`watchfloor board` shows all rows"
        raise UsageError(f'no row with {metric} is like "{glob}"; {did_you_mean(glob, having, look)}')
    return [Line(row=row, metric=metric, points=_points(store, row, fact, span, counted)) for row in chosen]


def capacity(store: Store, glob: str, span: Span) -> list[Line]:
    """How full hosts, disks, networks and containers were: one line for each figure of each row."""
    found = []
    for subject in store.subjects():
        if subject.kind not in CAPACITY_KINDS or not fnmatchcase(subject.row, glob):
            continue
        facts = frozenset(store.facts(subject.row))
        for fact in CAPACITY_FACTS:
            if fact in facts:
                points = _points(store, subject.row, fact, span, frozenset())
                found.append(Line(row=subject.row, metric=f"{subject.kind}.{fact}", points=points))
    return found


def known_metrics(store: Store) -> tuple[str, ...]:
    """Every metric that the store has something of, sorted."""
    counted = frozenset(store.counted_rows())
    names: set[str] = set()
    for subject in store.subjects():
        names.update(f"{subject.kind}.{fact}" for fact in store.facts(subject.row))
        if subject.row in counted:
            names.update(f"{subject.kind}.{fact}" for fact in _COUNTED)
    return tuple(sorted(names))


def _has(store: Store, subject: Subject, fact: str, counted: frozenset[str]) -> bool:
    return (fact in _COUNTED and subject.row in counted) or fact in store.facts(subject.row)


def _points(store: Store, row: str, fact: str, span: Span, counted: frozenset[str]) -> Sequence[Point]:
    tell = _COUNTED.get(fact) if row in counted else None
    if tell is None:
        return [
            Point(at=figure.at, value=figure.value, least=figure.least, most=figure.most)
            for figure in store.figures(row, fact, span.start, span.end, span.step)
        ]
    told = [(slot.at, tell(slot)) for slot in store.slots(row, span.start, span.end, span.step)]
    return [Point(at=at, value=value, least=value, most=value) for at, value in told if value is not None]


def _percentile(percent: float) -> Callable[[Slot], float | None]:
    return lambda slot: Sketch.unpack(slot.latencies).ranks(percent)[0]


_COUNTED: Mapping[str, Callable[[Slot], float | None]] = {
    "p50_s": _percentile(50),
    "p95_s": _percentile(95),
    "p99_s": _percentile(99),
    "error_percent": lambda slot: 100 * slot.failed / slot.total if slot.total else None,
    "events": lambda slot: float(slot.total),
    "failed": lambda slot: float(slot.failed),
}
"""What events say of a step, by the name of the fact; percentiles are nearest rank, to 1 %."""
