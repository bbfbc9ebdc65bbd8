"""Moves messages over one AMQP connection, in a thread: get, publish, wait for the confirmation, acknowledge."""

from collections.abc import Callable, Mapping
from typing import Any

from collectors.base import CollectError
from collectors.celery_api.amqp_session import AmqpSession
from collectors.refusals import Lost
from collectors.text import clean
from ops.actions.errors import ActionError, Refused
from ops.runner.calls import Amqp

_DEATHS = ("x-death", "x-first-death-exchange", "x-first-death-queue", "x-first-death-reason", "x-last-death-exchange")
_DEATHS_TOO = ("x-last-death-queue", "x-last-death-reason")
_TOLD_EVERY = 20
Progress = Callable[[float, str], object]


class Moved:
    """How many were moved, and how many were left by why."""

    def __init__(self) -> None:
        self.count = 0
        self.left: dict[str, int] = {}

    def leave(self, why: str) -> None:
        """Count one that stays; beyond a few reasons they are counted together."""
        why = why if why in self.left or len(self.left) < 10 else "for other reasons"
        self.left[why] = self.left.get(why, 0) + 1


class MovingSession(AmqpSession):
    """An `AmqpSession` that also publishes and acknowledges."""

    def move(self, call: Amqp, progress: Progress) -> Moved:
        """Move at most `call.most`, and no more than there are at the beginning: what dies again is not taken again.

        Those that can't be moved are given back to their queue at the end, so that none is met twice. When anything
        breaks off, the broker gives back by itself what was not acknowledged. Raises CollectError, Refused.
        """
        self.connect()
        moved = Moved()
        try:
            there = self.look(call.queue).ready
            self._call(_prepare)
            held = self._move_all(call, min(call.most, there), moved, progress)
            for tag in held:
                self._call(lambda channel, tag=tag: channel.basic_reject(tag, requeue=True))
            self.look(call.queue)  # its answer comes after the broker took what was acknowledged and given back
        except Lost as error:
            raise self._broken_off(error, moved) from error
        except CollectError as error:
            if not moved.count and error.reason in ("missing", "permission"):
                message = f"the queue {clean(call.queue)} can't be read: {error.message}"
                raise Refused(
                    message, "choose the row again, or allow the user to read it", reason="missing"
                ) from error
            raise self._broken_off(error, moved) from error
        return moved

    def _move_all(self, call: Amqp, wanted: int, moved: Moved, progress: Progress) -> list[int]:
        """Give the tags of those that must be given back."""
        held: list[int] = []
        returned: list[str] = []
        self._call(lambda channel: channel.events["basic_return"].add(lambda why, *_: returned.append(str(why))))
        for number in range(wanted):
            message = self._call(lambda channel: channel.basic_get(call.queue))
            if message is None:
                break
            tag: int = message.delivery_info["delivery_tag"]
            why = self._copy(call, message, returned)
            if why:
                moved.leave(why)
                held.append(tag)
            else:
                self._call(lambda channel, tag=tag: channel.basic_ack(tag))
                moved.count += 1
            if number % _TOLD_EVERY == 0 or number + 1 == wanted:
                progress((number + 1) / wanted, f"{moved.count} of {wanted} moved")
        return held

    def _copy(self, call: Amqp, message: Any, returned: list[str]) -> str:
        """Publish a copy and wait until the broker has it; gives "" or why it could not be."""
        headers = dict(message.properties.get("application_headers") or {})
        key = _died_in(headers) if call.back else call.to
        if not key and call.back:
            return "nothing says where it died"
        if call.back and key == call.queue:
            return "it died in this very queue"
        copy = _copied(message, headers, own=self._place.user, clean_slate=call.back)
        returned.clear()
        if not self._call(lambda channel: _publish(channel, copy, key)):
            return "the broker refused the copy: the queue is full"
        return f"no queue takes it at {clean(key)}" if returned else ""

    def _broken_off(self, error: CollectError, moved: Moved) -> ActionError:
        if self._blocked:
            message = "the broker blocks publishers (memory or disk alarm)"
            remedy = "mend that first; what was not moved is where it was"
        else:
            message, remedy = error.message, "what was not moved is where it was; run it again for the rest"
        return ActionError(f"{moved.count} were moved, then it broke off: {message}", remedy, reason=error.reason)


def _prepare(channel: Any) -> None:
    channel.auto_decode = False  # a body is moved as it is, whatever encoding it names


def _publish(channel: Any, copy: Any, queue: str) -> bool:
    """By the default exchange. Whether the broker took it; one that no queue takes is returned before that."""
    from amqp.exceptions import MessageNacked

    try:
        channel.basic_publish_confirm(copy, "", queue, mandatory=True)
    except MessageNacked:
        return False
    return True


def _died_in(headers: Mapping[str, Any]) -> str:
    """The queue that a message died in first; "" where nothing says it."""
    first = headers.get("x-first-death-queue")
    if isinstance(first, str) and first:
        return first
    deaths = headers.get("x-death")
    last = deaths[-1] if isinstance(deaths, list) and deaths else None
    queue = last.get("queue") if isinstance(last, dict) else None
    return queue if isinstance(queue, str) else ""


def _copied(message: Any, headers: dict[str, Any], *, own: str, clean_slate: bool) -> Any:
    """The same body and properties. A sender's name that is not ours would be refused by the broker."""
    from amqp import Message

    kept = {name: value for name, value in message.properties.items() if value is not None}
    if kept.get("user_id") not in (None, own):
        del kept["user_id"]
    if clean_slate:
        headers = {name: value for name, value in headers.items() if name not in (*_DEATHS, *_DEATHS_TOO)}
    kept["application_headers"] = headers
    return Message(message.body, **kept)
