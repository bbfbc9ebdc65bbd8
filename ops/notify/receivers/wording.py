"""What every kind of receiver says alike: keys that make a repetition known as one, headings, and lines of alerts."""

import time
from collections.abc import Sequence
from hashlib import sha256

from collectors.text import LINE_LIMIT, NAME_LIMIT, clean, clean_lines
from ops.notify.structs import Message, Told
from ops.redact import mask

LONGEST_KEY = 255
"""Characters of PagerDuty's dedup_key."""
MOST_LINES = 20
"""Of a message's own text."""
_TEXT = 32_000
"""Characters of it that are looked at."""
_SUMMARY = 1000
_LOOKED_AT = 4
"""Times the limit that is searched for secrets: hiding those shortens a text."""
_WORDS = {
    "firing": "",
    "resolved": "resolved",
    "acknowledged": "acknowledged",
    "escalated": "escalated",
    "test": "test",
    "change": "change",
}


def shown(text: str, limit: int = LINE_LIMIT) -> str:
    """One line that can be sent anywhere: inert, without secrets, cut. No time goes into what is cut off anyway."""
    return clean(mask(text[: limit * _LOOKED_AT]), limit)


def idempotency_key(message: Message) -> str:
    """The same at each attempt of one message, and of no other: 32 hexadecimal digits."""
    parts = (message.floor, message.group, message.receiver, str(message.id), message.action, f"{message.made_at:.6f}")
    return sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


def dedup_key(message: Message) -> str:
    """What the receiver knows the group by: the same from its first message to its last."""
    key = clean(f"{message.floor}/{message.group}", LINE_LIMIT)
    return key if len(key) <= LONGEST_KEY else sha256(key.encode()).hexdigest()


def word(message: Message) -> str:
    """What it is, in one word: how grave it is while it fires, else what happened to it."""
    return _WORDS[message.action] or message.severity


def title(message: Message, limit: int = LINE_LIMIT) -> str:
    """The title alone, in one line."""
    return shown(message.title, limit)


def plain_title(message: Message) -> str:
    """The title for who reads it without the action: what is over, or that somebody has it, stands in front."""
    said = f"{message.action}: " if message.action in ("resolved", "acknowledged", "escalated") else ""
    return shown(f"{said}{message.title}")


def headline(message: Message, limit: int = LINE_LIMIT) -> str:
    """What it is, where, and of what: "CRITICAL production: PostgreSQL shop is down"."""
    where = f" {message.environment}" if message.environment else ""
    return shown(f"{word(message).upper()}{where}: {message.title}", limit)


def text_lines(message: Message) -> list[str]:
    """The message's own text."""
    return clean_lines(mask(message.text[:_TEXT]), MOST_LINES).split("\n") if message.text.strip() else []


def alert_lines(alerts: Sequence[Told], most: int) -> list[str]:
    """A line for each alert, those that fire first; what is over `most` is counted in a last one."""
    ordered = sorted(alerts, key=lambda told: not told.firing)
    lines = [alert_line(told) for told in ordered[:most]]
    return [*lines, f"… {len(ordered) - most} more"] if len(ordered) > most else lines


def alert_line(told: Told) -> str:
    """ "critical service:api: status 500, since 03:10:05 UTC"."""
    how = told.severity if told.firing else "resolved"
    return f"{shown(f'{how} {told.row}', NAME_LIMIT)}: {shown(told.summary, _SUMMARY)}, since {moment(told.since)}"


def runbooks(alerts: Sequence[Told]) -> list[str]:
    """What they say to do, each once."""
    return [shown(text) for text in dict.fromkeys(told.runbook for told in alerts if told.runbook)]


def origin(message: Message) -> str:
    """Where it comes from: "incident 42 · production · shop · 2026-01-05 03:10:05 UTC"."""
    incident = f"incident {message.incident}" if message.incident is not None else ""
    parts = (incident, message.environment, message.floor, date(message.made_at))
    return " · ".join(shown(part, NAME_LIMIT) for part in parts if part)


def moment(at: float) -> str:
    """A time of day, UTC."""
    return time.strftime("%H:%M:%S UTC", time.gmtime(at))


def date(at: float) -> str:
    """A moment with its day, UTC."""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(at))


def iso(at: float) -> str:
    """A moment as machines read it, UTC (RFC 3339)."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def whole_lines(lines: Sequence[str], limit: int) -> str:
    """As many of the lines as fit into so many characters; what is left out is counted in a last one."""
    kept: list[str] = []
    used = 0
    room = limit - len(f"\n… {len(lines)} more lines")
    for line in lines:
        if used + len(line) + 1 > room:
            break
        kept.append(line)
        used += len(line) + 1
    left = len(lines) - len(kept)
    return "\n".join([*kept, f"… {left} more {'line' if left == 1 else 'lines'}"] if left else kept)
