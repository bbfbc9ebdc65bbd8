"""What an incident is: its state now, and the moments that made it so, which are only ever added to."""

from collections.abc import Mapping
from typing import Literal

import msgspec

IncidentState = Literal["triggered", "acknowledged", "mitigated", "resolved"]
Priority = Literal["P1", "P2", "P3", "P4"]
PRIORITIES: tuple[Priority, ...] = ("P1", "P2", "P3", "P4")
"""From gravest to lightest."""
MomentKind = Literal[
    "opened", "alert", "check", "ack", "unack", "assign", "role", "note", "priority", "mitigated", "resolved",
    "reopened", "merged", "split", "link", "title", "cause", "change", "job", "deploy", "notified", "escalated",
    "silence", "action-item",
]  # fmt: skip


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a timeline. An incident is what its moments say; nothing else is kept of it."""

    id: int = 0
    """Given by the book, rising over all incidents: the order in which things were written, whatever clocks do."""
    incident: int
    """Its number; below 1 for one that is still to be opened: the book gives the number, the same for equal ones."""
    at: float
    """UTC seconds when it happened."""
    kind: MomentKind
    by: str = ""
    """The person, "policy", or "" for watchfloor itself."""
    text: str
    """One sentence."""
    data: Mapping[str, str] = {}
    """By kind: opened: title, priority, began, respond_s, runbook, split_from. alert: alert, severity ("" when over),
    row, since, runbook. ack: until. assign, role: to, role. priority, reopened, unack: priority, respond_s. resolved:
    false_positive ("yes"), firing (how many alerts still did). merged: into, or from. split: alert, into. link: url.
    title: title. cause: row. change: row, place. action-item: person, due. notified: receiver, receipt. job: job.
    silence: silence (its id, "" for one by calendar), until (UTC seconds)."""


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """How an incident stands, by its moments so far."""

    number: int
    title: str
    priority: Priority
    state: IncidentState
    opened_at: float
    """When it was opened."""
    began_at: float
    """When the row of one of its alerts first gave a bad reading: MTTD is from here to `opened_at`."""
    triggered_at: float = 0.0
    """Since when it waits for somebody: opened, reopened, or taken back; escalation counts from here."""
    acked_at: float | None = None
    """First acknowledgement."""
    acked_by: str = ""
    """Who has acknowledged it; "" again once that has expired or was taken back."""
    ack_until: float | None = None
    mitigated_at: float | None = None
    resolved_at: float | None = None
    resolved_by: str = ""
    """"" where it ended by itself, with the last of its alerts."""
    false_positive: bool = False
    assignee: str = ""
    roles: Mapping[str, str] = {}
    """Person by role: "lead", "communication"."""
    cause_row: str = ""
    cause: str = ""
    """The likeliest cause, in one sentence."""
    changed: tuple[str, ...] = ()
    """What changed just before, nearest first, one sentence each."""
    alerts: Mapping[str, str] = {}
    """Keys of its alerts, each with its severity while it fires, "" when it is over."""
    rows: tuple[str, ...] = ()
    """Ids of the rows that its alerts are of."""
    links: tuple[str, ...] = ()
    merged_into: int | None = None
    split_from: int | None = None
    """What a person took it out of: it is not put together again by itself."""
    titled_by: str = ""
    """The person who called it so; "" for watchfloor, which may call it better once it knows more."""
    prioritized_by: str = ""
    """The person who gave it its priority; "" for the rules, which may raise it."""
    reopened: int = 0
    escalation: int = 0
    """How many steps of escalation were taken since `triggered_at`."""
    respond_by: float | None = None
    """When the priority's time to respond is over; None once somebody has acknowledged."""
    runbook: str = ""
    last: int = 0
    """Id of its newest moment."""

    @property
    def open(self) -> bool:
        """Whether it still goes on."""
        return self.state != "resolved" and self.merged_into is None

    @property
    def firing(self) -> tuple[str, ...]:
        """Keys of the alerts that still fire."""
        return tuple(key for key, severity in self.alerts.items() if severity)


class Clocks(msgspec.Struct, frozen=True, kw_only=True):
    """Times of an incident, seconds; None for what has not happened. Mean times are means over these."""

    detect_s: float
    """From the fault to the incident (MTTD)."""
    acknowledge_s: float | None = None
    """From the incident to the first acknowledgement (MTTA)."""
    resolve_s: float | None = None
    """From the incident to its end (MTTR)."""


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who looks at an incident now."""

    user: str
    origin: str = ""
    screen: str = ""
    """Tells apart those who share an account and come from one address: the terminal; the process where it has none."""
    incident: int | None = None
    at: float
    """Last sign of life, UTC seconds."""
