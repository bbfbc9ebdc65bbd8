"""The outbox: each promise to a receiver is a row that stands until it is kept, given up, or no longer worth telling.

`promise`, `waiting` and what only reads may be called inside somebody else's transaction; `begin` and `done` make their
own, for an attempt must be on disk before it is made.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence

import msgspec
from msgspec.structs import replace

from collectors.text import clean
from ops.incidents.database import writing
from ops.notify.ledger import Ledger
from ops.notify.structs import Delivery, Message
from ops.redact import mask

KEPT_S = 90 * 86400.0
"""How long a message that is done with is kept."""
LATE_S = 60.0
"""One that waits for longer counts as undelivered."""
LOUD_S = 86400.0
"""How long one that was given up counts as undelivered."""
_SAID = 300
_TOLD = ("firing", "escalated")
"""What makes a receiver wait for a "resolved"."""
_MESSAGE = msgspec.msgpack.Decoder(Message)

Tell = Callable[[sqlite3.Connection, Message], None]
"""Told in the same transaction of a message that was sent or is dead: what belongs to it is written with it."""


class Outbox:
    """The table `messages`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def promise(self, message: Message) -> Message:
        """Add a message, in the caller's transaction; gives it with its id, and "dropped" where it is not to be sent.

        A firing that was never attempted gives way to a newer one. An end drops all that was never attempted, and
        itself where the receiver never heard of the beginning.
        """
        dropped = {"firing": ("firing",), "resolved": ("firing", "escalated", "acknowledged")}
        for old in self._never_attempted(message.group, message.receiver, dropped.get(message.action, ())):
            why = "it was over before it was told" if message.action == "resolved" else "told anew by a later one"
            self._write(replace(old, state="dropped", said=why))
        if message.action == "resolved" and not self._heard(message.group, message.receiver):
            message = replace(message, state="dropped", said="nobody was told that it began")
        return self._insert(message)

    def _insert(self, message: Message) -> Message:
        row = (message.group, message.receiver, message.incident, message.state, message.due_at, message.made_at)
        cursor = self._connection.execute(
            "INSERT INTO messages (group_key, receiver, incident, state, due_at, made_at, whole)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*row, b""),
        )
        message = replace(message, id=int(cursor.lastrowid or 0))
        self._write(message)
        return message

    def _write(self, message: Message) -> None:
        self._connection.execute(
            "UPDATE messages SET state = ?, due_at = ?, whole = ? WHERE id = ?",
            (message.state, message.due_at, msgspec.msgpack.encode(message), message.id),
        )

    def _never_attempted(self, group: str, receiver: str, actions: Iterable[str]) -> list[Message]:
        question = "SELECT whole FROM messages WHERE group_key = ? AND receiver = ? AND state = 'queued' ORDER BY id"
        found = (_MESSAGE.decode(row[0]) for row in self._connection.execute(question, (group, receiver)))
        return [message for message in found if not message.attempts and message.action in actions]

    def _heard(self, group: str, receiver: str) -> bool:
        question = "SELECT whole FROM messages WHERE group_key = ? AND receiver = ? ORDER BY id DESC"
        for (whole,) in self._connection.execute(question, (group, receiver)):
            message = _MESSAGE.decode(whole)
            if message.state != "dropped" and message.action == "resolved":
                return False
            if message.attempts and message.action in _TOLD:
                return True
        return False

    def receivers(self) -> list[str]:
        """Names of all for whom something waits."""
        question = "SELECT DISTINCT receiver FROM messages WHERE state IN ('queued', 'sending') ORDER BY receiver"
        return [str(row[0]) for row in self._connection.execute(question)]

    def waits(self, receiver: str) -> int:
        """How many messages wait for a receiver."""
        question = "SELECT count(*) FROM messages WHERE state IN ('queued', 'sending') AND receiver = ?"
        return int(self._connection.execute(question, (receiver,)).fetchone()[0])

    def waiting(self, receiver: str, limit: int = 500) -> list[Message]:
        """The first message of each group for a receiver, in the order of their ids: those that may be attempted."""
        question = (
            "SELECT whole, min(id) FROM messages WHERE state IN ('queued', 'sending') AND receiver = ?"
            " GROUP BY group_key ORDER BY min(id) LIMIT ?"
        )
        return [_MESSAGE.decode(row[0]) for row in self._connection.execute(question, (receiver, limit))]

    def message(self, number: int) -> Message | None:
        """One of them."""
        row = self._connection.execute("SELECT whole FROM messages WHERE id = ?", (number,)).fetchone()
        return _MESSAGE.decode(row[0]) if row else None

    def last(self, group: str, receiver: str) -> Message | None:
        """The newest message of a group to a receiver."""
        question = "SELECT whole FROM messages WHERE group_key = ? AND receiver = ? ORDER BY id DESC LIMIT 1"
        row = self._connection.execute(question, (group, receiver)).fetchone()
        return _MESSAGE.decode(row[0]) if row else None

    def begin(self, number: int) -> Message | None:
        """Write down that an attempt is made, before it is; None for one that waits no longer."""
        with writing(self._connection):
            message = self.message(number)
            if message is None or message.state not in ("queued", "sending"):
                return None
            message = replace(message, state="sending", attempts=message.attempts + 1)
            self._write(message)
        return message

    def done(
        self, number: int, delivery: Delivery, now: float, again_at: float | None, tell: Tell | None = None
    ) -> Message:
        """Write down how an attempt ended: sent, to be repeated at `again_at`, or dead where that is None.

        Raises KeyError for a message that is not there.
        """
        said = clean(mask(delivery.said), _SAID)
        with writing(self._connection):
            message = self.message(number)
            if message is None:
                raise KeyError(number)
            if delivery.outcome == "sent":
                receipt = clean(mask(delivery.receipt), _SAID)
                message = replace(message, state="sent", said=said, receipt=receipt, sent_at=now, due_at=now)
            elif again_at is None:
                message = replace(message, state="dead", said=said, due_at=now)
            else:
                message = replace(message, state="queued", said=said, due_at=again_at, pause_s=again_at - now)
            self._write(message)
            if tell is not None and message.state in ("sent", "dead"):
                tell(self._connection, message)
        return message

    def messages(self, *, incident: int | None = None, limit: int = 100) -> Sequence[Message]:
        """Newest first, of all or of one incident."""
        where, given = ("", ()) if incident is None else ("WHERE incident = ?", (incident,))
        question = f"SELECT whole FROM messages {where} ORDER BY id DESC LIMIT ?"  # noqa: S608 - our own words
        return [_MESSAGE.decode(row[0]) for row in self._connection.execute(question, (*given, limit))]

    def undelivered(self, now: float) -> int:
        """How many wait for longer than a minute, or were given up within the last day: somebody may not know."""
        late = "SELECT count(*) FROM messages WHERE state IN ('queued', 'sending') AND made_at < ?"
        dead = "SELECT count(*) FROM messages WHERE state = 'dead' AND due_at > ?"
        rows = (
            self._connection.execute(late, (now - LATE_S,)).fetchone(),
            self._connection.execute(dead, (now - LOUD_S,)).fetchone(),
        )
        return sum(int(row[0]) for row in rows)

    def prune(self, now: float) -> int:
        """Forget what was done with long ago, in the caller's transaction; gives how many.

        What a receiver was told of a group that is not over stays: it makes the end worth telling.
        """
        old = "FROM messages WHERE state IN ('sent', 'dead', 'dropped') AND made_at < ?"
        given = (now - KEPT_S,)
        groups = set(self._connection.execute(f"SELECT DISTINCT group_key, receiver {old}", given))
        told = {
            (record.known_as, name)
            for records in Ledger(self._connection).records().values()
            for name, record in records.items()
        }
        question = f"DELETE {old} AND group_key = ? AND receiver = ?"
        return sum(self._connection.execute(question, (*given, *pair)).rowcount for pair in groups - told)
