"""Figures that count, of a real Prometheus that scrapes a real exporter: each rise once, percentiles as its own."""

import asyncio
import math
import random
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress

import pytest

from collectors.base import CollectError, Entity, Events
from collectors.histogram import histogram_quantile
from collectors.prometheus import Prometheus, PrometheusConfig
from collectors.prometheus_api.figures import Figure
from collectors.sketch import ALPHA, GAMMA, Sketch
from tests.parts.collecting import fault, of_kind
from tests.parts.databases import open_folder
from tests.parts.exporter import BOUNDS, Exporter
from tests.parts.need import need
from tests.parts.prometheus import PrometheusServer
from tests.parts.wait import until

KIND = "prometheus.figure"
RAW = Figure(name="api", total="shop_requests_total", bad='shop_requests_total{code=~"5.."}')
SUMMED = Figure(name="summed", total="sum(shop_requests_total)", bad='sum(shop_requests_total{code=~"5.."})')
TIMED = Figure(name="timed", histogram="shop_request_seconds_bucket")
BOTH = Figure(
    name="both",
    total="shop_requests_total",
    bad='sum by (instance) (shop_requests_total{code=~"5.."})',
    histogram="sum by (instance, le) (shop_request_seconds_bucket)",
)


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[Exporter, PrometheusServer]]:
    """An exporter, and a Prometheus that has scraped it: that takes five seconds, so the tests share it."""
    need(shutil.which("prometheus"), "a prometheus on PATH")
    exporter = Exporter()
    with open_folder() as folder:
        server = PrometheusServer(folder, exporter=exporter.port)
        server.launch()
        until(lambda: server.ask("shop_requests_total"), "the first scrape", 20)
        yield exporter, server
        server.stop()
    exporter.stop()


@pytest.fixture
def scraping(pair: tuple[Exporter, PrometheusServer]) -> PrometheusServer:
    """The Prometheus, which finds that the exporter was started anew."""
    exporter, server = pair
    exporter.restart()
    until(lambda: [each["value"][1] for each in server.ask("shop_requests_total")] == ["0"], "a scrape of nothing")
    return server


@pytest.fixture
def exporter(pair: tuple[Exporter, PrometheusServer], scraping: PrometheusServer) -> Exporter:
    """An exporter that nobody asked for anything yet."""
    return pair[0]


async def eventually(condition: Callable[[], Awaitable[bool]], what: str, deadline_s: float = 20.0) -> None:
    """Ask every 20 ms until it holds."""
    end = time.monotonic() + deadline_s
    while not await condition():
        assert time.monotonic() < end, f"waited {deadline_s} s for {what}"
        await asyncio.sleep(0.02)


class Counts:
    """What each figure of a collector counted in all, from poll to poll."""

    def __init__(self, collector: Prometheus) -> None:
        self._collector = collector
        self.events: dict[str, Events] = {}
        self.last: dict[str, Entity] = {}
        self.sketches: dict[str, Sketch] = {}

    def clear(self) -> None:
        """Forget what was counted."""
        self.events, self.sketches = {}, {}

    async def poll(self) -> dict[str, Entity]:
        """Poll once and add it up."""
        self.last = of_kind(await self._collector.collect(), KIND)
        for name, row in self.last.items():
            if row.events is None:
                continue
            so_far = self.events.get(name, Events(total=0, failed=0))
            self.events[name] = Events(total=so_far.total + row.events.total, failed=so_far.failed + row.events.failed)
            self.sketches.setdefault(name, Sketch()).merge(Sketch.unpack(row.events.latencies))
        return self.last

    def of(self, name: str) -> tuple[int, int]:
        """Total and failed so far."""
        events = self.events.get(name, Events(total=0, failed=0))
        return events.total, events.failed

    async def reach(self, total: int, name: str = "api") -> None:
        """Poll until it has counted so many; and twice more, in which nothing may be added."""

        async def reached() -> bool:
            await self.poll()
            return self.of(name)[0] >= total

        await eventually(reached, f"{total} of {name}, in place of {self.events}")
        for _ in range(2):
            await self.poll()


@pytest.fixture
async def counts(scraping: PrometheusServer) -> AsyncIterator[Counts]:
    """Figures that have been read once, so that counting begins now."""
    collector = Prometheus(PrometheusConfig(name="main", url=scraping.url, figures=(RAW, SUMMED, TIMED, BOTH)), {})
    counting = Counts(collector)

    async def whole() -> bool:
        rows = await counting.poll()
        told = [counting.of(name)[0] for name in rows if rows[name].events is not None]
        return len(told) == len(rows)

    # It is asked of a whole second of its own time, which may lie before the exporter began anew.
    await eventually(whole, "a first reading")
    await asyncio.sleep(1.1)
    await counting.poll()
    counting.clear()
    yield counting
    await collector.close()


async def test_all_that_the_exporter_counted_is_counted_once(exporter: Exporter, counts: Counts) -> None:
    assert counts.of("api") == (0, 0)
    exporter.serve(*[0.01] * 90)
    exporter.serve(*[0.3] * 10, status=404)
    await counts.reach(100)
    exporter.serve(*[0.3] * 7, status=503)
    await counts.reach(107)
    assert counts.of("api") == counts.of("summed") == counts.of("both") == (107, 7), "the first failures ever count"
    assert counts.of("timed") == (107, 0)
    facts = counts.last["both"].facts
    assert (facts["requests"], facts["failed"], facts["errors_percent"]) == (107, 7, 6.54)
    assert facts["p50_s"] is not None
    assert counts.last["timed"].facts["errors_percent"] is None


async def test_an_exporter_that_begins_anew_goes_on_being_counted(exporter: Exporter, counts: Counts) -> None:
    exporter.serve(*[0.01] * 200)
    exporter.serve(*[0.01] * 20, status=500)
    await counts.reach(220)
    exporter.restart()
    exporter.serve(*[0.02] * 30)
    exporter.serve(*[0.02] * 5, status=500)
    await counts.reach(255)
    assert counts.of("api") == counts.of("both") == (255, 25)
    assert counts.sketches["timed"].count == counts.sketches["both"].count == 255
    assert counts.of("summed")[0] == 220, "of a sum nobody knows what began anew"
    exporter.serve(*[0.02] * 3)
    await counts.reach(258)
    assert counts.of("summed") == (223, 20)


async def test_what_nobody_scraped_is_not_known_and_is_counted_when_it_is_back(
    exporter: Exporter, scraping: PrometheusServer, counts: Counts
) -> None:
    exporter.serve(*[0.01] * 10)
    await counts.reach(10)
    exporter.stop()

    async def unknown() -> bool:
        return (await counts.poll())["api"].events is None

    await eventually(unknown, "no data of the exporter")
    row = counts.last["api"]
    assert (row.facts["series"], counts.last["timed"].events) == (0, None)
    assert row.hints == ("total gives no data: that is not nothing, but not known",)
    exporter.serve(*[0.01] * 4)
    exporter.launch()
    await counts.reach(14)
    scraping.hang()
    exporter.serve(*[0.01] * 5, status=500)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await counts.poll()
    scraping.unhang()
    await counts.reach(19)
    scraping.stop()
    assert (await fault(counts._collector)).reason == "refused"
    exporter.serve(*[0.01] * 6)
    scraping.launch()

    async def answers() -> bool:
        with suppress(CollectError):
            await counts.poll()
            return counts.of("api")[0] >= 25
        return False

    await eventually(answers, "what rose meanwhile")
    await counts.reach(25)
    assert counts.of("api") == counts.of("both") == (25, 5)


async def test_percentiles_are_those_of_its_own_histogram_quantile(
    exporter: Exporter, scraping: PrometheusServer, counts: Counts
) -> None:
    chance = random.Random(4)
    exporter.serve(*[chance.lognormvariate(-2.5, 1.0) for _ in range(2_000)])
    await counts.reach(2_000, "timed")
    buckets = scraping.ask("sum by (le) (shop_request_seconds_bucket)")
    told = [(float(each["metric"]["le"]), float(each["value"][1])) for each in buckets]
    sketch = counts.sketches["timed"]
    for share in (0.0, 0.01, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0):
        (answer,) = scraping.ask(f"histogram_quantile({share}, sum by (le) (shop_request_seconds_bucket))")
        own = float(answer["value"][1])
        assert histogram_quantile(share, told).value == pytest.approx(own, nan_ok=True)
        (found,) = sketch.ranks(100 * share)
        if share >= 0.5:
            assert found is not None
            assert own * (1 - ALPHA) * 0.999 <= found <= own * GAMMA * (1 + ALPHA) * 1.001
    (p95,) = sketch.ranks(95)
    assert counts.last["timed"].facts["p95_s"] == p95
    above = {bound: sum(took > bound for took in exporter._took) for bound in BOUNDS}
    assert {bound: sketch.above(bound) for bound in BOUNDS} == above, "exact at every bound"


async def test_a_query_that_is_wrong_says_nothing_of_users(scraping: PrometheusServer) -> None:
    figures = (
        Figure(name="wrong", total="shop_requests_total", bad="shop_requests_total{"),
        Figure(name="no buckets", histogram="shop_requests_total"),
        Figure(name="no le", histogram="sum by (instance) (shop_request_seconds_bucket)"),
        Figure(name="text", total='"hello"', bad="up"),
        Figure(name="right", total="up", bad="no_such_metric"),
    )
    collector = Prometheus(PrometheusConfig(name="main", url=scraping.url, figures=figures), {})
    counting = Counts(collector)

    async def known() -> bool:
        rows = await counting.poll()
        return rows["right"].events is not None and rows["wrong"].facts.get("series") is None

    await eventually(known, "events of the right one")
    rows = counting.last
    await collector.close()
    assert rows["right"].events == Events(total=0, failed=0)
    assert {name for name, row in rows.items() if row.events is not None} == {"right"}
    assert str(rows["wrong"].facts["error"]).startswith("bad: ")
    assert "no buckets up to" in str(rows["no buckets"].facts["error"])
    assert "no buckets up to" in str(rows["no le"].facts["error"])
    assert "no counters" in str(rows["text"].facts["error"])
    assert not any(math.isnan(float(row.facts["requests_per_s"] or 0)) for row in rows.values())
