"""What is asked of workers through their mailbox, and what they answer. Pure.

The messages are those of `kombu.pidbox` and, on Redis, the envelope of `kombu.transport.virtual`. The replies are sent
to a queue by its name, through the nameless exchange: so no exchange and no binding is made for them on any broker.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from uuid import uuid4

import msgspec

from collectors.text import clean

QUESTIONS = ("active_queues", "active")
"""Which queues a worker consumes; which tasks it runs now."""
MOST_WORKERS = 500
_NAMED = 20


class Workers(msgspec.Struct, frozen=True):
    """Who answered: names in order, how many consume each queue, and the tasks that run now (None: not all told)."""

    names: tuple[str, ...] = ()
    consumers: Mapping[str, int] = {}
    active: int | None = 0

    @property
    def listed(self) -> str:
        """Their names in one line."""
        more = len(self.names) - _NAMED
        return ", ".join(self.names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def exchange_name(namespace: str) -> str:
    """The exchange that each worker's mailbox hangs on."""
    return f"{namespace}.pidbox"


def question(method: str, ticket: str, reply_queue: str) -> bytes:
    """The body of one question to all workers."""
    return msgspec.json.encode(
        {
            "method": method,
            "arguments": {},
            "destination": None,
            "pattern": None,
            "matcher": None,
            "ticket": ticket,
            "reply_to": {"exchange": "", "routing_key": reply_queue},
        }
    )


def envelope(body: bytes, exchange: str) -> bytes:
    """A message as it is sent over Redis, which has no headers of its own."""
    return msgspec.json.encode(
        {
            "body": b64encode(body).decode(),
            "content-encoding": "utf-8",
            "content-type": "application/json",
            "headers": {"clock": 0, "expires": 0},
            "properties": {
                "delivery_mode": 1,
                "delivery_info": {"exchange": exchange, "routing_key": ""},
                "priority": 0,
                "body_encoding": "base64",
                "delivery_tag": str(uuid4()),
            },
        }
    )


def open_envelope(text: bytes) -> tuple[str, bytes] | None:
    """Ticket and body of a reply over Redis; None for what is none, or was too long to be kept."""
    message = _mapping(text)
    headers, properties, body = message.get("headers"), message.get("properties"), message.get("body")
    if not isinstance(headers, dict) or not isinstance(properties, dict) or not isinstance(body, str):
        return None
    try:
        plain = b64decode(body) if properties.get("body_encoding") == "base64" else body.encode()
    except ValueError:
        return None
    return str(headers.get("ticket")), plain


def is_task(text: bytes) -> bool:
    """Whether what lies in a list of Redis is a message as Celery sends it; a long one is cut."""
    message = _mapping(text)
    return {"body", "headers", "properties"} <= message.keys() or text.startswith((b'{"body":', b'{"body" :'))


def read_replies(replies: Iterable[tuple[str, bytes]], tickets: Mapping[str, str]) -> Workers:
    """Read who answered, from tickets and bodies; `tickets` leads from ticket to question. What makes no sense is
    left out, and so are answers to earlier questions."""
    queues: dict[str, set[str]] = {}
    active: dict[str, int] = {}
    for ticket, body in replies:
        for worker, told in _mapping(body).items():
            name = clean(worker)
            if tickets.get(ticket) == "active_queues" and isinstance(told, list):
                queues[name] = {queue["name"] for queue in told if _is_queue(queue)}
            elif tickets.get(ticket) == "active" and isinstance(told, list):
                active[name] = len(told)
    names = tuple(sorted({*queues, *active}))[:MOST_WORKERS]
    consumers: dict[str, int] = {}
    for consumed in queues.values():
        for queue in consumed:
            consumers[queue] = consumers.get(queue, 0) + 1
    known = active.keys() >= set(names)
    return Workers(names, consumers, sum(active.values()) if known else None)


def _is_queue(told: object) -> bool:
    return isinstance(told, dict) and isinstance(told.get("name"), str)


def _mapping(text: bytes) -> dict[str, object]:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
