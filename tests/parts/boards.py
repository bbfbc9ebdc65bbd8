"""Boards for tests of what is drawn, written as one would tell them."""

import math
from collections.abc import Mapping
from typing import Any

from collectors.base import Value
from ops.board import Board, Bucket, Budget, Burn, Cause, Change, Check, Level, Row, WindowStats

NOW = 1_700_000_000.0
"""2023-11-14 22:13:20 UTC: every test's moment."""


def check(metric: str, level: Level, text: str, word: str = "bad") -> Check:
    """One verdict on a fact."""
    return Check(id=metric, level=level, word=word, text=text, since=NOW - 90)


def row(row_id: str, facts: Mapping[str, Value] | None = None, **more: Any) -> Row:
    """A row that is ok and fresh unless told otherwise."""
    kind, _, name = row_id.partition(":")
    level: Level = more.get("level", "ok")
    given: dict[str, Any] = {
        "id": row_id,
        "kind": kind,
        "name": name.rpartition("/")[2] if "/" in name else name,
        "target": row_id.partition("/")[0],
        "level": level,
        "word": "up" if level == "ok" else level,
        "reason": "" if level == "ok" else f"{name} is not well",
        "since": NOW - 7200,
        "at": NOW - 1,
        "facts": facts or {},
    }
    return Row(**given | more)


def service(name: str, ms: float = 41, failed: int = 0, **more: Any) -> Row:
    """A probed service that answers in so many milliseconds (p50)."""
    seconds = ms / 1000
    windows = tuple(
        WindowStats(window_s=window, count=100, failed=failed, p50_s=seconds, p95_s=seconds * 4, p99_s=seconds * 9)
        for window in (300.0, 1800.0, 3600.0)
    )
    waves = [1 + 0.3 * math.sin(i / 7 + ms) for i in range(180)]
    buckets = tuple(
        Bucket(
            at=NOW - 10 * (179 - i),
            p50_s=seconds * wave,
            p95_s=seconds * wave * 4,
            p99_s=seconds * wave * 9,
            failed=0,
            count=1,
        )
        for i, wave in enumerate(waves)
    )
    return row(
        f"service:{name}",
        {"status": 200, "total_s": seconds},
        stats=windows,
        trend=tuple(seconds * wave for wave in waves[::6]),
        trend_of="total_s",
        buckets=buckets,
        **more,
    )


def container(name: str, cpu: float = 3.2, **more: Any) -> Row:
    """A running, healthy container."""
    facts: dict[str, Value] = {
        "state": "running",
        "health": "healthy",
        "cpu_percent": cpu,
        "memory_bytes": 412 * 2**20,
        "memory_limit_bytes": 2**30,
        "memory_percent": 40.2,
        "restarts": 0,
        "uptime_s": 93_000,
        "image": "shop/web:1.4",
    }
    more.setdefault("target", "docker:local")
    return row(f"container:local/{name}", facts | more.pop("facts", {}), word=more.pop("word", "running"), **more)


def queue(name: str, ready: int | None = 12, net: float | None = -2.0, **more: Any) -> Row:
    """A queue in Redis that drains by default."""
    drain = ready / -net if ready and net and net < 0 else None
    facts: dict[str, Value] = {
        "ready": ready,
        "unacked": 3,
        "consumers": 2,
        "in_per_s": 10.0,
        "out_per_s": 12.0,
        "net_per_s": net,
        "drain_s": drain,
        "type": "list",
    }
    return row(f"queue:cache/{name}", facts | more.pop("facts", {}), target="redis:cache", **more)


def postgres(name: str = "shop", **more: Any) -> Row:
    """A PostgreSQL that is well."""
    facts: dict[str, Value] = {
        "connections": 12,
        "connections_max": 100,
        "connections_percent": 12.4,
        "query_s": 0.0021,
        "cache_hit_ratio": 0.993,
        "blocked": 0,
        "longest_query_s": 1.2,
        "commits_per_s": 84.0,
        "size_bytes": 3 * 2**30,
    }
    return row(f"postgres:{name}", facts | more.pop("facts", {}), **more)


def redis(name: str = "cache", **more: Any) -> Row:
    """A Redis that is well."""
    facts: dict[str, Value] = {
        "latency_s": 0.0004,
        "memory_bytes": 90 * 2**20,
        "memory_percent": 35.0,
        "clients": 9,
        "clients_blocked": 1,
        "hit_ratio": 0.97,
        "ops_per_s": 1210.0,
    }
    return row(f"redis:{name}", facts | more.pop("facts", {}), **more)


def host(name: str = "db1", **more: Any) -> list[Row]:
    """A host with two mounts, a network card and a busy process."""
    target = f"host:{name}"
    facts: dict[str, Value] = {
        "cpu_percent": 23.0,
        "load1": 1.25,
        "load_per_core": 0.31,
        "memory_percent": 61.0,
        "swap_percent": 0.0,
        "pressure_cpu_percent": 1.2,
        "pressure_memory_percent": 0.0,
        "pressure_io_percent": 4.0,
    }
    return [
        row(target, facts, trend=tuple(20 + 5 * math.sin(i) for i in range(30)), **more),
        row(f"host.disk:{name}/root", {"percent": 71.0}, target=target, name="/"),
        row(f"host.disk:{name}/data", {"percent": 88.0}, target=target, name="/data", level="warning", word="full"),
        row(f"host.net:{name}/eth0", {"received_bytes_per_s": 120_000.0, "sent_bytes_per_s": 9_000.0}, target=target),
        row(f"host.process:{name}/912", {"cpu_percent": 18.0}, target=target, name="postgres"),
    ]


def budget(name: str, left: float | None = 0.712, burn: float | None = 0.4, **more: Any) -> Budget:
    """An error budget over 30 days. Its page fires where `burn` is over 14.4x."""
    kind = str(more.get("kind", "availability"))
    pages = burn is not None and burn > 14.4
    given: dict[str, Any] = {
        "id": f"{name} {kind}",
        "service": name,
        "row": f"service:{name}",
        "window": "30 d",
        "start": NOW - 30 * 86400,
        "total": 260_000 if left is not None else 0,
        "bad": round(260_000 * 0.01 * (1 - left)) if left is not None else 0,
        "sli_ratio": None if left is None else 1 - 0.01 * (1 - left),
        "bad_left_s": None if left is None else left * 0.001 * 30 * 86400,
        "burns": burns(burn),
        "alert": "page" if pages else "",
        "why": f"page: 1h burns {burn:.1f}x and 5m {burn:.1f}x, over 14.4x" if pages else "",
        "objective_percent": 99.9,
        "window_s": 30 * 86400.0,
        "known_s": 3 * 86400.0 if left is not None else 0.0,
        "remaining_ratio": left,
        "burn_5m": burn,
        "burn_1h": burn,
        "exhausted_in_s": 34_800.0 if burn and burn > 1 else None,
        "p95_s": 0.5,
    }
    return Budget(**given | more)


def burns(burn: float | None) -> tuple[Burn, ...]:
    """The four pairs of the SRE workbook, each longer one burning half as fast as the one before."""
    pairs = (
        ("page", "quick", 3600.0, 300.0, 14.4),
        ("page", "slow", 21600.0, 1800.0, 6.0),
        ("ticket", "quick", 86400.0, 7200.0, 3.0),
        ("ticket", "slow", 259200.0, 21600.0, 1.0),
    )
    made = []
    for place, (severity, speed, long_s, short_s, factor) in enumerate(pairs):
        rate = None if burn is None else burn / 2**place
        fires = rate is not None and rate > factor
        given: dict[str, Any] = {"severity": severity, "speed": speed, "long_s": long_s, "short_s": short_s}
        made.append(Burn(**given, factor=factor, long=rate, short=rate, fires=fires))
    return tuple(made)


def board(*rows: Row, **more: Any) -> Board:
    """A Board of these rows."""
    given: dict[str, Any] = {"name": "shop", "environment": "staging", "mode": "live", "at": NOW, "late_s": 0.0}
    return Board(**given | {"rows": rows} | more)


def bad_night(environment: str = "production") -> Board:
    """The floor of the README: PostgreSQL is gone and takes services with it."""
    down = "postgres shop refuses connections"
    names = ("web", "search", "mail", "auth", "images", "reports", "admin", "feeds", "stock", "tax", "geo", "push")
    return board(
        service("api", 410, 31, level="critical", word="down", since=NOW - 190, reason="HTTP 500 for 4 probes"),
        service("checkout", 88, 1, level="warning", word="slow", since=NOW - 400, reason="p95 640 ms, over 500 ms"),
        *(service(name, 12 + 7 * i) for i, name in enumerate(names)),
        postgres(
            level="critical", word="down", stale=True, at=NOW - 190, since=NOW - 190, error=f"{down} on port 5432"
        ),
        redis(),
        container("shop-web-1", 82.1, level="critical", word="unhealthy", facts={"restarts": 3, "health": "unhealthy"}),
        container("shop-old-1", 0, level="warning", word="paused", facts={"state": "paused"}),
        *(container(f"shop-{name}-1", i * 1.7) for i, name in enumerate(names[1:9])),
        queue("emails", 5214, 11.0, level="warning", word="growing", facts={"consumers": 0}),
        queue("images"),
        queue("reports", 0, 0.0),
        row("tcp:smtp", {"connect_s": 0.004}),
        row("tls:shop.example", {"cert_days": 3.2, "handshake_s": 0.03}, level="warning", word="expires"),
        *host(),
        environment=environment,
        budgets=(budget("api", 0.12, 14.9), budget("checkout"), budget("web", 0.99, 0.0)),
        causes=(
            Cause(
                row="postgres:shop",
                text="postgres shop refuses connections (api and checkout depend on it)",
                affected=("service:api", "service:checkout"),
            ),
        ),
        changes=(
            Change(at=NOW - 190, row="service:api", before="ok", after="critical", text="HTTP 500 for 4 probes"),
            Change(at=NOW - 480, row="container:local/shop-web-1", before="ok", after="critical", text="unhealthy"),
        ),
    )
