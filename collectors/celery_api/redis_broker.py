"""Celery over Redis: lists are queues, and workers are asked by a message that all of them hear.

Redis tells how many heard it, so nobody is waited for who is not there. The list for their replies ends by itself after
a minute, whatever becomes of us, and is taken away at once where all have answered.
"""

import asyncio
from collections.abc import Iterator, Sequence
from time import perf_counter
from uuid import uuid4

from collectors.celery_api.found import Depth, Found
from collectors.celery_api.mailbox import (
    MOST_WORKERS,
    QUESTIONS,
    Workers,
    envelope,
    exchange_name,
    is_task,
    open_envelope,
    question,
    read_replies,
)
from collectors.net.links import Phase
from collectors.redis_api.faults import refusal
from collectors.redis_api.link import RedisLink
from collectors.redis_api.resp import Command, ErrorReply, Reply
from collectors.redis_api.url import RedisPlace
from collectors.text import clean

_SEPARATOR = "\x06\x16"
"""Between a queue's name and a priority, in the key of its list."""
_WAIT_S = 1.0
_PAUSES_S = (0.005, 0.01, 0.02, 0.04)
_REPLIES_LIVE_S = 60
_MARK = "watchfloor"


class RedisBroker:
    """Reads one broker over `link`."""

    def __init__(
        self,
        link: RedisLink,
        place: RedisPlace,
        *,
        prefix: str,
        fanout_prefix: str,
        steps: Sequence[int],
        namespace: str,
        phase: Phase,
    ) -> None:
        self._link = link
        self._named = place.named
        self._prefix = prefix
        self._steps = steps
        self._exchange = exchange_name(namespace)
        self._topic = f"{prefix}{fanout_prefix.replace('{db}', str(place.db))}{self._exchange}"
        self._phase = phase
        self._reply_queue = f"{_MARK}.{uuid4().hex}.reply"
        self._known: set[str] = set()
        """Queues that were seen to hold tasks."""

    async def read(self, queues: Sequence[str]) -> Found:
        """Look at the queues and ask the workers. Raises CollectError."""
        await self._link.open()
        self._phase("waiting for the answer to PING")
        began = perf_counter()
        (pong,) = await self._link.run(("PING",))
        if isinstance(pong, ErrorReply):
            raise refusal(pong.text, self._named)
        latency_s = perf_counter() - began
        self._phase("asking for the queues")
        *lengths, held = await self._link.run(*self._length_commands(queues), ("HLEN", f"{self._prefix}unacked"))
        depths = [_depth(name, told) for name, told in zip(queues, self._grouped(lengths), strict=True)]
        depths = [await self._checked(depth) for depth in depths]
        self._phase("waiting for workers")
        workers, mute, hints = await self._ask()
        return Found(
            latency_s=latency_s,
            depths=depths,
            workers=workers,
            mute=mute,
            unacked=held if isinstance(held, int) else None,
            hints=hints,
        )

    def _keys(self, queue: str) -> list[str]:
        """The lists of a queue, one for each step of priority; the first step has no number."""
        return [f"{self._prefix}{queue}{f'{_SEPARATOR}{step}' if step else ''}" for step in self._steps]

    def _length_commands(self, queues: Sequence[str]) -> Iterator[Command]:
        return (("LLEN", key) for queue in queues for key in self._keys(queue))

    def _grouped(self, lengths: Sequence[Reply]) -> Iterator[Sequence[Reply]]:
        size = len(self._steps)
        return (lengths[at : at + size] for at in range(0, len(lengths), size))

    async def _checked(self, depth: Depth) -> Depth:
        """The same, unless what waits there was not sent by Celery: looked at until it was seen once."""
        if not depth.ready or depth.name in self._known:
            return depth
        newest = await self._link.run(*(("LINDEX", key, 0) for key in self._keys(depth.name)))
        found = [text for text in newest if isinstance(text, bytes)]
        if found and not all(is_task(text) for text in found):
            hint = f"the {depth.ready:,} entries of this list were not sent by Celery: check broker and queues"
            return Depth(name=depth.name, ready=None, type="list", hint=hint)
        self._known.add(depth.name)
        return depth

    async def _ask(self) -> tuple[Workers | None, int | None, tuple[str, ...]]:
        """Who answered, how many did not, and why nobody could be asked."""
        replies = f"{self._prefix}{self._reply_queue}"
        tickets = {uuid4().hex: name for name in QUESTIONS}
        messages = [
            envelope(question(name, ticket, self._reply_queue), self._exchange).decode()
            for ticket, name in tickets.items()
        ]
        made = await self._link.run(("DEL", replies), ("RPUSH", replies, _MARK), ("EXPIRE", replies, _REPLIES_LIVE_S))
        heard = made if _failed(made) else await self._link.run(*(("PUBLISH", self._topic, text) for text in messages))
        if failed := _failed(heard):
            await self._link.run(("DEL", replies))
            return None, None, (f"workers can't be asked: {clean(failed[0].text)}",)
        wanted = sum(count for count in heard if isinstance(count, int))
        complete = await self._wait(replies, wanted + 1)
        fetch: list[Command] = [("LRANGE", replies, 0, len(QUESTIONS) * MOST_WORKERS)]
        told, *_ = await self._link.run(*fetch, *([("DEL", replies)] if complete else []))
        opened = [open_envelope(text) for text in told if isinstance(text, bytes)] if isinstance(told, list) else []
        workers = read_replies((reply for reply in opened if reply), tickets)
        asked = max((count for count in heard if isinstance(count, int)), default=0)
        return workers, max(0, asked - len(workers.names)), ()

    async def _wait(self, replies: str, wanted: int) -> bool:
        """Wait up to a second; True when all have come."""
        end, pauses = perf_counter() + _WAIT_S, iter(_PAUSES_S)
        while True:
            (length,) = await self._link.run(("LLEN", replies))
            if isinstance(length, int) and length >= wanted:
                return True
            if perf_counter() >= end:
                return False
            await asyncio.sleep(next(pauses, _PAUSES_S[-1]))


def _depth(name: str, told: Sequence[Reply]) -> Depth:
    errors = _failed(told)
    if not errors:
        return Depth(name=name, ready=sum(length for length in told if isinstance(length, int)), type="list")
    if errors[0].code == "WRONGTYPE":
        return Depth(name=name, ready=None, hint="the key is not a list, so it is no queue of Celery")
    return Depth(name=name, ready=None, hint=f"its depth cannot be read: {clean(errors[0].text)}")


def _failed(replies: Sequence[Reply]) -> list[ErrorReply]:
    return [reply for reply in replies if isinstance(reply, ErrorReply)]
