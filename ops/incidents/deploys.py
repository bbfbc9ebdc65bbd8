"""Deploys, as PagerDuty hears of them: a change event for each, once whichever process saw it, none of before a start.

The row, the commit and the moment are the key of its group, by which the outbox knows it after a restart too. What the
first reading after a start shows to be new is not told: nobody knows when it was.
"""

import sqlite3
from functools import cache

from msgspec.structs import replace

from collectors.text import LINE_LIMIT, clean
from ops.board import Board
from ops.incidents import standing
from ops.incidents.around import Around
from ops.notify.outbox import Outbox
from ops.notify.plan import Plan
from ops.notify.structs import Message
from ops.store.contract import Event

BACK_S = 600.0
"""What who led before did not get to tell, within so long before a start, is told then."""
LATE_S = 60.0
"""By how much a look overlaps the one before: a slow disk has some of it late."""
MOST_WAITING = 100
"""While so many messages wait for a receiver it is promised no more deploys: alerts must not wait behind them."""


class Deploys:
    """Knows which ones were looked at. Where no receiver hears of deploys nothing is asked."""

    def __init__(self, around: Around, plan: Plan) -> None:
        self._around = around
        self._receivers = [
            name for name, receiver in plan.receivers.items() if receiver.kind == "pagerduty" and receiver.deploys
        ]
        self._first: float | None = None
        """Nothing of before is told: the first look of all, at which somebody could hear of it."""
        self._until: float | None = None
        self._known: frozenset[str] = frozenset()
        self._looked: tuple[float, frozenset[str]] | None = None

    def news(self, now: float) -> list[Event]:
        """Those that were not looked at yet, oldest first."""
        self._looked = None
        if self._first is None:
            return []
        found = self._around.deploys(self._start(self._first, now), now)
        if found is None:
            return []
        self._looked = now, frozenset(map(key_of, found))
        return [event for event in found if key_of(event) not in self._known]

    def _start(self, first: float, now: float) -> float:
        start = max(now - BACK_S if self._until is None else self._until - LATE_S, first)
        # A clock that was set back leaves it in a time to come.
        return start if start <= now else now - LATE_S

    def promise(self, connection: sqlite3.Connection, board: Board, now: float) -> list[Message]:
        """Promise what is new to each receiver, in the caller's transaction; `goes_on` once that is written."""
        if self._receivers and self._first is None:
            self._first = standing.deploys_since(connection, now)
        read_before = cache(self._around.read_before)
        new = [event for event in self.news(now) if event.row in read_before(event.at)]
        if self._around.trouble:
            self._looked = None
        box = Outbox(connection)
        return [
            box.promise(_bounded(box, _message(event, name, board, now)))
            for event in new
            for name in self._receivers
            if box.last(key_of(event), name) is None
        ]

    def goes_on(self) -> None:
        """What was found last is known from now on; where the history did not answer it is asked for that again."""
        if self._looked is not None:
            self._until, self._known = self._looked


def key_of(event: Event) -> str:
    """The key of its group: a commit that is deployed again, or taken back, is another deploy."""
    return clean(f"deploy/{event.row}={event.after}@{event.at:.3f}", LINE_LIMIT)


def _message(event: Event, receiver: str, board: Board, now: float) -> Message:
    lines = [f"row: {event.row}", f"before: {event.before}", f"now: {event.after}"]
    return Message(
        group=key_of(event), receiver=receiver, action="change", severity="info", title=event.text,
        text="\n".join(lines), environment=board.environment, floor=board.name, made_at=event.at, due_at=now,
    )  # fmt: skip


def _bounded(box: Outbox, message: Message) -> Message:
    waits = box.waits(message.receiver)
    if waits < MOST_WAITING:
        return message
    return replace(message, state="dropped", said=f"{waits} messages wait for {message.receiver} already")
