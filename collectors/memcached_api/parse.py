"""Turns what `stats` says into facts. Pure."""

from collections.abc import Mapping, Sequence

from collectors.base import Value
from collectors.deltas import Sample, rate, rise, share
from collectors.text import clean

Stats = Mapping[str, str]
_COUNTERS = {"hits": "get_hits", "misses": "get_misses", "evicted": "evictions", "refused": "rejected_connections"}
_COMMANDS = (
    "cmd_get",
    "cmd_set",
    "cmd_touch",
    "delete_hits",
    "delete_misses",
    "incr_hits",
    "incr_misses",
    "decr_hits",
    "decr_misses",
)
"""Counters whose sum is every command that touches keys."""
_MOST_DIGITS = 20


def parse_stats(lines: Sequence[bytes]) -> dict[str, str]:
    """Read lines "STAT name value"; anything else is left out."""
    found: dict[str, str] = {}
    for line in lines:
        word, _, rest = line.decode("utf-8", "replace").partition(" ")
        name, space, value = rest.partition(" ")
        if word == "STAT" and space:
            found[name] = value
    return found


def integer(stats: Stats, name: str) -> int | None:
    """A whole number of `stats`; None when it is not there or beyond 64 bits."""
    text = stats.get(name, "")
    fits = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    return int(text) if fits and int(text) < 2**64 else None


def life(stats: Stats) -> tuple[int | None, int | None]:
    """What stays the same as long as the server is not started anew: its process and when that began."""
    now, uptime = integer(stats, "time"), integer(stats, "uptime")
    return integer(stats, "pid"), now - uptime if now is not None and uptime is not None else None


def counters(stats: Stats) -> dict[str, float | None]:
    """What only rises, by our names."""
    found: dict[str, float | None] = {ours: integer(stats, theirs) for ours, theirs in _COUNTERS.items()}
    known = [count for name in _COMMANDS if (count := integer(stats, name)) is not None]
    found["commands"] = sum(known) if known else None
    return found


def server_facts(stats: Stats, version: str, latency_s: float, before: Sample | None, now: Sample) -> dict[str, Value]:
    """The facts of the server. Rates and shares are those since the sample before, None with the first one."""
    used, limit = integer(stats, "bytes"), integer(stats, "limit_maxbytes")
    clients, most = integer(stats, "curr_connections"), integer(stats, "max_connections")
    hits, misses = rise(before, now, "hits"), rise(before, now, "misses")
    return {
        "version": clean(version),
        "latency_s": latency_s,
        "memory_bytes": used,
        "memory_max_bytes": limit or None,
        "memory_percent": 100 * used / limit if limit and used is not None else None,
        "hit_ratio": share(before, now, "hits", "misses"),
        "gets": hits + misses if hits is not None and misses is not None else None,
        "get_hits": integer(stats, "get_hits"),
        "get_misses": integer(stats, "get_misses"),
        "evicted_keys": integer(stats, "evictions"),
        "evictions_per_s": rate(before, now, "evicted"),
        "clients": clients,
        "clients_max": most or None,
        "connections_percent": 100 * clients / most if most and clients is not None else None,
        "refused_clients": rise(before, now, "refused"),
        "ops_per_s": rate(before, now, "commands"),
        "keys": integer(stats, "curr_items"),
        "uptime_s": integer(stats, "uptime"),
    }
