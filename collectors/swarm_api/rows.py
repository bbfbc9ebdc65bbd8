"""Makes the rows of a swarm of what its manager told: services with what keeps them from running, and nodes; pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from collectors.base import Entity, Value
from collectors.docker_api.parse import Port, ports_text, utc_seconds
from collectors.swarm_api.parse import Node, Service, Task
from collectors.text import clean

RECENT_S = 600.0
"""How long a task that failed counts."""
SHOWN_TASKS = 10
FAILED = ("failed", "rejected", "orphaned")
"""States of tasks that ended as they should not."""
UNPLACED = ("new", "pending", "allocated")
"""States of tasks that have no node."""
_WANTED = ("running", "ready", "complete")
_REASON_LIMIT = 300


def service_entity(service: Service, tasks: Sequence[Task], nodes: Mapping[str, str], now: float) -> Entity:
    """One service with its tasks at `now` (UTC seconds); `nodes` has the names of nodes by id."""
    failed = sorted((task for task in tasks if task.status.state in FAILED), key=when, reverse=True)
    waiting = [task for task in tasks if task.desired_state in _WANTED and task.status.state in UNPLACED]
    update = service.update_status
    recent = [task for task in failed if now - when(task) <= RECENT_S]
    facts: dict[str, Value] = {
        **_counts(service, tasks),
        "mode": service.spec.mode.name,
        "update_state": (clean(update.state) or None) if update else None,
        "update_message": (clean(update.message, _REASON_LIMIT) or None) if update else None,
        "failed_tasks": len(recent),
        "last_error": _last_error(service, failed, recent),
        "pending": len(waiting),
        "pending_reason": next((clean(task.status.err, _REASON_LIMIT) for task in waiting if task.status.err), None),
        "image": clean(service.spec.task_template.container_spec.image.partition("@")[0]) or None,
        "uptime_s": _uptime_s(tasks, now),
        "ports": _ports(service) or None,
    }
    name = clean(service.spec.name or service.id[:12])
    texts = {"failed tasks": _failures(name, failed, nodes), "placement": _placement(service)}
    return Entity(
        kind="swarm.service",
        name=name,
        key=service.id,
        facts=facts,
        texts={title: text for title, text in texts.items() if text},
    )


def node_entity(node: Node, tasks: int) -> Entity:
    """One node that runs so many tasks."""
    manager = node.manager_status
    facts: dict[str, Value] = {
        "state": clean(node.status.state) or None,
        "availability": clean(node.spec.availability) or None,
        "role": clean(node.spec.role) or None,
        "leader": bool(manager and manager.leader),
        "version": clean(node.description.engine.engine_version) or None,
        "address": clean(node.status.addr) or None,
        "tasks": tasks,
        "message": clean(node.status.message, _REASON_LIMIT) or None,
    }
    return Entity(kind="swarm.node", name=node.name, key=node.id, facts=facts)


def swarm_facts(services: int, nodes: Sequence[Node]) -> dict[str, Value]:
    """How many of everything there are; a manager is reachable that the leader hears."""
    managers = [node.manager_status for node in nodes if node.manager_status is not None]
    return {
        "services": services,
        "nodes": len(nodes),
        "nodes_ready": sum(node.status.state == "ready" for node in nodes),
        "managers": len(managers),
        "manager_reachable": sum(manager.reachability == "reachable" for manager in managers),
    }


def _counts(service: Service, tasks: Iterable[Task]) -> dict[str, Value]:
    """Running and wanted; a job wants completions in their place. Counted from the tasks where the manager does not."""
    mode, told = service.spec.mode, service.service_status
    states = [(task.status.state, task.desired_state) for task in tasks]
    running = told.running_tasks if told else states.count(("running", "running"))
    desired = told.desired_tasks if told else sum(desired == "running" for _, desired in states)
    if mode.name in ("replicated", "global"):
        wanted = mode.replicated.replicas if mode.replicated else desired
        return {"running": running, "wanted": wanted}
    completed = told.completed_tasks if told else sum(state == "complete" for state, _ in states)
    completions = mode.replicated_job.total_completions if mode.replicated_job else desired
    return {"running": running, "wanted": None, "completed": completed, "completions": completions}


def when(task: Task) -> float:
    """When it came to its state, UTC seconds."""
    return utc_seconds(task.status.timestamp) or 0.0


def error_of(task: Task) -> str:
    """Why a task failed; its exit code where nothing else was said."""
    status = task.status
    code = status.container_status.exit_code if status.container_status else 0
    return clean(status.err, _REASON_LIMIT) or (f"exit {code}" if code > 0 else clean(status.state))


def _last_error(service: Service, failed: Sequence[Task], recent: Sequence[Task]) -> str | None:
    """Of the task that stopped the update, else of the newest that failed a short while ago."""
    message = service.update_status.message if service.update_status else ""
    for task in failed:
        if task.id in message:
            return error_of(task)
    return error_of(recent[0]) if recent else None


def _uptime_s(tasks: Iterable[Task], now: float) -> float | None:
    """Seconds since the youngest running task runs."""
    runs = [when(task) for task in tasks if (task.status.state, task.desired_state) == ("running", "running")]
    return max(0.0, now - max(runs)) if runs else None


def _ports(service: Service) -> str:
    return ports_text(
        Port(private_port=port.target_port, public_port=port.published_port, type=port.protocol)
        for port in service.endpoint.ports or ()
    )


def _failures(name: str, failed: Sequence[Task], nodes: Mapping[str, str]) -> str:
    lines = []
    for task in failed[:SHOWN_TASKS]:
        at = datetime.fromtimestamp(when(task), UTC).strftime("%Y-%m-%d %H:%M:%S")
        slot = f".{task.slot}" if task.slot else ""
        node = f" on {nodes.get(task.node_id, task.node_id[:12])}" if task.node_id else ""
        lines.append(f"{at} UTC {name}{slot}{node}: {error_of(task)}")
    if len(failed) > SHOWN_TASKS:
        lines.append(f"… {len(failed) - SHOWN_TASKS} more")
    return "\n".join(lines)


def _placement(service: Service) -> str:
    template = service.spec.task_template
    place = template.placement
    lines = [clean(rule, _REASON_LIMIT) for rule in (place.constraints or ())[:SHOWN_TASKS]] if place else []
    if place and place.max_replicas:
        lines.append(f"at most {place.max_replicas} on one node")
    reserved = template.resources.reservations if template.resources else None
    if reserved and reserved.nano_cpus:
        lines.append(f"{reserved.nano_cpus / 1e9:g} CPUs reserved")
    if reserved and reserved.memory_bytes:
        lines.append(f"{reserved.memory_bytes / 2**20:.0f} MiB reserved")
    return "\n".join(lines)
