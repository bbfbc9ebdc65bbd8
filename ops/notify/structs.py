"""What is sent: a message for one receiver about one group of alerts, and the promise that it gets there once."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from ops.alerts.structs import Severity

Action = Literal["firing", "resolved", "acknowledged", "escalated", "test", "change"]
MessageState = Literal["queued", "sending", "sent", "dead", "dropped"]
"""sending: begun, and nobody knows yet how that ended. dead: given up. dropped: what it told of was over first."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One alert in a message."""

    key: str
    severity: Severity
    summary: str
    row: str
    labels: Mapping[str, str] = {}
    since: float
    firing: bool
    runbook: str = ""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One promise to one receiver. Messages of one group to one receiver are sent in the order of their ids."""

    id: int = 0
    """Given by the outbox; with the group also what makes a repeated delivery known as such."""
    group: str
    """The group's key; the receiver's own key of the same thing is made of it (PagerDuty's dedup_key)."""
    receiver: str
    """Name of the `[[notify]]`."""
    action: Action
    severity: Severity
    title: str
    text: str = ""
    """Likely cause, what changed, impact: a few lines."""
    alerts: tuple[Told, ...] = ()
    incident: int | None = None
    environment: str = ""
    floor: str = ""
    """Name of the floor that sends it."""
    made_at: float
    due_at: float
    """Not before this; moved by retries and Retry-After."""
    pause_s: float = 0.0
    """How long that was from its last attempt on: the clock that `due_at` is by may be set."""
    attempts: int = 0
    state: MessageState = "queued"
    said: str = ""
    """The receiver's last answer, or why it did not work; never with a secret."""
    receipt: str = ""
    """What the receiver gave back for it."""
    sent_at: float | None = None


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """How one attempt ended."""

    outcome: Literal["sent", "retry", "refused"]
    """retry: later, it may work; refused: never, the message itself is wrong or unwanted."""
    said: str
    """One sentence for the operator; no secret, no address with a token in it."""
    receipt: str = ""
    retry_after_s: float | None = None


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What a receiver was last promised of a group (Alertmanager's notification log)."""

    group: str
    receiver: str
    firing: frozenset[str]
    """Keys of the alerts that fired then."""
    resolved: frozenset[str]
    at: float
    severity: Severity = "critical"
    """The gravest that was told."""
    called_in: str = ""
    """Key of the group by which he was called in before he had a way into this one."""
    floor: str = ""
    """The floor's name as it was told: with the group's key the receiver's own key is made of it."""

    @property
    def known_as(self) -> str:
        """The group's key as the receiver knows it."""
        return self.called_in or self.group
