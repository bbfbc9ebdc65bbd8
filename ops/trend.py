"""Trends: minute means of each row's leading figure, for the sparklines."""

import math
from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import overload

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


class Means(Sequence[float | None]):
    """Values of minutes, oldest first, in eight bytes each, whether there is one or not. They don't change."""

    __slots__ = ("_values",)

    def __init__(self, values: "array[float]") -> None:
        """Take the values, of which those that are not known are nan."""
        self._values = values

    def __len__(self) -> int:
        return len(self._values)

    @overload
    def __getitem__(self, place: int) -> float | None: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[float | None]: ...
    def __getitem__(self, place: int | slice) -> float | Sequence[float | None] | None:
        if isinstance(place, slice):
            return tuple(map(_known, self._values[place]))
        return _known(self._values[place])

    def __iter__(self) -> Iterator[float | None]:
        return map(_known, self._values)

    def __eq__(self, other: object) -> bool:
        # By their bytes: nan is not equal to itself.
        return isinstance(other, Means) and self._values.tobytes() == other._values.tobytes()

    def __hash__(self) -> int:
        return hash(self._values.tobytes())


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


_NOTHING = array("d", [math.nan] * MINUTES)


class Trend:
    """Minute means of one figure. A clock that is set back goes on in the running minute."""

    def __init__(self) -> None:
        self._means = _NOTHING[:]
        self._minute: int | None = None
        self._sum = 0.0
        self._count = 0
        self._values: Means | None = None

    @classmethod
    def going_on(cls, values: Sequence[float | None], at: float) -> "Trend":
        """One that goes on from what another had in the minute of `at`."""
        made = cls()
        made._turn(at)
        for place, value in enumerate(reversed(values[-MINUTES:]), 1):
            if value is not None:
                made._means[-place] = value
        if values and values[-1] is not None:
            made._sum, made._count = values[-1], 1
        return made

    def add(self, at: float, value: float | None) -> None:
        """Take a value read at `at` (UTC seconds); None counts as no data."""
        self._turn(at)
        if value is not None:
            self._sum, self._count = self._sum + value, self._count + 1
            self._means[-1] = self._sum / self._count
            self._values = None

    def values(self, now: float) -> Means:
        """The last 30 minutes, oldest first; the last value is that of the running minute."""
        self._turn(now)
        if self._values is None:
            self._values = Means(self._means[:])
        return self._values

    def _turn(self, at: float) -> None:
        minute = int(at // 60)
        if self._minute is None or minute < self._minute - 1:
            self._minute = minute
        passed = min(minute - self._minute, MINUTES)
        if passed <= 0:
            return
        self._means = self._means[passed:] + _NOTHING[:passed]
        self._minute, self._sum, self._count, self._values = minute, 0.0, 0, None
