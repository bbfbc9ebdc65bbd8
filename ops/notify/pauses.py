"""When a receiver may be tried again: back-off with jitter and Retry-After, by a clock that nobody sets."""

from collections.abc import Callable, Sequence

from collectors.clock import Clock
from ops.notify.structs import Delivery, Message

FIRST_S = 1.0
LONGEST_S = 60.0
"""A receiver that fails is tried at least once a minute, for a page must not wait for long once it works again."""
RETRY_AFTER_S = 3600.0
"""The longest Retry-After that is kept."""


class Pauses:
    """The pauses of one receiver, and of each message that it did not take.

    A receiver that fails rests as a whole; the next one tried is then the message that waited longest for its turn,
    so that one that can't be taken holds up no other. Changes go to another place than alerts: they rest by themselves,
    and go last.
    """

    def __init__(self, clock: Clock, chance: Callable[[], float]) -> None:
        self._clock, self._chance = clock, chance
        self._failed = {True: 0, False: 0}
        self._rests_until = {True: 0.0, False: 0.0}
        """By whether it is of changes, as how often it failed."""
        self._turn: dict[int, float] = {}
        self._begun: dict[tuple[int, float], float] = {}
        """When each message was made, by the clock that nobody sets."""

    def first(self, waiting: Sequence[Message]) -> Message | None:
        """Which message to try now; None where all rest."""
        self._turn = {message.id: self._turn_of(message) for message in waiting}
        self._begun = {_key(message): self._begun_of(message) for message in waiting}
        now = self._clock.monotonic()
        ready = [message for message in waiting if self._ready_at(message) <= now]
        return min(ready, key=lambda one: (_is_change(one), self._turn[one.id], one.id), default=None)

    def _ready_at(self, message: Message) -> float:
        return max(self._turn.get(message.id, 0.0), self._rests_until[_is_change(message)])

    def _turn_of(self, message: Message) -> float:
        if message.id in self._turn:
            return self._turn[message.id]
        if not message.attempts:
            return 0.0
        # Tried by a process before this one, for which the receiver rested as a whole. A clock that was set back since
        # must not keep it waiting for longer than it was to.
        left = min(max(message.due_at - self._clock.time(), 0.0), message.pause_s)
        turn = self._clock.monotonic() + left
        lane = _is_change(message)
        self._rests_until[lane] = max(self._rests_until[lane], turn)
        return turn

    def age(self, message: Message) -> float:
        """Seconds since one of those that wait was made: by the wall clock only when it was seen first."""
        return self._clock.elapsed() - self._begun_of(message)

    def _begun_of(self, message: Message) -> float:
        known = self._begun.get(_key(message))
        return self._clock.elapsed() - max(self._clock.time() - message.made_at, 0.0) if known is None else known

    def left(self, waiting: Sequence[Message]) -> float:
        """Seconds until one of these can be tried; endless where none waits."""
        first = min((self._ready_at(message) for message in waiting), default=float("inf"))
        return max(first - self._clock.monotonic(), 0.0)

    def after(self, message: Message, delivery: Delivery) -> float | None:
        """Seconds until a message is tried again, by how its attempt ended; None for never."""
        self._turn.pop(message.id, None)
        lane = _is_change(message)
        if delivery.outcome != "retry":
            self._failed[lane] = 0
            return None
        pause = min(FIRST_S * 2.0 ** min(self._failed[lane], 16), LONGEST_S) * (0.5 + self._chance() / 2)
        pause = max(pause, min(delivery.retry_after_s or 0.0, RETRY_AFTER_S))
        self._failed[lane] += 1
        self._rests_until[lane] = self._turn[message.id] = self._clock.monotonic() + pause
        return pause


def _key(message: Message) -> tuple[int, float]:
    """A file that was begun anew counts its messages anew."""
    return message.id, message.made_at


def _is_change(message: Message) -> bool:
    return message.action == "change"
