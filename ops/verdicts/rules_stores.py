"""What databases, caches and queues say beside their figures: locks, deadlocks, full memory, growth, no consumer."""

from collections.abc import Iterator

from collectors.base import Entity
from ops.config.structs import TargetSpec
from ops.figures import count, duration, percent, size
from ops.verdicts.finding import Finding, Past
from ops.verdicts.past import number

_LOCKED_S = 10.0
_FULL_PERCENT = 98.0
"""Redis refuses writes a little before its own count of used memory reaches the limit."""
_DEADLOCK_S = 60.0
_GREW_BY = 20
_GREW_PART = 0.5
_GREW_S = 4.0
_GREW_POLLS = 3
_STILL_S = 10.0
_NO_CONSUMER_S = 5.0
_LOST = ("down", "crashed", "stopped", "minority", "terminated")
"""States in which RabbitMQ does not serve a queue: its node is away, it failed, or most of its members are away."""


def postgres_findings(entity: Entity, spec: TargetSpec, past: Past) -> Iterator[Finding]:
    """Judge locks and deadlocks."""
    blocked = number(entity.facts.get("blocked"))
    if blocked:
        root = entity.facts.get("blocking_root")
        waits = f"{count(blocked)} session{' waits' if blocked == 1 else 's wait'} in a lock chain"
        text = f"{waits} behind {root}" if root else waits
        yield Finding(check="postgres.locks", level="critical", word="locked", text=text, hold_s=_LOCKED_S)
    elif blocked is not None:
        yield Finding(check="postgres.locks", level="ok", word="", text="no session waits for a lock")
    deadlocks = max(number(entity.facts.get("deadlocks")) or 0, past.rose("deadlocks_total", _DEADLOCK_S))
    if deadlocks:
        text = f"{count(int(deadlocks))} deadlock{'' if deadlocks == 1 else 's'} in the last minute"
        yield Finding(check="postgres.deadlocks", level="warning", word="deadlocks", text=text)


def redis_findings(entity: Entity, spec: TargetSpec, past: Past) -> Iterator[Finding]:
    """Judge full memory, evictions, persistence, loading and replication."""
    facts = entity.facts
    used, limit, policy = (
        number(facts.get("memory_percent")),
        number(facts.get("memory_max_bytes")),
        facts.get("policy"),
    )
    if used is not None and used >= _FULL_PERCENT and policy == "noeviction":
        text = f"full: {percent(used)} of {size(limit)} used and the policy is noeviction, so writes are refused"
        yield Finding(check="redis.full", level="critical", word="full", text=text)
    evictions = number(facts.get("evictions_per_s"))
    if evictions:
        text = f"evicting {count(evictions)} keys/s to stay under {size(limit)}"
        yield Finding(check="redis.evictions", level="warning", word="evicting", text=text)
    if facts.get("rdb_ok") is False:
        text = "the last snapshot to disk failed"
        yield Finding(check="redis.rdb", level="warning", word="unsaved", text=text)
    if facts.get("aof_ok") is False:
        text = "the last write to the append-only file failed"
        yield Finding(check="redis.aof", level="critical", word="unsaved", text=text)
    if facts.get("loading"):
        text = "loading its data from disk: it answers nothing else yet"
        yield Finding(check="redis.loading", level="warning", word="loading", text=text)
    if facts.get("replica_link") == "down":
        text = "the link to its primary is down: its data grow old"
        yield Finding(check="redis.replica", level="critical", word="cut off", text=text)


def queue_findings(entity: Entity, spec: TargetSpec, past: Past) -> Iterator[Finding]:
    """Judge a queue that its broker has lost, that nobody reads, or that only grows."""
    if (state := entity.facts.get("state")) in _LOST:
        text = f"{state}: its broker can't give it out"
        yield Finding(check="queue.state", level="critical", word="down", text=text)
    ready, consumers = number(entity.facts.get("ready")), number(entity.facts.get("consumers"))
    if ready and consumers == 0:
        text = f"{count(ready)} ready and no consumer"
        yield Finding(check="queue.consumers", level="critical", word="no consumer", text=text, hold_s=_NO_CONSUMER_S)
    word, text = _growth(entity, past)
    yield Finding(check="queue.growth", level="warning" if word else "ok", word=word, text=text)


def _growth(entity: Entity, past: Past) -> tuple[str, str]:
    """Word and sentence of a queue that grew and never fell since, also when it grows no more; both "" for others.

    Growth is a rise that never turned, and no ripple on a deep queue.
    """
    climb, ready, net = past.climbs.get("ready"), number(entity.facts.get("ready")), entity.facts.get("net_per_s")
    if climb is None or ready is None or (number(net) is not None and (number(net) or 0) < 0):
        return "", ""
    grown, took_s = ready - climb.start, past.now - climb.at
    enough = grown >= max(_GREW_BY, climb.start * _GREW_PART)
    if not enough or took_s < _GREW_S or climb.polls < _GREW_POLLS:
        return "", ""
    if (still_s := past.now - climb.rose_at) >= _STILL_S:
        return "stuck", f"stuck: {count(ready)} ready, none taken for {duration(still_s)}"
    return "growing", f"growing: {count(climb.start)} to {count(ready)} ready in {duration(took_s)}, never falling"
