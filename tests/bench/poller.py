"""What the poller itself costs: CPU of 200 targets each 5 s whose collectors do nothing, beside plain asyncio tasks.

python -m tests.bench.poller [--json] [--seconds 10]
"""

import argparse
import asyncio
import json
import time
from collections.abc import Awaitable, Callable

from collectors.base import Collector, Entity, Poll, Reading, TargetConfig, Value
from collectors.poller import PolledTarget, Poller
from collectors.units import Duration

TARGETS, INTERVAL_S = 200, 5.0
FACTS: dict[str, Value] = {
    "url": "http://127.0.0.1/",
    "status": 200,
    "total_s": 0.0012,
    "body_bytes": 2,
    "redirects": 0,
}


class Trivial(Collector[TargetConfig]):
    """Answers at once with a reading like a service's."""

    name = section = "trivial"
    title = "Trivial"
    Config = TargetConfig

    async def collect(self) -> Reading:
        """Give the same facts again."""
        return Reading((Entity(kind="service", name=self.config.name, facts=dict(FACTS)),))


def _collector(number: int) -> Trivial:
    return Trivial(TargetConfig(name=f"t{number}", interval=Duration(INTERVAL_S), timeout=Duration(2)), {})


async def _ours(seconds: float) -> tuple[int, float]:
    polls: list[Poll] = []
    poller = Poller([PolledTarget(id=f"trivial:t{n}", collector=_collector(n)) for n in range(TARGETS)], polls.append)
    running = asyncio.create_task(poller.run())
    await asyncio.sleep(seconds)
    late_s = poller.late_s
    await poller.close()
    await running
    return len(polls), late_s


async def _plain(seconds: float) -> tuple[int, float]:
    """The least that could be had: one task a target that sleeps, and collects under `asyncio.timeout`."""
    count = 0

    async def loop(collector: Trivial, phase: float) -> None:
        nonlocal count
        while True:
            async with asyncio.timeout(2):
                await collector.collect()
            count += 1
            await asyncio.sleep(phase)
            phase = INTERVAL_S

    tasks = [asyncio.create_task(loop(_collector(n), INTERVAL_S * (0.25 + n / TARGETS))) for n in range(TARGETS)]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return count, 0.0


def _measure(way: Callable[[float], Awaitable[tuple[int, float]]], seconds: float) -> dict[str, float]:
    async def main() -> tuple[int, float]:
        return await way(seconds)

    before = time.process_time()
    polls, late_s = asyncio.run(main())
    cpu_s = time.process_time() - before
    return {
        "polls": polls,
        "cpu_percent": round(100 * cpu_s / seconds, 3),
        "cpu_us_a_poll": round(1e6 * cpu_s / polls, 1),
        "late_ms": round(1000 * late_s, 2),
    }


def main() -> None:
    """Measure both in turn and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    figures = {"ours": _measure(_ours, options.seconds), "plain_tasks": _measure(_plain, options.seconds)}
    if options.json:
        print(json.dumps(figures))
        return
    for name, values in figures.items():
        print(name, ", ".join(f"{figure} {value}" for figure, value in values.items()))


if __name__ == "__main__":
    main()
