"""The rows of a generated history: each part of the shop as it stood in each minute, with figures that live. Pure."""

import random
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from collectors.base import Value
from ops.board import Check, Level, Row
from ops.demo.plan import GROUP, NEEDS, QUEUE, SERVICES, STREAM, WORKERS
from ops.demo.story import Story, Trouble
from ops.store.flat import FACT, Flat, flatten

Lively = Mapping[str, tuple[float, float, float]]
"""Fact: its value when nobody is there, when all are, and how much chance adds at most."""
MIB = 2**20
USES = {
    "web": (),
    "checkout": ("postgres:shop", "redis:cache"),
    "catalog": ("postgres:shop",),
    "payments": ("redis:cache",),
}
_PROBED: Lively = {"first_byte_s": (0.004, 0.009, 0.004), "total_s": (0.006, 0.014, 0.006)}
_PROCESS: Lively = {"cpu_percent": (0.4, 5.0, 2.0), "memory_bytes": (22 * MIB, 38 * MIB, MIB)}
_POSTGRES: Lively = {
    "query_s": (0.002, 0.004, 0.002), "connections": (3, 12, 3), "connections_percent": (10.0, 40.0, 10.0),
    "commits_per_s": (4.0, 42.0, 4.0), "cache_hit_ratio": (0.97, 0.999, 0.0),
}  # fmt: skip
_REDIS: Lively = {
    "latency_s": (0.0006, 0.0014, 0.001), "memory_percent": (4.0, 41.0, 3.0), "ops_per_s": (20.0, 120.0, 12.0),
    "clients": (5, 11, 2), "hit_ratio": (0.88, 0.97, 0.02),
}  # fmt: skip
_READY: Lively = {"ready": (0, 6, 4)}
_HOST: Lively = {
    "cpu_percent": (6.0, 44.0, 9.0), "load1": (0.2, 1.8, 0.4), "memory_percent": (21.0, 33.0, 1.0),
    "pressure_cpu_percent": (0.2, 6.0, 2.0),
}  # fmt: skip


class Part(NamedTuple):
    """One row through the whole story."""

    id: str
    starts: tuple[float, ...]
    """When each of its phases begins, rising."""
    phases: tuple[Flat, ...]
    slower: tuple[float, ...]
    """By phase: how many times longer everything takes."""
    lively: Lively
    whole: frozenset[str]
    """The facts of `lively` that are counts."""

    def states(self, at_minutes: Sequence[tuple[int, float, float]], chance: random.Random) -> dict[int, Flat]:
        """Its state by minute of the hour; each minute is given with a moment in it and the load then."""
        found = {}
        for minute, at, load in at_minutes:
            phase = bisect_right(self.starts, at) - 1
            flat, slower = dict(self.phases[phase]), self.slower[phase]
            flat["at"] = at
            for fact, (least, most, more) in self.lively.items():
                value = least + (most - least) * load + more * chance.random()
                if slower != 1.0 and fact.endswith("_s"):
                    value *= slower
                flat[FACT + fact] = round(value) if fact in self.whole else round(value, 5)
            found[minute] = flat
        return found


def parts(told: Story, extra: Sequence[str], host: str) -> list[Part]:
    """All rows of the shop, of `extra` services, and of the host, in the order of the floor."""
    rows = [*_host(host), *_services(extra), *_processes(), *_stores()]
    return [_part(row, lively, place, told) for place, (row, lively) in enumerate(rows)]


def _part(row: Row, lively: Lively, place: int, told: Story) -> Part:
    starts, phases, slower = [0.0], [row], [1.0]
    for trouble in told.troubles:
        ill = _ill(row, trouble)
        if ill is not None:
            starts += [trouble.start, trouble.end]
            phases += [ill, replace(row, since=trouble.end)]
            slower += [trouble.slower, 1.0]
    flats = tuple(flatten(phase, place if row.id == row.target else 1) for phase in phases)
    whole = frozenset(fact for fact, (least, _, _) in lively.items() if isinstance(least, int))
    return Part(row.id, tuple(starts), flats, tuple(slower), lively, whole)


def _ill(row: Row, trouble: Trouble) -> Row | None:
    """The row while something is wrong with it; None where nothing is."""
    level: Level = "critical"
    if row.id == trouble.cause:
        word, reason = trouble.cause_word, trouble.cause_reason
    elif row.kind == "service" and row.name in trouble.services:
        word, reason = trouble.word, trouble.reason
        level = "warning" if word == "slow" else "critical"
    else:
        return None
    check = Check(id=f"{row.kind}.reach", level=level, word=word, text=reason, since=trouble.start)
    return replace(row, level=level, word=word, reason=reason, since=trouble.start, checks=(check,))


def _well(
    row_id: str, word: str, facts: Mapping[str, Value], depends_on: tuple[str, ...] = (), target: str = ""
) -> Row:
    kind, _, name = row_id.partition(":")
    return Row(
        id=row_id,
        kind=kind,
        name=name.partition("/")[2] or name,
        target=target or row_id,
        level="ok",
        word=word,
        reason="",
        since=0.0,
        at=0.0,
        facts=facts,
        depends_on=depends_on,
        checks=(Check(id=f"{kind}.reach", level="ok", word="", text="", since=0.0),) if not target else (),
    )


def _services(extra: Sequence[str]) -> Iterator[tuple[Row, Lively]]:
    for name in SERVICES:
        needs = (f"process:{name}", *(f"service:{other}" for other in NEEDS[name]), *USES[name])
        yield _well(f"service:{name}", "up", {"status": 200, "json.status": "healthy", "redirects": 0}, needs), _PROBED
    for name in extra:
        yield _well(f"service:{name}", "up", {"status": 200, "redirects": 0}), _PROBED


def _processes() -> Iterator[tuple[Row, Lively]]:
    for name in (*SERVICES, *WORKERS, "postgres", "redis"):
        facts: dict[str, Value] = {"state": "sleeping", "restarts": 0, "threads": 1, "descriptors": 9}
        yield _well(f"process:{name}", "running", facts), _PROCESS


def _stores() -> Iterator[tuple[Row, Lively]]:
    sizes: dict[str, Value] = {"version": "16", "connections_max": 30, "blocked": 0, "size_bytes": 7_568_407}
    yield _well("postgres:shop", "up", sizes, ("process:postgres",)), _POSTGRES
    limits: dict[str, Value] = {"memory_max_bytes": 16 * MIB, "clients_blocked": 0, "role": "master"}
    yield _well("redis:cache", "up", limits, ("process:redis",)), _REDIS
    for name, kind in ((QUEUE, "list"), (STREAM, "stream")):
        facts: dict[str, Value] = {"type": kind, "consumers": 1, "broker": "cache"}
        if kind == "stream":
            facts["group"] = GROUP
        yield _well(f"queue:cache/{name}", "ok", facts, ("redis:cache",), "redis:cache"), _READY


def _host(name: str) -> Iterator[tuple[Row, Lively]]:
    yield _well(f"host:{name}", "ok", {"cores": 2, "swap_percent": 0.0}), _HOST
