"""The floor under test: 24 services, 12 containers, 6 queues, 2 databases and a chart, fed without any I/O."""

import argparse
import asyncio
import itertools
import random
import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from ops.board import WINDOWS, Board, Bucket, Budget, Row, WindowStats
from ops.config.structs import Config, Settings

SERVICES, CONTAINERS, QUEUES = 24, 12, 6
PREPARED = 4
FAILING = "payments"
REASON = "connection refused by 10.0.0.7:443 for 4 probes"


def _service(index: int, rng: random.Random, now: float, at: int) -> Row:
    base = rng.uniform(0.02, 0.6)
    stats = tuple(
        WindowStats(window_s=seconds, count=180, failed=rng.randrange(4), p50_s=base, p95_s=base * 2, p99_s=base * 3)
        for _, seconds in WINDOWS
    )
    steps = range(180)
    buckets = tuple(
        Bucket(
            at=(at - step) * 10.0,
            p50_s=(value := 0.1 + (step * 7 % 23) / 100),
            p95_s=value * 2,
            p99_s=value * 3,
            failed=0,
            count=6,
        )
        for step in reversed(steps)
    )
    return _row("service", f"svc-{index:02}", now, facts={"status": 200, "total_s": base}, stats=stats, buckets=buckets)


def _row(kind: str, name: str, now: float, **more: object) -> Row:
    target = f"{kind}:{name}" if kind in ("service", "postgres", "redis") else "docker:local"
    fields = {"word": "up", "reason": "", "trend": tuple(random.Random(name).random() for _ in range(30))} | more
    plain = {"id": f"{kind}:{name}", "kind": kind, "name": name, "target": target, "level": "ok"}
    return msgspec.convert(plain | {"since": now - 3600, "at": now} | fields, Row, strict=False, from_attributes=True)


def _container(index: int, rng: random.Random, now: float) -> Row:
    facts = {
        "state": "running", "health": "healthy", "cpu_percent": rng.uniform(0, 100), "restarts": 0,
        "memory_bytes": rng.randrange(2**20, 2**30), "memory_limit_bytes": 2**30, "uptime_s": now % 1e6,
        "memory_percent": rng.uniform(1, 99),
    }  # fmt: skip
    return _row("container", f"web-{index}", now, facts=facts)


def _queue(index: int, rng: random.Random, now: float) -> Row:
    ready = rng.randrange(9999)
    facts = {"ready": ready, "unacked": ready // 9, "consumers": 2, "in_per_s": rng.uniform(0, 99), "type": "list"}
    return _row("queue", f"jobs-{index}", now, facts=facts | {"out_per_s": rng.uniform(0, 99), "net_per_s": -1.0})


def _others(rng: random.Random, now: float) -> list[Row]:
    postgres = {
        "query_s": rng.uniform(0, 0.1), "connections": rng.randrange(30), "connections_max": 100,
        "connections_percent": 30.0, "cache_hit_ratio": 0.99, "blocked": 0, "longest_query_s": rng.uniform(0, 9),
    }  # fmt: skip
    redis = {
        "latency_s": rng.uniform(0, 0.01), "memory_percent": 40.0, "memory_bytes": rng.randrange(2**26),
        "memory_max_bytes": 2**26, "hit_ratio": 0.9, "ops_per_s": rng.uniform(0, 999), "clients": 12,
    }  # fmt: skip
    host = {
        "cpu_percent": rng.uniform(0, 100), "load1": rng.uniform(0, 4), "load_per_core": 0.5, "cores": 2,
        "memory_percent": rng.uniform(0, 100), "swap_percent": 0.0, "memory_used_bytes": 2**33,
        "memory_total_bytes": 2**34,
    }  # fmt: skip
    return [
        _row("postgres", "shop", now, facts=postgres), _row("redis", "cache", now, facts=redis),
        _row("host", "db1", now, facts=host),
    ]  # fmt: skip


class ScriptedSource:
    """A BoardSource that changes a share of the rows' figures each second."""

    past = None
    fixes = None
    incidents = drift = backups = None

    def __init__(
        self, share: float, refresh_s: float = 1.0, *, containers: int = CONTAINERS, failing: bool = False
    ) -> None:
        self._share, self._refresh_s, self._containers, self._failing = share, refresh_s, containers, failing
        self._rng = random.Random(7)
        self._rows: dict[str, Row] = {}
        self._prepared = [self._next(1.0)]
        self.board = self._prepared[0]

    def _next(self, share: float) -> Board:
        now, rng = time.time(), self._rng
        fresh = [_service(index, rng, now, int(now // 10)) for index in range(SERVICES)]
        fresh += [_container(index, rng, now) for index in range(self._containers)]
        fresh += [_queue(index, rng, now) for index in range(QUEUES)] + _others(rng, now)
        if self._failing:
            fresh.append(_row("service", FAILING, now, level="critical", word="down", reason=REASON, since=now - 200))
        for row in fresh:
            if row.id not in self._rows or rng.random() < share:
                self._rows[row.id] = row
        budget = Budget(
            service="svc-00", objective_percent=99.9, window_s=2592000, known_s=3600, remaining_ratio=0.7,
            burn_5m=1.0, burn_1h=rng.random() if self._share else 0.5, exhausted_in_s=36000, p95_s=0.5,
        )  # fmt: skip
        rows = tuple(self._rows.values())
        return Board(name="bench", environment="", mode="live", at=now, late_s=0, rows=rows, budgets=(budget,))

    async def boards(self) -> AsyncIterator[Board]:
        """A new Board each refresh, until cancelled."""
        for turn in itertools.count():
            yield self.board
            await asyncio.sleep(self._refresh_s)
            # Making a board costs more than painting it: a few are made in the first seconds, then shown in turn.
            if len(self._prepared) < PREPARED:
                self._prepared.append(self._next(self._share))
            self.board = msgspec.structs.replace(self._prepared[turn % len(self._prepared)], at=time.time())

    def poll_now(self) -> None:
        """Nothing is polled here."""

    async def follow(self, row_id: str) -> AsyncIterator[str]:
        """One line."""
        yield row_id

    async def close(self) -> None:
        """Nothing is open."""


def show(argv: list[str]) -> int:
    """Open the floor under test until it is left."""
    from tests.bench.turns import timed
    from tui.app import FloorApp, run_floor

    parser = argparse.ArgumentParser()
    parser.add_argument("share", type=float)
    parser.add_argument("--refresh", type=float, default=1.0)
    parser.add_argument("--containers", type=int, default=CONTAINERS)
    parser.add_argument("--failing", action="store_true")
    parser.add_argument("--turns", type=Path, help="time the pieces of work on the event loop, and write them here")
    asked = parser.parse_args(argv)
    config = Config(path="", settings=Settings(name="bench"), targets=(), thresholds=())
    source = ScriptedSource(asked.share, asked.refresh, containers=asked.containers, failing=asked.failing)
    if not asked.turns:
        return run_floor(config, source=source)
    return timed(FloorApp(config, source=source), asked.turns)
