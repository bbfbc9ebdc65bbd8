"""What brokers say beside their figures: publishers that are blocked, a split cluster, tasks without a worker."""

from collections.abc import Iterator

from collectors.base import Entity
from ops.board import Level
from ops.config.structs import TargetSpec
from ops.figures import count, size
from ops.verdicts.finding import Finding, Past
from ops.verdicts.past import number

_NO_WORKER_S = 5.0
_MUTE_S = 30.0
"""A worker that runs one task at a time answers only between two of them."""


def rabbitmq_findings(entity: Entity, spec: TargetSpec, past: Past) -> Iterator[Finding]:
    """Judge alarms, partitions and nodes."""
    facts = entity.facts
    if facts.get("publishers_blocked"):
        text = f"publishers blocked: {'; '.join(_alarms(entity))}"
        yield Finding(check="rabbitmq.alarms", level="critical", word="blocked", text=text)
    if facts.get("partitions"):
        text = f"the cluster is split: {facts['partitions']}"
        yield Finding(check="rabbitmq.partitions", level="critical", word="split", text=text)
    nodes, running = number(facts.get("nodes")), number(facts.get("nodes_running"))
    if nodes is not None and running is not None and running < nodes:
        down = facts.get("nodes_down")
        text = f"{count(nodes - running)} of {count(nodes)} nodes down" + (f": {down}" if down else "")
        yield Finding(check="rabbitmq.nodes", level="critical", word="node down", text=text)


def _alarms(entity: Entity) -> Iterator[str]:
    facts = entity.facts
    if facts.get("disk_alarm"):
        free, limit = number(facts.get("disk_free_bytes")), number(facts.get("disk_free_limit_bytes"))
        told = f", free {size(free)} under {size(limit)}" if free is not None and limit is not None else ""
        yield f"disk alarm{_at(facts.get('disk_node'))}{told}"
    if facts.get("memory_alarm"):
        used, most = number(facts.get("memory_bytes")), number(facts.get("memory_max_bytes"))
        told = f", used {size(used)} of {size(most)}" if used is not None and most is not None else ""
        yield f"memory alarm{_at(facts.get('memory_node'))}{told}"


def _at(node: object) -> str:
    return f" at {node}" if node else ""


def celery_findings(entity: Entity, spec: TargetSpec, past: Past) -> Iterator[Finding]:
    """Judge workers that are not there, and workers that do not answer."""
    ready, workers = number(entity.facts.get("ready")), number(entity.facts.get("workers"))
    mute = number(entity.facts.get("workers_mute")) or 0
    if workers is None:
        return
    if mute:
        answers = f"none of {count(mute)} workers answers" if mute > 1 else "its worker does not answer"
        text = f"{count(mute)} of {count(mute + workers)} workers did not answer" if workers else answers
        yield Finding(check="celery.mute", level="warning", word="mute", text=text, hold_s=_MUTE_S)
    elif not workers:
        waiting = f"{count(ready)} task{' waits' if ready == 1 else 's wait'} and no worker is there"
        text = waiting if ready else "no worker is there: nothing would take a task"
        level: Level = "critical" if ready else "warning"
        yield Finding(check="celery.workers", level=level, word="no worker", text=text, hold_s=_NO_WORKER_S)
