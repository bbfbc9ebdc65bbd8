"""What a look at a broker finds, and the facts that are made of it. Pure."""

from collections.abc import Sequence

import msgspec

from collectors.base import Entity, Value
from collectors.celery_api.mailbox import Workers
from collectors.deltas import Sample, trend
from collectors.text import clean


class Depth(msgspec.Struct, frozen=True, kw_only=True):
    """One queue."""

    name: str
    ready: int | None
    """None where it can't be known, which is not 0."""
    consumers: int | None = None
    """As the broker tells it; Redis does not."""
    type: str | None = None
    hint: str = ""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One broker."""

    latency_s: float
    depths: Sequence[Depth]
    workers: Workers | None
    """None where they could not be asked."""
    mute: int | None = None
    """Workers that were asked and did not answer; None where that can't be known."""
    unacked: int | None = None
    """Tasks that workers hold, over all queues (Redis)."""
    hints: tuple[str, ...] = ()


def consumers(depth: Depth, found: Found) -> int | None:
    """Who takes tasks from a queue: as the broker tells, else the workers that say so.

    None where nobody says so and somebody did not answer: a worker that is busy may not.
    """
    if depth.consumers is not None:
        return depth.consumers
    if found.workers is None:
        return None
    told = found.workers.consumers.get(depth.name, 0)
    return told if told or not found.mute else None


def app_entity(section: str, name: str, broker: str, found: Found) -> Entity:
    """The app as a whole; what waits is known where it is known of every queue."""
    ready = [depth.ready for depth in found.depths]
    known = [depth for depth in ready if depth is not None]
    workers = found.workers
    facts: dict[str, Value] = {
        "latency_s": found.latency_s,
        "ready": sum(known) if len(known) == len(ready) else None,
        "unacked": found.unacked,
        "workers": len(workers.names) if workers else None,
        "workers_names": workers.listed if workers else None,
        "workers_mute": found.mute,
        "active": workers.active if workers else None,
        "broker": broker,
    }
    return Entity(kind=section, name=name, facts=facts, hints=found.hints)


def sample(depth: Depth, at: float) -> Sample:
    """What the rates of a queue are made of."""
    return Sample(at, {"ready": depth.ready})


def queue_entity(depth: Depth, found: Found, target: str, before: Sample | None, now: Sample) -> Entity:
    """A queue as a part. Time to drain is what is ready divided by how fast it shrinks; None when it does not."""
    net = trend(before, now, "ready")
    drain = depth.ready / -net if depth.ready is not None and net is not None and net < 0 else None
    facts: dict[str, Value] = {
        "ready": depth.ready,
        "unacked": _unacked(depth, found),
        "consumers": consumers(depth, found),
        "in_per_s": None,
        "out_per_s": None,
        "net_per_s": net,
        "drain_s": drain,
        "type": depth.type,
        "broker": target,
    }
    hints = (depth.hint,) if depth.hint else ()
    return Entity(kind="queue", name=clean(depth.name), key=depth.name, facts=facts, hints=hints)


def _unacked(depth: Depth, found: Found) -> int | None:
    """Redis tells what workers hold of all queues together: that is of this one when they consume no other."""
    only = found.workers is not None and not found.mute and set(found.workers.consumers) == {depth.name}
    return found.unacked if only else None
