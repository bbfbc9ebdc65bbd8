"""What an alert is: the condition behind it, how it stands, and each stage that let it through or stopped it."""

from collections.abc import Mapping
from typing import Literal

import msgspec

Severity = Literal["info", "warning", "critical"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")
"""From lightest to gravest."""
AlertState = Literal["pending", "firing", "resolved"]


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that is true of a row at this moment."""

    rule: str
    """Name of the rule: "down", "disk-full", or a `[[alert]]`'s."""
    row: str
    """Id of the row; of an error budget "slo:<id of the budget>"."""
    severity: Severity
    summary: str
    """One sentence with figures: "p95 2.4 s, over 2 s"."""
    labels: Mapping[str, str] = {}
    """At least rule, row, kind, name, severity; host and service where there are any; environment where it is set."""
    runbook: str = ""
    hold_s: float = 0.0
    """How long it must be true before it fires (`for`), on top of what the threshold itself waits."""
    keep_s: float = 0.0
    """How long it goes on firing after it was last true (`keep_firing_for`)."""
    unread: bool = False
    """True where the row can't be read now: what is known of it is neither confirmed nor over."""

    @property
    def key(self) -> str:
        """What makes it the same alert tomorrow: the rule and the row."""
        return f"{self.rule}/{self.row}"


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One condition over time. States and moments as Prometheus has them (rules/alerting.go)."""

    key: str
    rule: str
    row: str
    severity: Severity
    summary: str
    labels: Mapping[str, str] = {}
    runbook: str = ""
    state: AlertState
    active_at: float
    """Since when it is true, UTC seconds."""
    fired_at: float | None = None
    keep_since: float | None = None
    """First false look while it goes on firing."""
    resolved_at: float | None = None
    seen_at: float
    """When it was last looked at with an answer."""
    hold_s: float = 0.0
    """As its condition last said, and so below."""
    keep_s: float = 0.0
    incident: int | None = None
    """The incident that it belongs to."""

    @property
    def firing(self) -> bool:
        """Whether it stands now."""
        return self.state == "firing"


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """An alert that changed: began to wait, fired, got another severity, was resolved, or went before it fired."""

    at: float
    kind: Literal["pending", "fired", "severity", "resolved", "gone"]
    alert: Alert
    before: Severity | None = None


Stage = Literal[
    "sample", "condition", "for", "flapping", "dependency", "inhibition", "silence", "maintenance", "storm",
    "incident", "route", "group", "dedup", "outbox", "receiver",
]  # fmt: skip
"""On the way from a reading to somebody's telephone, in this order."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What one stage made of an alert."""

    stage: Stage
    passed: bool
    text: str
    """One sentence: "silenced by alice until 04:10: migration"."""


class Matcher(msgspec.Struct, frozen=True, kw_only=True):
    """`service=api`, `row=~"container:.*"`, `severity!=warning`, `name!~"test-.*"`; a missing label equals ""."""

    label: str
    op: Literal["=", "!=", "=~", "!~"]
    value: str


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who does not want to hear of something until then. What is silenced is still seen and recorded."""

    id: int = 0
    """Given by the book. Changing matchers or reviving an ended one makes a new one."""
    matchers: tuple[Matcher, ...]
    start: float
    end: float
    author: str
    comment: str
    made_at: float
    ended_by: str = ""
    """Who ended it before its time."""

    def state(self, now: float) -> Literal["pending", "active", "expired"]:
        """How it stands."""
        return "pending" if now < self.start else "active" if now < self.end else "expired"


class Silenced(msgspec.Struct, frozen=True, kw_only=True):
    """For the header: how many silences are active, and when the next one ends."""

    count: int = 0
    alerts: int = 0
    """Alerts that fire and that nobody hears of."""
    next_end: float | None = None
