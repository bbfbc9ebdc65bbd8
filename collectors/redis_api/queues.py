"""Depths and rates of queues in Redis: lists, streams and sorted sets. Pure."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from collectors.base import Entity, Value
from collectors.deltas import Sample, rate, trend
from collectors.redis_api.resp import Command, ErrorReply, Reply
from collectors.text import clean

QueueType = Literal["auto", "list", "stream", "zset"]
COUNT_LIMIT = 1000
"""Entries that are counted one by one at most, where Redis before 7.0 does not tell a group's lag."""
_READ_LIMIT = 256 * 1024

Id = tuple[int, int]


class Queue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`{ name = "emails", type = "list", depends_on = ["process:worker"] }`: a key that is a queue."""

    name: str
    type: QueueType = "auto"
    """What it must be; "auto" takes what it is."""
    depends_on: tuple[str, ...] = ()
    """What takes from it: ids of other targets."""


class Depth(msgspec.Struct, frozen=True, kw_only=True):
    """What one poll found of one queue."""

    type: str | None
    """What the key is; None when there is no such key."""
    ready: int | None
    unacked: int | None = None
    consumers: int | None = None
    lag: int | None = None
    added: int | None = None
    """Entries ever added to a stream (7.0 and later)."""
    read: int | None = None
    """Entries that the group furthest behind has passed (7.0 and later): all that were added without its lag."""
    hint: str = ""


def depth_commands(queue: Queue, kind: str) -> tuple[Command, ...]:
    """What to ask about a key of that kind."""
    match kind:
        case "list":
            return (("LLEN", queue.name),)
        case "zset":
            return (("ZCARD", queue.name),)
        case "stream":
            return (("XINFO", "STREAM", queue.name), ("XINFO", "GROUPS", queue.name))
    return ()


def read_depth(queue: Queue, kind: str, replies: list[Reply], counted: Reply = None) -> Depth:
    """Read the replies to `depth_commands`; `counted` is the reply to `counting_command`, where that was asked."""
    if kind == "none":
        return Depth(type=None, ready=0)
    if kind not in ("list", "stream", "zset"):
        return Depth(type=kind, ready=None, hint=f"the key is a {clean(kind)}, which is no queue")
    if queue.type not in ("auto", kind):
        return Depth(type=kind, ready=None, hint=f"the key is a {kind}, not a {queue.type} as configured")
    errors = [reply.text for reply in replies if isinstance(reply, ErrorReply)]
    if errors:
        return Depth(type=kind, ready=None, hint=f"its depth cannot be read: {clean(errors[0])}")
    if kind == "stream":
        return _stream(_mapping(replies[0]), _groups(replies[1]), counted)
    return Depth(type=kind, ready=replies[0] if isinstance(replies[0], int) else None)


def counting_command(queue: Queue, kind: str, replies: list[Reply]) -> Command | None:
    """The entries that the last group has not read, to be counted: only where nothing else tells their number."""
    if kind != "stream" or any(isinstance(reply, ErrorReply) for reply in replies):
        return None
    stream, groups = _mapping(replies[0]), _groups(replies[1])
    if not groups or _lag(stream, _furthest_behind(groups)) is not None:
        return None
    size = max(_entry_size(stream.get("first-entry")), _entry_size(stream.get("last-entry")), 64)
    limit = max(1, min(COUNT_LIMIT, _READ_LIMIT // size))
    seen = _text(_furthest_behind(groups).get("last-delivered-id"))
    return ("XRANGE", queue.name, f"({seen}", "+", "COUNT", limit)


def _stream(stream: Mapping[str, Reply], groups: list[dict[str, Reply]], counted: Reply) -> Depth:
    """A stream is as deep as the lag of the group that is furthest behind; without groups, as long as it is."""
    length, added = _number(stream.get("length")), _number(stream.get("entries-added"))
    if not groups:
        return Depth(type="stream", ready=length, added=added)
    last = _furthest_behind(groups)
    lag = _lag(stream, last)
    hint = ""
    if lag is None and isinstance(counted, list):
        lag = len(counted)
        hint = f"{lag} are ready or more: Redis before 7.0 does not tell" if lag and _was_cut(stream, counted) else ""
    return Depth(
        type="stream",
        ready=lag,
        unacked=sum(_number(group.get("pending")) or 0 for group in groups),
        consumers=sum(_number(group.get("consumers")) or 0 for group in groups),
        lag=lag,
        added=added,
        read=added - lag if added is not None and lag is not None else None,
        hint=hint,
    )


def _furthest_behind(groups: list[dict[str, Reply]]) -> dict[str, Reply]:
    return min(groups, key=lambda group: _id(group.get("last-delivered-id")))


def _lag(stream: Mapping[str, Reply], group: Mapping[str, Reply]) -> int | None:
    """A group's lag as Redis tells it; else where it follows from the ends of the stream."""
    told = _number(group.get("lag"))
    if told is not None:
        return told
    length, first, seen = _number(stream.get("length")), stream.get("first-entry"), _id(group.get("last-delivered-id"))
    if not length or not isinstance(first, list) or seen >= _id(stream.get("last-generated-id")):
        return 0
    return length if seen < _id(first[0]) else None


def _was_cut(stream: Mapping[str, Reply], counted: list[Reply]) -> bool:
    last, end = stream.get("last-entry"), counted[-1]
    return isinstance(last, list) and isinstance(end, list) and _id(end[0]) < _id(last[0])


def _mapping(reply: Reply) -> dict[str, Reply]:
    """Read a flat list of names and values."""
    if not isinstance(reply, list):
        return {}
    return {_text(name): value for name, value in zip(reply[::2], reply[1::2], strict=False)}


def _groups(reply: Reply) -> list[dict[str, Reply]]:
    return [_mapping(group) for group in reply] if isinstance(reply, list) else []


def _text(reply: Reply) -> str:
    return reply.decode("utf-8", "replace") if isinstance(reply, bytes) else ""


def _number(reply: Reply) -> int | None:
    return reply if isinstance(reply, int) else None


def _id(reply: Reply) -> Id:
    """An entry's id "milliseconds-number", to compare."""
    left, _, right = _text(reply).partition("-")
    return (int(left), int(right)) if left.isdecimal() and right.isdecimal() else (0, 0)


def _entry_size(entry: Reply) -> int:
    """Bytes of an entry: its id, names and values."""
    if isinstance(entry, list):
        return sum(_entry_size(part) for part in entry)
    return len(entry) if isinstance(entry, bytes) else 0


def sample(depth: Depth, at: float) -> Sample:
    """What the rates of a queue are made of."""
    return Sample(at, {"ready": depth.ready, "added": depth.added, "read": depth.read})


def queue_entity(queue: Queue, depth: Depth, broker: str, before: Sample | None, now: Sample) -> Entity:
    """A queue as a part. Time to drain is what is ready divided by how fast it shrinks; None when it does not."""
    net = trend(before, now, "ready")
    drain = depth.ready / -net if depth.ready is not None and net is not None and net < 0 else None
    facts: dict[str, Value] = {
        "ready": depth.ready,
        "unacked": depth.unacked,
        "consumers": depth.consumers,
        "in_per_s": rate(before, now, "added"),
        "out_per_s": rate(before, now, "read"),
        "net_per_s": net,
        "drain_s": drain,
        "type": depth.type,
        "lag": depth.lag,
        "broker": broker,
    }
    hints = (depth.hint,) if depth.hint else ()
    return Entity(kind="queue", name=clean(queue.name), key=queue.name, facts=facts, hints=hints)
