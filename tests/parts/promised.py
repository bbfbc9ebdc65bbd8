"""A service with an SLO, and what was counted of it, for tests of budgets and reports."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from collectors.base import Events
from collectors.sketch import Sketch
from collectors.units import Duration
from ops.config.structs import Config, LatencyObjective, Maintenance, Settings, Slo
from ops.store.contract import Record, Store
from tests.parts.targets import target

ROW = "service:api"
NOW = 1_800_000_000.0
"""The start of an hour."""
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
Course = Sequence[tuple[float, Events]]
SAMPLE = [0.150] * 40 + [0.185] * 11 + [0.300] * 43 + [0.420] * 2 + [0.700] * 2 + [0.890] + [0.950]
"""A hundred answers, of which the 50th takes 185 ms, the 95th 420 ms and the 99th 890 ms."""


def promise(**more: Any) -> Slo:
    """The usual promise of the service api: 99.9 %, 0.5 % errors, 200/500/1000 ms, over 30 days."""
    latency = LatencyObjective(p50=Duration(0.2), p95=Duration(0.5), p99=Duration(1))
    return Slo(**{"service": "api", "errors": 0.5, "latency": latency, **more})


def configured(slo: Slo | None = None, maintenance: tuple[Maintenance, ...] = ()) -> Config:
    """A config with that service and that promise."""
    return Config(
        path="",
        settings=Settings(name="shop"),
        targets=(target("service", "api"),),
        thresholds=(),
        slos=(slo or promise(),),
        maintenance=maintenance,
    )


def counted(total: int, failed: int = 0, latencies: Iterable[float] = ()) -> Events:
    """Events with these latencies."""
    sketch = Sketch()
    for latency in latencies:
        sketch.add(latency)
    return Events(total=total, failed=failed, latencies=sketch.pack())


def steady(
    start: float, end: float, failed: Iterable[tuple[float, float]] = (), each: int = 5
) -> Iterator[tuple[float, Events]]:
    """So many answers a minute in [start, end), all of them failed within `failed`; latencies as in SAMPLE."""
    stretches = tuple(failed)
    packs = [counted(each, 0, SAMPLE[place::20]).latencies for place in range(20)]
    minute = int(start // MINUTE)
    while minute * MINUTE < end:
        at = minute * MINUTE
        bad = any(begin <= at < stop for begin, stop in stretches)
        yield at + 5, Events(total=each, failed=each * bad, latencies=packs[minute % 20])
        minute += 1


def fill(store: Store, course: Iterable[tuple[float, Events]], row: str = ROW) -> None:
    """Have a store record that."""
    store.append([Record(at=at, counted={row: events}) for at, events in course])
