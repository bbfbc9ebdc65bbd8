"""What the memory costs: recording, asking a history of 30 days, and a sketch beside others and exact sorting.

`python -m tests.bench.memory [--json] [--days 30] [--services 50] [--store DIR]`. Without a store, one is made first.
"""

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from collectors.base import Events
from collectors.sketch import Sketch
from ops.board import Row
from ops.config.structs import Config, Settings, Slo, StoreSettings
from ops.demo.history import make
from ops.past.budgets import config_of
from ops.past.reader import Past
from ops.slo.objectives import objectives
from ops.slo.observed import load_observed
from ops.slo.report import make_budgets
from ops.slo.taken import all_objectives
from ops.store.contract import DAY_S, Record
from ops.store.opening import open_store
from ops.store.recorder import Recorder
from tests.bench.sketches import compared

READINGS_PER_S, ROWS = 1000, 100
RECORD_S = 8.0
_TURN_S = 0.02
PATIENCE_S = 0.04
"""As in the time machine of the screen."""
Figures = dict[str, Any]


def timed_ms(work: Callable[[], object], times: int = 7) -> tuple[float, float]:
    """(best, median) of some runs in milliseconds."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begun) * 1000)
    return round(min(taken), 1), round(statistics.median(taken), 1)


def _row(number: int, at: float) -> Row:
    return Row(
        id=f"service:s{number}", kind="service", name=f"s{number}", target=f"service:s{number}", level="ok", word="up",
        reason="", since=0.0, at=at, facts={"status": 200, "total_s": random.random(), "body_bytes": 64},
    )  # fmt: skip


async def _readings(take: Callable[[Record], None]) -> tuple[float, float]:
    """CPU seconds of the process and the longest delay of the event loop while that many readings come."""
    begun, cpu = time.monotonic(), time.process_time()
    done, late = 0, 0.0
    answer = Sketch()
    answer.add(0.1)
    events = Events(total=1, failed=0, latencies=answer.pack())
    while (passed := time.monotonic() - begun) < RECORD_S:
        while done < passed * READINGS_PER_S:
            now, number = time.time(), done % ROWS
            take(Record(at=now, rows=(_row(number, now),), counted={f"service:s{number}": events}))
            done += 1
        asked = time.monotonic()
        await asyncio.sleep(_TURN_S)
        late = max(late, time.monotonic() - asked - _TURN_S)
    return time.process_time() - cpu, late


async def recording(folder: Path) -> Figures:
    """A thousand readings a second, without and with a recorder: the difference is what recording costs."""
    bare, _ = await _readings(lambda _: None)
    config = Config(
        path=str(folder / "x.toml"), settings=Settings(), targets=(), thresholds=(), store=StoreSettings(path=".")
    )
    recorder = Recorder(folder, config)
    cpu, late = await _readings(recorder.take)
    words = recorder.words
    await recorder.close()
    return {
        "recording_percent": round((cpu - bare) / RECORD_S * 100, 1),
        "readings_made_percent": round(bare / RECORD_S * 100, 1),
        "recording_late_ms": round(late * 1000, 1),
        "recording_words": words,
    }


def asking(folder: Path, count: int) -> Figures:
    """A history is opened, asked for a p99 and for all budgets of 30 days, and looked at at random moments."""
    opened = timed_ms(lambda: open_store(folder, read_only=True).close())
    written = timed_ms(lambda: open_store(folder).close())
    store = open_store(folder, read_only=True)
    try:
        span = store.span()
        assert span is not None
        now = span[1]
        slos = tuple(Slo(service=name.partition(":")[2], objective=99.9) for name in store.counted_rows()[:count])
        config = Config(path="", settings=Settings(), targets=(), thresholds=(), slos=slos)
        (one, *_) = objectives(slos[0])
        start = now - 30 * DAY_S
        chance = random.Random(1)
        moments = [chance.uniform(max(span[0], start), now) for _ in range(21)]
        past, everything = Past(store, None), config_of(store)
        first_looks, jumps = _jumps(past, moments, PATIENCE_S), _jumps(past, moments)
        plain = _jumps(Past(store, config), moments)
        p99 = timed_ms(lambda: load_observed(store, one.row, start, now, ()).ranks(start))
        budgets = timed_ms(lambda: make_budgets(store, config, now))
        all_budgets = timed_ms(lambda: make_budgets(store, everything, now), 3)
        return {
            "slos": len(slos),
            "open_ms": opened[0],
            "open_to_write_ms": written[0],
            "p99_30d_ms": p99[0],
            "budgets_30d_ms": budgets[0],
            "budgets_30d_with_percentiles": len(all_objectives(everything)),
            "budgets_30d_with_percentiles_ms": all_budgets[0],
            "jump_first_look_ms": round(statistics.median(first_looks), 1),
            "jump_ms": round(statistics.median(jumps), 1),
            "jump_p95_ms": jumps[int(len(jumps) * 0.95) - 1],
            "jump_one_objective_each_ms": round(statistics.median(plain), 1),
        }
    finally:
        store.close()


def _jumps(past: Past, moments: Sequence[float], patience_s: float | None = None) -> list[float]:
    """What each jump but the first takes in milliseconds, rising: the floor of a moment with all its budgets.

    With `patience_s` it is what the screen shows at first: everything, but of the budgets those with the least left.
    """
    past.board(moments[0])
    return sorted(timed_ms(partial(past.board, at, patience_s), 1)[0] for at in moments[1:])


@contextmanager
def history(given: str, days: float, services: int) -> Iterator[tuple[Path, Figures]]:
    """The folder of a history, made when none is given, with what making it took."""
    if given:
        yield Path(given), {}
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "history")
        begun, cpu = time.perf_counter(), time.process_time()
        store = open_store(folder)
        made = make(store, time.time(), days, services=services, told=lambda *_: None)
        store.close()
        took = time.perf_counter() - begun, time.process_time() - cpu
        yield (
            folder,
            {
                "history_rows": made.rows,
                "history_made_s": round(took[0], 1),
                "history_made_cpu_s": round(took[1], 1),
            },
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--days", type=float, default=30.0)
    parser.add_argument("--services", type=int, default=50)
    parser.add_argument("--store", default="", help="a history that is there already")
    options = parser.parse_args()
    figures: Figures = compared()
    with tempfile.TemporaryDirectory() as name:
        figures |= asyncio.run(recording(Path(name)))
    with history(options.store, options.days, options.services) as (folder, made):
        size = sum(file.stat().st_size for file in folder.iterdir())
        figures |= {**made, "store_mb": round(size / 1e6, 1), **asking(folder, options.services)}
    print(json.dumps(figures) if options.json else "\n".join(f"{name:<28}{value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
