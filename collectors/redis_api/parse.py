"""Turns what INFO says into facts. Pure."""

from collections.abc import Mapping

from collectors.base import Value
from collectors.deltas import Sample, rate, rise, share

Info = Mapping[str, str]
_COUNTERS = {
    "hits": "keyspace_hits",
    "misses": "keyspace_misses",
    "evicted": "evicted_keys",
    "commands": "total_commands_processed",
}
_OOM = "errorstat_OOM"


def parse_info(text: bytes) -> dict[str, str]:
    """Read the lines "name:value" of INFO; headings and what is cut off are left out."""
    lines = (line.partition(":") for line in text.decode("utf-8", "replace").splitlines())
    return {name: value for name, colon, value in lines if colon}


def integer(info: Info, name: str) -> int | None:
    """A whole number of INFO; None when it is not there."""
    text = info.get(name, "")
    return int(text) if text.isascii() and text.lstrip("-").isdecimal() else None


def counters(info: Info) -> dict[str, float | None]:
    """What only rises, by our names. Errors are counted from version 6.2 on, each from its first on."""
    found: dict[str, float | None] = {ours: integer(info, theirs) for ours, theirs in _COUNTERS.items()}
    if "total_error_replies" in info:
        found["refused"] = integer(dict([info.get(_OOM, "count=0").split("=", 1)]), "count")
    return found


def server_facts(
    info: Info, latency_s: float | None, saves: bool | None, before: Sample | None, now: Sample
) -> dict[str, Value]:
    """The facts of the server. `saves` says whether it is set to write snapshots at all."""
    used, limit = integer(info, "used_memory"), integer(info, "maxmemory")
    counted = None if used is None else used - (integer(info, "mem_not_counted_for_evict") or 0)
    operations = rate(before, now, "commands")
    return {
        "version": info.get("redis_version"),
        "latency_s": latency_s,
        "memory_bytes": used,
        "memory_max_bytes": limit or None,
        "memory_percent": 100 * counted / limit if limit and counted is not None else None,
        "policy": info.get("maxmemory_policy"),
        "evicted_keys": integer(info, "evicted_keys"),
        "evictions_per_s": rate(before, now, "evicted"),
        "refused_writes": rise(before, now, "refused"),
        "hit_ratio": share(before, now, "hits", "misses"),
        "clients": integer(info, "connected_clients"),
        "clients_blocked": integer(info, "blocked_clients"),
        "clients_max": integer(info, "maxclients"),
        "ops_per_s": operations if operations is not None else integer(info, "instantaneous_ops_per_sec"),
        "keys": sum_of_keys(info) if not _is_on(info, "loading") else None,
        "role": info.get("role"),
        "loading": _is_on(info, "loading") or _is_on(info, "async_loading"),
        "rdb_ok": _is_ok(info, "rdb_last_bgsave_status"),
        "aof_ok": aof_ok(info),
        "rdb_age_s": rdb_age_s(info) if saves is not False else None,
        "replica_link": info.get("master_link_status"),
    }


def _is_on(info: Info, name: str) -> bool:
    return info.get(name) == "1"


def _is_ok(info: Info, name: str) -> bool | None:
    return info[name] == "ok" if name in info else None


def aof_ok(info: Info) -> bool | None:
    """Whether the append-only file's last write and last rewrite were good; None where there is no such file."""
    if not _is_on(info, "aof_enabled"):
        return None
    return _is_ok(info, "aof_last_write_status") is not False and _is_ok(info, "aof_last_bgrewrite_status") is not False


def rdb_age_s(info: Info) -> float | None:
    """Seconds since the last snapshot, or since the start without one, by the server's own clock."""
    now, saved = integer(info, "server_time_usec"), integer(info, "rdb_last_save_time")
    return None if now is None or saved is None else max(0.0, now / 1e6 - saved)


def sum_of_keys(info: Info) -> int:
    """Keys of all databases, from lines such as "db0:keys=3,expires=0"."""
    keyspaces = (value for name, value in info.items() if name.startswith("db") and name[2:].isdecimal())
    counts = (value.partition(",")[0].removeprefix("keys=") for value in keyspaces)
    return sum(int(count) for count in counts if count.isdecimal())
