"""Trends: minute means of each row's leading figure, for the sparklines."""

from collections import deque
from collections.abc import Mapping

from collectors.base import Entity

MINUTES = 30
_LEADING: Mapping[str, tuple[str, ...]] = {
    "service": ("total_s",),
    "tcp": ("connect_s",),
    "dns": ("resolve_s",),
    "tls": ("handshake_s",),
    "container": ("cpu_percent",),
    "process": ("cpu_percent",),
    "queue": ("ready",),
    "postgres": ("query_s", "connections"),
    "redis": ("ops_per_s", "memory_bytes"),
    "host": ("cpu_percent",),
    "host.disk": ("percent",),
    "host.net": ("received_bytes_per_s",),
    "docker": ("containers",),
    "prometheus": ("targets_up",),
    "swarm.service": ("running",),
    "rabbitmq": ("ready",),
    "celery": ("ready",),
    "memcached": ("ops_per_s", "memory_bytes"),
    "log": ("errors_per_min",),
    "access_log": ("requests_per_s",),
    "prometheus.figure": (
        "value",
        "value_ratio",
        "value_s",
        "value_bytes",
        "value_percent",
        "value_per_s",
        "requests_per_s",
    ),
    "alertmanager": ("firing",),
    "systemd": ("failed",),
    "systemd.unit": ("memory_bytes",),
    "exec": ("took_s",),
}
"""The fact that a row's sparkline follows, by kind; the first that the row has ever had."""
_LATENCY: Mapping[str, str] = {
    "service": "total_s",
    "tcp": "connect_s",
    "dns": "resolve_s",
    "tls": "handshake_s",
    "postgres": "query_s",
    "redis": "latency_s",
    "rabbitmq": "latency_s",
    "celery": "latency_s",
    "memcached": "latency_s",
    "prometheus": "latency_s",
    "alertmanager": "latency_s",
}


def leading(entity: Entity) -> str:
    """The name of the fact whose course tells most about a thing of that kind; "" where none does."""
    choices = _LEADING.get(entity.kind, ())
    return next((fact for fact in choices if entity.facts.get(fact) is not None), choices[0] if choices else "")


def is_probe(section: str) -> bool:
    """Whether a poll of a target of that section is itself a probe: one try to reach what users reach."""
    return section in _LATENCY


def latency_of(entity: Entity) -> float | None:
    """The seconds that a probe of that kind took, for percentiles; None where it is not a probe or has none."""
    value = entity.facts.get(_LATENCY.get(entity.kind, ""))
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


class Trend:
    """Minute means of one figure. A clock that is set back goes on in the running minute."""

    def __init__(self) -> None:
        self._means: deque[float | None] = deque([None] * MINUTES, maxlen=MINUTES)
        self._minute: int | None = None
        self._sum = 0.0
        self._count = 0
        self._values: tuple[float | None, ...] | None = None

    def add(self, at: float, value: float | None) -> None:
        """Take a value read at `at` (UTC seconds); None counts as no data."""
        self._turn(at)
        if value is not None:
            self._sum, self._count = self._sum + value, self._count + 1
            self._means[-1] = self._sum / self._count
            self._values = None

    def values(self, now: float) -> tuple[float | None, ...]:
        """The last 30 minutes, oldest first; the last value is that of the running minute."""
        self._turn(now)
        if self._values is None:
            self._values = tuple(self._means)
        return self._values

    def _turn(self, at: float) -> None:
        minute = int(at // 60)
        if self._minute is None or minute < self._minute - 1:
            self._minute = minute
        passed = min(minute - self._minute, MINUTES)
        if passed <= 0:
            return
        self._means.extend([None] * passed)
        self._minute, self._sum, self._count, self._values = minute, 0.0, 0, None
