"""Reads Alertmanager: the alerts that others have raised, and whether a silence or another alert keeps them quiet."""

import time
from collections.abc import Mapping
from typing import ClassVar

from collectors.alertmanager_api.answers import MOST_ALERTS, Alert, Alerts, Status, read_alerts, read_status
from collectors.alertmanager_api.names import Names
from collectors.alertmanager_api.unheard import Unheard
from collectors.base import CollectError, Collector, Entity, Reading, Secret, Value
from collectors.prometheus_api.client import ApiClient, told_time
from collectors.prometheus_api.config import ApiConfig
from collectors.prometheus_api.faults import REFUSED_QUERY
from collectors.text import clean

_MOST_MATCHERS = 20
_NARROW = "set matchers or receiver, so that fewer alerts are read"
_SUMMARIES = ("summary", "title", "message", "description")
_SUMMARY_LIMIT = 300


class AlertmanagerConfig(ApiConfig, frozen=True, kw_only=True):
    """`[[alertmanager]]`."""

    url: str = "http://127.0.0.1:9093"
    matchers: tuple[str, ...] = ()
    """Only alerts whose labels match all of these: `["team=shop", "severity=~critical|page"]`."""
    receiver: str = ""
    """Only alerts that go to a receiver whose name matches this regular expression."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.matchers) > _MOST_MATCHERS or any(not matcher.strip() for matcher in self.matchers):
            raise ValueError(f'matchers are at most {_MOST_MATCHERS}, each such as "team=shop"')


class Alertmanager(Collector[AlertmanagerConfig]):
    """Alerts that others have raised, each as a row for as long as it is there.

    An alert goes when it is resolved. While Alertmanager can't be read, what it said last stays, marked as stale; so it
    does after a restart, in which Alertmanager forgets all alerts, until they are told to it again.
    """

    name: ClassVar[str] = "alertmanager"
    section: ClassVar[str] = "alertmanager"
    title: ClassVar[str] = "Alertmanager"
    Config = AlertmanagerConfig
    source_only = True

    def __init__(self, config: AlertmanagerConfig, secrets: Mapping[str, Secret]) -> None:
        super().__init__(config, secrets)
        self._client = ApiClient(config, secrets, self.title, self.set_phase)
        self._names = Names()
        self._unheard = Unheard()
        self._asked = [("filter", matcher) for matcher in config.matchers]
        self._asked += [("receiver", config.receiver)] if config.receiver else []

    async def collect(self) -> Reading:
        """Ask for its state and all alerts. Raises CollectError."""
        self.set_phase("asking for its state")
        began = time.perf_counter()
        answer = await self._client.get("/api/v2/status")
        latency_s = time.perf_counter() - began
        status = await self._client.decode(answer.body, read_status)
        told = told_time(answer)
        now = time.time() if told is None else told
        self.set_phase("asking for its alerts")
        alerts = await self._alerts()
        names = self._names.give(alerts.kept, self._unheard.keys)
        parts = [_alert(alert, names[alert.fingerprint], now) for alert in alerts.kept]
        missing = self._unheard.missing(parts, status.started_at, now)
        return Reading((self._target(status, alerts, latency_s, now), *parts, *missing))

    async def close(self) -> None:
        """Close the kept connection."""
        await self._client.close()

    async def _alerts(self) -> Alerts:
        try:
            answer = await self._client.get("/api/v2/alerts", self._asked, narrow=_NARROW)
        except CollectError as error:
            if error.reason != REFUSED_QUERY or not self._asked:
                raise
            remedy = "correct matchers and receiver in the config"
            raise CollectError(error.message, reason="protocol", remedy=remedy, retry=False) from error
        return await self._client.decode(answer.body, read_alerts)

    def _target(self, status: Status, alerts: Alerts, latency_s: float, now: float) -> Entity:
        left_out = alerts.total - len(alerts.kept)
        hint = f"{left_out} more alerts are not shown (at most {MOST_ALERTS}): {_NARROW}"
        facts: dict[str, Value] = {
            "version": status.version or None,
            "latency_s": latency_s,
            "alerts": alerts.total,
            "firing": alerts.total - alerts.suppressed,
            "suppressed": alerts.suppressed,
            "cluster_status": status.cluster_status or None,
            "cluster_peers": status.peers,
            "uptime_s": None if status.started_at is None else max(0.0, now - status.started_at),
        }
        return Entity(kind=self.section, name=self.config.name, facts=facts, hints=(hint,) if left_out else ())


def _alert(alert: Alert, name: str, now: float) -> Entity:
    annotations, status = alert.annotations, alert.status
    summary = next((annotations[key] for key in _SUMMARIES if annotations.get(key)), None)
    facts: dict[str, Value] = {
        "state": status.state,
        "severity": alert.labels.get("severity"),
        "age_s": max(0.0, now - alert.started_at),
        "summary": clean(summary, _SUMMARY_LIMIT) if summary else None,
        "labels": _listed([f"{key}={value}" for key, value in sorted(alert.labels.items())]),
        "receivers": _listed([receiver.name for receiver in alert.receivers or ()]),
        "silenced_by": _listed(status.silenced_by or ()),
        "inhibited_by": _listed(status.inhibited_by or ()),
        "generator": alert.generator_url or None,
        "runbook": annotations.get("runbook_url"),
        "started_at": alert.started_at,
    }
    texts = {
        "description": annotations.get("description") or summary or "",
        "labels": "\n".join(f"{key} = {value}" for key, value in sorted(alert.labels.items())),
    }
    texts = {title: text for title, text in texts.items() if text}
    return Entity(kind="alert", name=name, key=alert.fingerprint, facts=facts, texts=texts)


def _listed(values: "list[str] | tuple[str, ...]") -> str | None:
    return ", ".join(values) or None
