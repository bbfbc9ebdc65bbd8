"""Receivers that take nothing: each a row of its own, so that those who can still be told hear of it."""

import sqlite3
from collections.abc import Iterable, Iterator

from ops.board import Check, Row
from ops.figures import clock
from ops.notify.outbox import LATE_S

DEAD_S = 3600.0
"""For so long a receiver is in trouble after a message to it was given up."""


def receiver_rows(connection: sqlite3.Connection, names: Iterable[str], now: float) -> Iterator[Row]:
    """One row "notify:<name>" for each, with the check "notify.delivery"; a warning while its messages wait or died."""
    late = _by_receiver(
        connection,
        "SELECT receiver, count(*), min(made_at) FROM messages WHERE state IN ('queued', 'sending') AND made_at < ?"
        " GROUP BY receiver",
        now - LATE_S,
    )
    dead = _by_receiver(
        connection,
        "SELECT receiver, count(*), max(due_at) FROM messages WHERE state = 'dead' AND due_at > ? GROUP BY receiver",
        now - DEAD_S,
    )
    for name in names:
        yield _row(name, late.get(name), dead.get(name), now)


def _by_receiver(connection: sqlite3.Connection, question: str, since: float) -> dict[str, tuple[int, float]]:
    return {str(name): (int(count), float(at)) for name, count, at in connection.execute(question, (since,))}


def _row(name: str, late: tuple[int, float] | None, dead: tuple[int, float] | None, now: float) -> Row:
    said, since, word = "", now, "reached"
    if late is not None:
        said, since, word = f"{name} has not taken what it was sent at {clock(late[1], now)}", late[1], "mute"
    elif dead is not None:
        said, since, word = f"{_messages(dead[0])} to {name} never arrived", dead[1], "undelivered"
    check = Check(id="notify.delivery", level="warning", word=word, text=said, since=since)
    return Row(
        id=f"notify:{name}",
        kind="notify",
        name=name,
        target=f"notify:{name}",
        level="warning" if said else "ok",
        word=word,
        reason=said,
        since=since,
        at=now,
        checks=(check,) if said else (),
    )


def _messages(count: int) -> str:
    return "1 message" if count == 1 else f"{count} messages"
