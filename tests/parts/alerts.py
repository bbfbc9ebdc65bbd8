"""Alerts for tests, as one would tell them."""

from collections.abc import Iterable
from typing import Any

from ops.alerts.matchers import read_matchers
from ops.alerts.structs import Alert, Silence
from tests.parts.boards import NOW


def alert(row: str = "service:api", rule: str = "down", **more: Any) -> Alert:
    """A critical one that has fired for a minute, unless told otherwise."""
    kind, _, name = row.partition(":")
    severity = more.get("severity", "critical")
    labels = {"rule": rule, "row": row, "kind": kind, "name": name, "severity": severity, "target": row}
    given: dict[str, Any] = {
        "key": f"{rule}/{row}",
        "rule": rule,
        "row": row,
        "severity": severity,
        "summary": "no answer",
        "state": "firing",
        "active_at": NOW - 60,
        "fired_at": NOW - 60,
        "seen_at": NOW,
        "labels": labels | more.pop("labels", {}),
    }
    return Alert(**given | more)


def by_key(*alerts: Alert) -> dict[str, Alert]:
    """Alerts as they are kept."""
    return {one.key: one for one in alerts}


def silence(matchers: Iterable[str] = ("row=service:api",), **more: Any) -> Silence:
    """One that stands for another hour."""
    given: dict[str, Any] = {
        "start": NOW - 60,
        "end": NOW + 3600,
        "author": "alice",
        "comment": "",
        "made_at": NOW - 60,
    }
    return Silence(matchers=read_matchers(matchers), **given | more)
