"""Turns the management API's answers into facts. Pure."""

from collections.abc import Sequence

from collectors.base import Entity, Value
from collectors.deltas import Sample, rate, trend
from collectors.rabbitmq_api.answers import Figures, Listed, Node, Overview, number, rate_told, word
from collectors.text import clean

_COUNTERS = {"in_per_s": "publish", "out_per_s": "deliver_get", "ack_per_s": "ack"}
_NAMED_NODES = 3


def sample(figures: Figures, ready: object, at: float) -> Sample:
    """What the rates of a broker or a queue are made of where it does not tell them."""
    counters = {name: number(figures.get(name)) for name in _COUNTERS.values()}
    return Sample(at, {**counters, "ready": number(ready)})


def rates(figures: Figures, before: Sample | None, now: Sample, counts: bool) -> dict[str, Value]:
    """Messages in, out and acknowledged per second; what was never counted is none, where messages are counted.

    RabbitMQ tells the rate of its last seconds alone: where that is none, what rose since the poll before counts.
    """
    told: dict[str, Value] = {}
    for fact, counter in _COUNTERS.items():
        value = _moving(rate_told(figures, counter), rate(before, now, counter))
        told[fact] = 0.0 if value is None and counts and counter not in figures else value
    return told


def _moving(told: float | None, seen: float | None) -> float | None:
    return told or (seen if seen is not None else told)


def broker_facts(overview: Overview, latency_s: float, before: Sample | None, now: Sample) -> dict[str, Value]:
    """The broker as a whole."""
    totals, objects = overview.queue_totals, overview.object_totals
    queues = number(objects.get("queues"))
    none = 0 if queues == 0 else None
    ready, unacked = number(totals.get("messages_ready")), number(totals.get("messages_unacknowledged"))
    return {
        "version": clean(overview.rabbitmq_version),
        "latency_s": latency_s,
        "ready": none if ready is None else ready,
        "unacked": none if unacked is None else unacked,
        "queues": queues,
        "connections": number(objects.get("connections")),
        "channels": number(objects.get("channels")),
        "consumers": number(objects.get("consumers")),
        **rates(overview.message_stats, before, now, overview.counts),
    }


def node_facts(nodes: Sequence[Node] | None) -> dict[str, Value]:
    """Alarms, and memory and disk of the node that is nearest to its limit; None for all where nothing is told."""
    fullest = max(nodes or (), key=_fullness, default=None)
    scarcest = min(nodes or (), key=_spare, default=None)
    down = [node.name for node in nodes or () if not node.running]
    memory_alarm, disk_alarm = _any(nodes, "mem_alarm"), _any(nodes, "disk_free_alarm")
    used, limit = (number(fullest.mem_used), number(fullest.mem_limit)) if fullest else (None, None)
    several = nodes is not None and len(nodes) > 1
    return {
        "memory_bytes": used,
        "memory_max_bytes": limit,
        "memory_percent": 100 * used / limit if used is not None and limit else None,
        "memory_node": clean(fullest.name) if fullest and several else None,
        "disk_free_bytes": number(scarcest.disk_free) if scarcest else None,
        "disk_free_limit_bytes": number(scarcest.disk_free_limit) if scarcest else None,
        "disk_node": clean(scarcest.name) if scarcest and several else None,
        "memory_alarm": memory_alarm,
        "disk_alarm": disk_alarm,
        "publishers_blocked": None if memory_alarm is disk_alarm is None else bool(memory_alarm or disk_alarm),
        "nodes": len(nodes) if nodes is not None else None,
        "nodes_running": len(nodes) - len(down) if nodes is not None else None,
        "nodes_down": _listed(down) if nodes is not None else None,
        "partitions": partitions(nodes) if nodes is not None else None,
    }


def partitions(nodes: Sequence[Node]) -> str:
    """Who does not see whom, in words; "" where all see each other."""
    blind = [f"{clean(node.name)} does not see {_listed(node.partitions)}" for node in nodes if node.partitions]
    more = len(blind) - _NAMED_NODES
    return "; ".join(blind[:_NAMED_NODES]) + (f"; and {more} more" if more > 0 else "")


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED_NODES
    return ", ".join(clean(name) for name in names[:_NAMED_NODES]) + (f" and {more} more" if more > 0 else "")


def _any(nodes: Sequence[Node] | None, alarm: str) -> bool | None:
    told = [getattr(node, alarm) for node in nodes or ()]
    known = [value for value in told if isinstance(value, bool)]
    return any(known) if known else None


def _fullness(node: Node) -> tuple[bool, float]:
    used, limit = number(node.mem_used), number(node.mem_limit)
    return node.mem_alarm is True, used / limit if used is not None and limit else 0.0


def _spare(node: Node) -> tuple[bool, float]:
    free, limit = number(node.disk_free), number(node.disk_free_limit)
    spare = free / limit if free is not None and limit else float("inf")
    return node.disk_free_alarm is not True, spare


def queue_name(queue: Listed) -> str:
    """The queue alone in the usual virtual host, "vhost/queue" in others."""
    return clean(queue.name if queue.vhost == "/" else f"{queue.vhost}/{queue.name}")


def queue_key(queue: Listed) -> str:
    """Its exact identity."""
    return f"{queue.vhost}/{queue.name}"


def queue_entity(
    queue: Listed, broker: str, before: Sample | None, now: Sample, *, counts: bool, may_go: bool
) -> Entity:
    """A queue as a part. A stream keeps what was read, so it has a length and nothing that is ready.

    Time to drain is what is ready divided by how fast it shrinks; None when it does not. `may_go` says that it is not
    missing when it is not listed any more.
    """
    stream, ready = queue.type == "stream", number(queue.messages_ready)
    told = rate_told({"ready_details": queue.messages_ready_details}, "ready")
    net = _moving(told, trend(before, now, "ready"))
    drain = ready / -net if ready is not None and net is not None and net < 0 else None
    facts: dict[str, Value] = {
        "ready": None if stream else ready,
        "unacked": number(queue.messages_unacknowledged),
        "consumers": number(queue.consumers),
        **rates(queue.message_stats, before, now, counts and queue.state is not None),
        "net_per_s": net,
        "drain_s": None if stream else drain,
        "type": word(queue.type),
        "state": word(queue.state),
        "memory_bytes": number(queue.memory),
        "broker": broker,
    }
    if may_go or queue.goes_by_itself:
        facts["may_go"] = True
    if stream:
        facts["length"] = ready
    return Entity(kind="queue", name=queue_name(queue), key=queue_key(queue), facts=facts)


def hints_of(
    *, user: str, wanted: int, listed: int, seen: int, told: float | None, private: int, filtered: bool
) -> tuple[str, ...]:
    """What is not shown and why. `told` is how many queues the broker says there are."""
    hints = []
    if wanted > listed:
        hints.append(f"{wanted - listed:,} more queues are not listed, with fewer messages: choose by only and exclude")
    if private:
        hints.append(f"{private:,} exclusive queues are left out: each is of one connection and ends with it")
    if not filtered and told is not None and told > seen:
        hidden = f"{told - seen:,.0f} queues are in virtual hosts that {clean(user)} may not see"
        hints.append(f"{hidden}: rabbitmqctl set_permissions -p VHOST {clean(user)} '^$' '^$' '^$'")
    return tuple(hints)
