"""What receivers take, as JSON schemas of our own: the facts of their published references, with limits."""

from typing import Any

Schema = dict[str, Any]

_LINKS: Schema = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["href"],
        "properties": {"href": {"type": "string", "pattern": "^https?://"}, "text": {"type": "string"}},
        "additionalProperties": False,
    },
}
PAGERDUTY_EVENT: Schema = {
    "type": "object",
    "required": ["routing_key", "event_action"],
    "additionalProperties": False,
    "properties": {
        "routing_key": {"type": "string", "minLength": 1},
        "event_action": {"enum": ["trigger", "acknowledge", "resolve"]},
        "dedup_key": {"type": "string", "minLength": 1, "maxLength": 255},
        "client": {"type": "string"},
        "client_url": {"type": "string"},
        "links": _LINKS,
        "images": {"type": "array"},
        "payload": {
            "type": "object",
            "required": ["summary", "source", "severity"],
            "additionalProperties": False,
            "properties": {
                "summary": {"type": "string", "minLength": 1, "maxLength": 1024},
                "source": {"type": "string", "minLength": 1},
                "severity": {"enum": ["critical", "error", "warning", "info"]},
                "timestamp": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"},
                "component": {"type": "string"},
                "group": {"type": "string"},
                "class": {"type": "string"},
                "custom_details": {"type": "object"},
            },
        },
    },
    "if": {"properties": {"event_action": {"const": "trigger"}}},
    "then": {"required": ["payload"]},
    "else": {"required": ["dedup_key"]},
}
"""POST /v2/enqueue (Events API v2)."""
PAGERDUTY_CHANGE: Schema = {
    "type": "object",
    "required": ["routing_key", "payload"],
    "additionalProperties": False,
    "properties": {
        "routing_key": {"type": "string", "minLength": 1},
        "links": _LINKS,
        "images": {"type": "array"},
        "payload": {
            "type": "object",
            "required": ["summary"],
            "additionalProperties": False,
            "properties": {
                "summary": {"type": "string", "minLength": 1, "maxLength": 1024},
                "source": {"type": "string"},
                "timestamp": {"type": "string"},
                "custom_details": {"type": "object"},
            },
        },
    },
}
"""POST /v2/change/enqueue."""
EVENT_BYTES = 512_000


def _text(kind: str, limit: int) -> Schema:
    """A text object; in mrkdwn no control sign may stand bare, and of entities there are three."""
    shape: Schema = {"type": "string", "minLength": 1, "maxLength": limit}
    if kind == "mrkdwn":
        shape["pattern"] = r"^(?:[^<>&]|&(?:amp|lt|gt);)*$"
    return {
        "type": "object",
        "required": ["type", "text"],
        "additionalProperties": False,
        "properties": {"type": {"const": kind}, "text": shape},
    }


def _block(kind: str, **more: Schema) -> Schema:
    return {
        "type": "object",
        "required": ["type", *more],
        "additionalProperties": False,
        "properties": {"type": {"const": kind}, "block_id": {"type": "string", "maxLength": 255}, **more},
    }


SLACK: Schema = {
    "type": "object",
    "required": ["text", "blocks"],
    "additionalProperties": False,
    "properties": {
        "text": {"type": "string", "minLength": 1, "maxLength": 40_000, "pattern": r"^(?:[^<>&]|&(?:amp|lt|gt);)*$"},
        "unfurl_links": {"type": "boolean"},
        "unfurl_media": {"type": "boolean"},
        "blocks": {
            "type": "array",
            "minItems": 1,
            "maxItems": 50,
            "items": {
                "oneOf": [
                    _block("header", text=_text("plain_text", 150)),
                    _block("section", text=_text("mrkdwn", 3000)),
                    _block(
                        "context",
                        elements={"type": "array", "minItems": 1, "maxItems": 10, "items": _text("mrkdwn", 3000)},
                    ),
                ]
            },
        },
    },
}
"""An incoming webhook's body with Block Kit's limits."""
