"""PagerDuty's Events API v2: trigger, acknowledge and resolve by dedup_key, and change events.

Schema: PagerDuty/api-schema reference/events-v2/openapiv3.json. Limits: a summary of 1024 characters, an event of
512 000 bytes; of one that is larger the details are dropped, not the event (Alertmanager notify/pagerduty).
"""

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from collectors.base import Secret
from collectors.net.wire import Answer
from collectors.text import LINE_LIMIT, NAME_LIMIT
from ops.config.alerting import Receiver
from ops.notify.receivers.posting import Posting
from ops.notify.receivers.wording import (
    alert_lines,
    dedup_key,
    headline,
    idempotency_key,
    iso,
    runbooks,
    shown,
    text_lines,
)
from ops.notify.structs import Delivery, Message

PUBLIC = "https://events.pagerduty.com"
SUMMARY = 1024
"""Characters."""
EVENT_BYTES = 512_000
MOST_ALERTS = 100
MOST_LINKS = 10
_ACTIONS = {"resolved": "resolve", "acknowledged": "acknowledge"}
"""Everything else triggers; what is known by its key already is then told to nobody a second time."""
_KEY_ROOM = 200
"""Bytes that the routing key takes of an event, and more."""

Event = dict[str, Any]


def event(message: Message) -> Event:
    """An event without its routing key."""
    action = _ACTIONS.get(message.action, "trigger")
    made: Event = {"event_action": action, "dedup_key": dedup_key(message), "payload": _payload(message)}
    if action == "trigger":
        made["client"] = "watchfloor"
        made["links"] = _links(message)
    return _bounded(made)


def change_event(message: Message) -> Event:
    """A change event without its routing key."""
    return _bounded({
        "payload": {
            "summary": headline(message, SUMMARY),
            "source": _source(message),
            "timestamp": iso(message.made_at),
            "custom_details": _details(message),
        },
        "links": _links(message),
    })  # fmt: skip


def _payload(message: Message) -> Event:
    firing = [told for told in message.alerts if told.firing] or list(message.alerts)
    made: Event = {
        "summary": headline(message, SUMMARY),
        "source": _source(message),
        "severity": message.severity,
        "timestamp": iso(min((told.since for told in firing), default=message.made_at)),
        "custom_details": _details(message),
    }
    if firing:
        made["component"] = shown(firing[0].row, NAME_LIMIT)
    if message.environment:
        made["group"] = shown(message.environment, NAME_LIMIT)
    rules = sorted({told.labels.get("rule", "") for told in firing} - {""})
    if rules:
        made["class"] = shown(", ".join(rules), NAME_LIMIT)
    return made


def _source(message: Message) -> str:
    hosts = sorted({told.labels.get("host", "") for told in message.alerts} - {""})
    return shown(", ".join(hosts) or message.floor or "watchfloor", NAME_LIMIT)


def _details(message: Message) -> Event:
    details: Event = {"alerts": alert_lines(message.alerts, MOST_ALERTS), "text": text_lines(message)}
    details["runbook"] = runbooks(message.alerts)[:MOST_LINKS]
    if message.incident is not None:
        details["incident"] = message.incident
    return {name: value for name, value in details.items() if value}


def _links(message: Message) -> list[Event]:
    addresses = [text for text in runbooks(message.alerts) if text.startswith(("https://", "http://"))]
    whole = [text for text in addresses if len(text) < LINE_LIMIT and " " not in text]
    return [{"href": text, "text": "runbook"} for text in whole[:MOST_LINKS]]


def _bounded(made: Event) -> Event:
    """Without its details where they would make it too large for PagerDuty."""
    if len(msgspec.json.encode(made)) <= EVENT_BYTES - _KEY_ROOM:
        return made
    rest = {name: value for name, value in made["payload"].items() if name != "custom_details"}
    return {**made, "payload": rest}


class PagerDuty:
    """Hands messages to one integration."""

    def __init__(self, config: Receiver, secrets: Mapping[str, Secret]) -> None:
        base = (config.url or PUBLIC).rstrip("/").removesuffix("/v2")
        self._key = secrets["key"]
        self._events = Posting(f"{base}/v2/enqueue", ca_file=config.ca_file, timeout_s=config.timeout)
        self._changes = Posting(f"{base}/v2/change/enqueue", ca_file=config.ca_file, timeout_s=config.timeout)

    async def deliver(self, message: Message) -> Delivery:
        """Post it once; the receipt is the dedup_key."""
        changed = message.action == "change"
        made = change_event(message) if changed else event(message)
        headers = {"Content-Type": "application/json", "Idempotency-Key": idempotency_key(message)}
        content = msgspec.json.encode({**made, "routing_key": self._key.reveal()})
        return await (self._changes if changed else self._events).send(content, headers, receipt=_receipt)

    async def close(self) -> None:
        """Nothing is kept open."""


def _receipt(answer: Answer) -> str:
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return ""
    key = said.get("dedup_key") if isinstance(said, dict) else None
    return key if isinstance(key, str) else ""
