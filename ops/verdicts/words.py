"""How a metric over its limit is told: one word for the state column and a name for the sentence."""

import re
from collections.abc import Mapping

_UNIT = re.compile(r"_(s|bytes|ratio|percent|per_s)$")
_WORDS: Mapping[str, tuple[str, str]] = {
    "total_s": ("slow", "answer took"),
    "connect_s": ("slow", "connecting took"),
    "resolve_s": ("slow", "resolving took"),
    "answer_s": ("slow", "answer took"),
    "handshake_s": ("slow", "handshake took"),
    "query_s": ("slow", "query took"),
    "latency_s": ("slow", "latency"),
    "error_percent": ("erring", "failed probes"),
    "cert_days": ("expiring", "certificate ends in"),
    "cpu_percent": ("busy", "CPU"),
    "load_per_core": ("busy", "load per core"),
    "memory_percent": ("full", "memory"),
    "percent": ("full", "used"),
    "inodes_percent": ("full", "inodes used"),
    "swap_percent": ("swapping", "swap"),
    "pressure_cpu_percent": ("stalling", "CPU pressure"),
    "pressure_memory_percent": ("stalling", "memory pressure"),
    "pressure_io_percent": ("stalling", "I/O pressure"),
    "connections_percent": ("crowded", "connections"),
    "blocked": ("locked", "blocked sessions"),
    "longest_query_s": ("long query", "longest query"),
    "longest_transaction_s": ("long transaction", "longest transaction"),
    "longest_idle_in_transaction_s": ("idle in transaction", "idle in transaction for"),
    "replication_lag_s": ("lagging", "replication lag"),
    "slots_kept_bytes": ("stuck slot", "log kept for unused slots"),
    "cache_hit_ratio": ("cold", "cache hits"),
    "hit_ratio": ("cold", "cache hits"),
    "ready": ("backlog", "ready"),
    "drain_s": ("backlog", "time to drain"),
    "lag": ("lagging", "lag"),
    "errors_per_s": ("erring", "errors"),
    "errors_per_min": ("erring", "errors"),
    "warnings_per_min": ("warning", "warnings"),
    "errors_percent": ("erring", "failed requests"),
    "client_errors_percent": ("refusing", "refused requests"),
    "p50_s": ("slow", "half of the answers took"),
    "p95_s": ("slow", "p95 of the answers"),
    "p99_s": ("slow", "p99 of the answers"),
    "silent_s": ("silent", "no line for"),
    "targets_down": ("targets down", "targets down"),
    "critical": ("drifted", "critical differences"),
    "warning": ("drifted", "differences"),
}
METRIC_WORDS = frozenset({"low", "high", *(word for word, _ in _WORDS.values())})


def words(fact: str, below: bool) -> tuple[str, str]:
    """The word and the name for a fact, such as ("slow", "answer took") for "total_s"."""
    known = _WORDS.get(fact)
    if known is None and fact.startswith("value_"):
        known = "low" if below else "high", _UNIT.sub("", fact).replace("_", " ")
    return known or ("low" if below else "high", fact.removeprefix("json.").replace("_", " "))
