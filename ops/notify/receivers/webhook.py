"""Any webhook: JSON of everything that a message says, or a template of the operator's own."""

from collections.abc import Mapping
from typing import Any

import msgspec

from collectors.base import CollectError, Secret
from collectors.net.headers import with_secret_headers
from collectors.text import NAME_LIMIT
from ops.config.alerting import Receiver
from ops.notify.receivers.posting import Posting, sentence
from ops.notify.receivers.template import fill, is_json
from ops.notify.receivers.wording import (
    alert_line,
    date,
    dedup_key,
    idempotency_key,
    iso,
    plain_title,
    shown,
    text_lines,
)
from ops.notify.structs import Delivery, Message, Told

MOST_ALERTS = 200
_TEXT = 1000
"""Characters of a summary or runbook."""
VERSION = 1
"""Of the JSON's form; it changes when a field gets another meaning."""


def document(message: Message) -> dict[str, Any]:
    """All of it, for programs: `group` is the same from "firing" to "resolved", `id` the same at each repetition."""
    return {
        "version": VERSION,
        "id": idempotency_key(message),
        "group": dedup_key(message),
        "action": message.action,
        "severity": message.severity,
        "title": plain_title(message),
        "text": "\n".join(text_lines(message)),
        "incident": message.incident,
        "environment": shown(message.environment),
        "floor": shown(message.floor),
        "at": iso(message.made_at),
        "alerts": [_told(told) for told in message.alerts[:MOST_ALERTS]],
        "alerts_left_out": max(0, len(message.alerts) - MOST_ALERTS),
    }


def _told(told: Told) -> dict[str, Any]:
    return {
        "key": shown(told.key),
        "firing": told.firing,
        "severity": told.severity,
        "row": shown(told.row, NAME_LIMIT),
        "summary": shown(told.summary, _TEXT),
        "labels": {shown(name, NAME_LIMIT): shown(value, NAME_LIMIT) for name, value in told.labels.items()},
        "since": iso(told.since),
        "runbook": shown(told.runbook, _TEXT),
    }


def values(message: Message) -> dict[str, str]:
    """What a template may name (`ops.config.receivers.TEMPLATE_FIELDS`), each as text."""
    first = next((told for told in message.alerts if told.firing), next(iter(message.alerts), None))
    return {
        "title": plain_title(message),
        "summary": alert_line(first) if first else plain_title(message),
        "text": "\n".join(text_lines(message)),
        "severity": message.severity,
        "action": message.action,
        "incident": "" if message.incident is None else str(message.incident),
        "group": shown(message.group),
        "environment": shown(message.environment),
        "floor": shown(message.floor),
        "at": date(message.made_at),
        "key": idempotency_key(message),
    }


def content(message: Message, template: str) -> tuple[bytes, str]:
    """The body and its type."""
    if not template:
        return msgspec.json.encode(document(message)), "application/json"
    kind = "application/json" if is_json(template) else "text/plain; charset=utf-8"
    return fill(template, values(message)).encode("utf-8", "replace"), kind


class Webhook:
    """Hands messages to one address."""

    def __init__(self, config: Receiver, secrets: Mapping[str, Secret]) -> None:
        self._config, self._secrets = config, secrets
        self._posting = Posting(secrets.get("url") or config.url, ca_file=config.ca_file, timeout_s=config.timeout)

    async def deliver(self, message: Message) -> Delivery:
        """Post it once."""
        body, kind = content(message, self._config.template)
        try:
            own = with_secret_headers(self._config.headers, self._config.headers_env, self._secrets)
        except CollectError as error:
            return Delivery(outcome="retry", said=sentence(error))
        given = {name.lower() for name in own}
        ours = {"Content-Type": kind, "Idempotency-Key": idempotency_key(message)}
        headers = {**{name: value for name, value in ours.items() if name.lower() not in given}, **own}
        return await self._posting.send(body, headers)

    async def close(self) -> None:
        """Nothing is kept open."""
