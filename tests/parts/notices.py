"""A floor's worth of alerts and one who tells of them, for tests of what is promised to whom."""

import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ops.alerts.structs import Alert, Severity
from ops.config.alerting import Alerting, Receiver
from ops.incidents.database import connect, writing
from ops.incidents.structs import Incident
from ops.notify.look import Looked, Notifier
from ops.notify.outbox import Outbox
from ops.notify.plan import plan_of
from ops.notify.promises import Facts
from ops.notify.structs import Delivery, Message
from tests.parts import alerts

T0 = 1_800_000_000.0
MINUTE, HOUR = 60.0, 3600.0
FIRED, OVER = "firing", "resolved"
SLACK, PAGER, MAIL = Receiver(kind="slack"), Receiver(kind="pagerduty"), Receiver(kind="email")
DEFAULTS = Alerting(receivers=(SLACK, PAGER))


def alert(name: str, severity: Severity = "critical", incident: int | None = 1, **facts: Any) -> Alert:
    """One of a service that fires since T0."""
    known: dict[str, Any] = {"summary": f"{name} is down", "active_at": T0, "fired_at": T0, "seen_at": T0}
    return alerts.alert(f"service:{name}", severity=severity, incident=incident, **known | facts)


def incident(number: int = 1, **facts: object) -> Incident:
    """One that was triggered at T0."""
    known = {"title": f"incident {number}", "priority": "P1", "state": "triggered", "opened_at": T0, "began_at": T0}
    known["triggered_at"] = T0
    return Incident(**(known | {"number": number} | facts))  # type: ignore[arg-type]


def has_it() -> Incident:
    """One that ann has."""
    return incident(state="acknowledged", acked_by="ann", acked_at=T0)


class Floor:
    """Alerts, silences and incidents that a test sets, with a clock of its own, over a real file."""

    def __init__(self, folder: Path, alerting: Alerting) -> None:
        self.folder, self.alerting, self.now, self.name = folder, alerting, T0, "shop"
        self.alerts: dict[str, Alert] = {}
        self.quiet: dict[str, str] = {}
        self.incidents: dict[int, Incident] = {1: incident()}
        self.open()

    def open(self) -> None:
        """Begin anew with what is on disk."""
        self.connection: sqlite3.Connection = connect(self.folder)
        self.notifier = Notifier(self.connection, plan_of(self.alerting))
        self.box = Outbox(self.connection)

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    def fire(self, *alerts: Alert) -> None:
        """These fire from now on."""
        self.alerts |= {each.key: each for each in alerts}

    def end(self, *names: str) -> None:
        """These are over, and gone from the list."""
        for name in names:
            self.alerts.pop(f"down/service:{name}", None)

    def facts(self) -> Facts:
        """What there is to know now."""
        return Facts(now=self.now, alerts=self.alerts, quiet=self.quiet, incidents=self.incidents, floor=self.name)

    def look(self, after_s: float = 0.0) -> Looked:
        """Look once, so many seconds later."""
        self.now += after_s
        with writing(self.connection):
            return self.notifier.look(self.facts())

    def told(self, seconds: float = 0.0, every_s: float = 10.0) -> list[tuple[str, str]]:
        """Look for so long, deliver all at once, and give who got which action; of one look as the config has them."""
        before = self.now
        found = self.delivered(self.look().promised)
        while self.now < before + seconds:
            found += self.delivered(self.look(every_s).promised)
        return found

    def delivered(self, messages: Iterable[Message]) -> list[tuple[str, str]]:
        """Have these delivered; gives who got which action."""
        found: list[tuple[str, str]] = []
        names = list(self.notifier.plan.receivers)
        for message in sorted(messages, key=lambda message: names.index(message.receiver)):
            if message.state == "dropped":
                continue
            begun = self.box.begin(message.id)
            assert begun is not None
            self.box.done(message.id, Delivery(outcome="sent", said="ok"), self.now, None)
            found.append((message.receiver, message.action))
        return found


Make = Callable[..., Floor]
