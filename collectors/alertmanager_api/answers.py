"""Reads what Alertmanager's API (version 2) answers. Pure.

The format is that of `api/v2/openapi.yaml` of Alertmanager, "alertmanagerStatus" and "gettableAlerts".
"""

from datetime import UTC, datetime
from typing import Literal

import msgspec

from collectors.text import clean

MOST_ALERTS = 300
"""Alerts kept of one answer; the rest is counted."""


class AlertStatus(msgspec.Struct, frozen=True, rename="camel"):
    """Its state, and the ids of the silences and the fingerprints of the alerts that keep it quiet."""

    state: Literal["active", "suppressed", "unprocessed"]
    silenced_by: list[str] | None = None
    inhibited_by: list[str] | None = None


class Receiver(msgspec.Struct, frozen=True):
    """Whom it is told to."""

    name: str = ""


class Alert(msgspec.Struct, frozen=True, rename="camel"):
    """One alert."""

    labels: dict[str, str]
    fingerprint: str
    starts_at: datetime
    status: AlertStatus
    annotations: dict[str, str] = {}
    receivers: list[Receiver] | None = None
    generator_url: str = msgspec.field(default="", name="generatorURL")

    @property
    def suppressed(self) -> bool:
        """Whether a silence or another alert keeps it quiet."""
        return self.status.state == "suppressed"

    @property
    def started_at(self) -> float:
        """When it began, in UTC seconds."""
        return _seconds(self.starts_at)


class Alerts(msgspec.Struct, frozen=True):
    """The alerts that are kept, firing ones first, then the older before the younger, and how many there were."""

    kept: tuple[Alert, ...]
    total: int
    suppressed: int


class Status(msgspec.Struct, frozen=True):
    """Of the server: its version, since when it runs (None where it does not tell), and its cluster."""

    version: str
    started_at: float | None
    cluster_status: str
    peers: int


class _Version(msgspec.Struct, frozen=True):
    version: str = ""


class _Cluster(msgspec.Struct, frozen=True):
    status: str = ""
    peers: list[msgspec.Raw] | None = None


class _Status(msgspec.Struct, frozen=True, rename="camel"):
    version_info: _Version
    cluster: _Cluster = _Cluster()
    uptime: datetime | None = None


_status = msgspec.json.Decoder(_Status)
_many = msgspec.json.Decoder(list[msgspec.Raw])
_one = msgspec.json.Decoder(Alert)


def _seconds(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def read_status(body: bytes) -> Status:
    """Read /api/v2/status. Raises msgspec.DecodeError."""
    found = _status.decode(body)
    return Status(
        version=clean(found.version_info.version),
        started_at=_seconds(found.uptime) if found.uptime else None,
        cluster_status=clean(found.cluster.status),
        peers=len(found.cluster.peers or ()),
    )


def read_alerts(body: bytes) -> Alerts:
    """Read /api/v2/alerts. Raises msgspec.DecodeError."""
    # One by one: a single call that decodes megabytes would keep every other thread waiting as well.
    every = [_one.decode(raw) for raw in _many.decode(body)]
    ranked = sorted(every, key=lambda alert: (alert.suppressed, alert.started_at, alert.fingerprint))
    return Alerts(tuple(ranked[:MOST_ALERTS]), len(every), sum(alert.suppressed for alert in every))
