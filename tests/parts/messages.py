"""Messages for receivers, plain and hostile."""

from typing import Any

from ops.notify.structs import Message, Told

AT = 1_767_582_605.0
"""2026-01-05 03:10:05 UTC."""


def told(**more: Any) -> Told:
    """An alert that fires."""
    fields: dict[str, Any] = {
        "key": "down/postgres:shop",
        "severity": "critical",
        "summary": "connection refused",
        "row": "postgres:shop",
        "labels": {"rule": "down", "host": "db-1"},
        "since": AT - 30,
        "firing": True,
        "runbook": "https://wiki.example/postgres",
    }
    return Told(**{**fields, **more})


def message(**more: Any) -> Message:
    """A firing message about one alert of incident 42."""
    fields: dict[str, Any] = {
        "id": 7,
        "group": "incident=42",
        "receiver": "pager",
        "action": "firing",
        "severity": "critical",
        "title": "PostgreSQL shop is down",
        "text": "likely cause: PostgreSQL shop\nchanged: container db-1 restarted 20 s before",
        "alerts": (told(),),
        "incident": 42,
        "environment": "production",
        "floor": "shop",
        "made_at": AT,
        "due_at": AT,
    }
    return Message(**{**fields, **more})


HOSTILE = "<!channel> & <@U1> \x1b]0;owned\x07\u202e*bold* &lt; \ud83d`;" + "&" * 9000
"""What somebody might call a container: mentions, control signs, half a surrogate, and too much of it."""


def hostile(**more: Any) -> Message:
    """A message in which everything that came from the world means harm, and of which there is far too much."""
    bad = told(summary=HOSTILE, row=HOSTILE, runbook=HOSTILE, labels={"rule": HOSTILE, "host": HOSTILE})
    return message(
        title=HOSTILE, text="\n".join([HOSTILE] * 300), alerts=(bad,) * 2000, environment=HOSTILE, floor=HOSTILE, **more
    )
