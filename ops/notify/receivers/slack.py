"""Slack's incoming webhooks: a message of blocks, within the published limits of Block Kit.

Limits: header 150 characters, text of a section 3000, ten elements of a context, 50 blocks; `&`, `<` and `>` are
escaped in mrkdwn (docs.slack.dev, "Formatting message text"; slackapi/python-slack-sdk slack_sdk/models/blocks).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from collectors.base import Secret
from ops.config.alerting import Receiver
from ops.notify.receivers.posting import Posting
from ops.notify.receivers.wording import (
    alert_lines,
    headline,
    idempotency_key,
    origin,
    runbooks,
    text_lines,
    whole_lines,
)
from ops.notify.structs import Delivery, Message

HEADER, TEXT = 150, 3000
"""Characters of a header, and of every other text."""
MOST_ALERTS = 20
_LINE = 500
"""Characters of one line, before its signs are escaped: each becomes five at most, and the first must fit."""
_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})

Block = dict[str, Any]


def escape(text: str) -> str:
    """Text that Slack shows as it is: neither a link, nor a mention, nor "@channel" by its control sequence."""
    return text.translate(_ESCAPED)


def payload(message: Message) -> dict[str, Any]:
    """The body of a message for an incoming webhook."""
    blocks: list[Block] = [{"type": "header", "text": {"type": "plain_text", "text": headline(message, HEADER)}}]
    blocks += [
        _section(lines)
        for lines in (text_lines(message), alert_lines(message.alerts, MOST_ALERTS), _runbook_lines(message))
        if lines
    ]
    context = {"type": "mrkdwn", "text": whole_lines(_escaped([origin(message)]), TEXT)}
    blocks.append({"type": "context", "elements": [context]})
    return {
        "text": whole_lines(_escaped([headline(message), *text_lines(message)]), TEXT),
        "blocks": blocks,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _runbook_lines(message: Message) -> list[str]:
    return [f"runbook: {text}" for text in runbooks(message.alerts)]


def _section(lines: Sequence[str]) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": whole_lines(_escaped(lines), TEXT)}}


def _escaped(lines: Sequence[str]) -> list[str]:
    return [escape(line if len(line) <= _LINE else line[: _LINE - 1] + "…") for line in lines]


class Slack:
    """Hands messages to one incoming webhook."""

    def __init__(self, config: Receiver, secrets: Mapping[str, Secret]) -> None:
        self._posting = Posting(secrets.get("url") or config.url, ca_file=config.ca_file, timeout_s=config.timeout)

    async def deliver(self, message: Message) -> Delivery:
        """Post it once."""
        headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": idempotency_key(message)}
        return await self._posting.send(msgspec.json.encode(payload(message)), headers)

    async def close(self) -> None:
        """Nothing is kept open."""
