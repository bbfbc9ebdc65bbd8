"""What the manager of a swarm answers, as structs of the wanted fields only."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from collectors.base import CollectError
from collectors.docker_api.parse import Go
from collectors.text import clean

Mode = Literal["replicated", "global", "replicated-job", "global-job"]


class Peer(Go, frozen=True):
    """A manager that this engine knows."""

    addr: str = ""


class Membership(Go, frozen=True):
    """What an engine says of its own part in a swarm."""

    local_node_state: str = "inactive"
    """inactive, pending, active, error or locked."""
    control_available: bool = False
    """True on a manager."""
    error: str = ""
    remote_managers: list[Peer] | None = None


class Info(Go, frozen=True):
    """GET /info."""

    swarm: Membership = Membership()


class ContainerSpec(Go, frozen=True):
    """What each task of a service runs."""

    image: str = ""
    tty: bool = msgspec.field(default=False, name="TTY")


class Placement(Go, frozen=True):
    """Where tasks may run."""

    constraints: list[str] | None = None
    max_replicas: int = 0


class Resources(Go, frozen=True):
    """What a node must have free, or what a task may take at most."""

    nano_cpus: int = msgspec.field(default=0, name="NanoCPUs")
    memory_bytes: int = 0


class Needs(Go, frozen=True):
    """Resources of a task; only what is reserved decides about the place."""

    reservations: Resources | None = None


class TaskTemplate(Go, frozen=True):
    """How the tasks of a service are made."""

    container_spec: ContainerSpec = ContainerSpec()
    placement: Placement | None = None
    resources: Needs | None = None


class Replicated(Go, frozen=True):
    """So many tasks, anywhere."""

    replicas: int = 0


class ReplicatedJob(Go, frozen=True):
    """So many tasks that end well."""

    total_completions: int = 0


class Empty(Go, frozen=True):
    """An object whose presence alone says something."""


class ServiceMode(Go, frozen=True):
    """One of four, the others None."""

    replicated: Replicated | None = None
    every_node: Empty | None = msgspec.field(default=None, name="Global")
    replicated_job: ReplicatedJob | None = None
    global_job: Empty | None = None

    @property
    def name(self) -> Mode:
        """Its name, as `docker service ls` calls it."""
        if self.replicated_job is not None:
            return "replicated-job"
        if self.global_job is not None:
            return "global-job"
        return "global" if self.every_node is not None else "replicated"


class ServiceSpec(Go, frozen=True):
    """What somebody wants of a service."""

    name: str = ""
    task_template: TaskTemplate = TaskTemplate()
    mode: ServiceMode = ServiceMode()


class PublishedPort(Go, frozen=True):
    """A port of a service that the swarm's nodes listen on."""

    protocol: str = "tcp"
    target_port: int = 0
    published_port: int = 0


class Endpoint(Go, frozen=True):
    """How a service is reached."""

    ports: list[PublishedPort] | None = None


class Update(Go, frozen=True):
    """How the last update of a service went."""

    state: str = ""
    """updating, paused, completed, rollback_started, rollback_paused or rollback_completed."""
    message: str = ""


class Counted(Go, frozen=True):
    """A service's tasks as the manager counts them (API 1.41 and newer)."""

    running_tasks: int = 0
    desired_tasks: int = 0
    completed_tasks: int = 0


class Service(Go, frozen=True):
    """One element of GET /services."""

    id: str = msgspec.field(name="ID")
    spec: ServiceSpec = ServiceSpec()
    endpoint: Endpoint = Endpoint()
    update_status: Update | None = None
    service_status: Counted | None = None


class ContainerStatus(Go, frozen=True):
    """The container of a task."""

    exit_code: int = 0


class TaskStatus(Go, frozen=True):
    """Where a task stands; the time is RFC 3339."""

    timestamp: str = ""
    state: str = ""
    err: str = ""
    container_status: ContainerStatus | None = None


class Task(Go, frozen=True):
    """One element of GET /tasks: one run in a slot, also those that have ended (five a slot, as a rule)."""

    id: str = msgspec.field(name="ID")
    service_id: str = msgspec.field(default="", name="ServiceID")
    node_id: str = msgspec.field(default="", name="NodeID")
    slot: int = 0
    desired_state: str = ""
    status: TaskStatus = TaskStatus()


class EngineDescription(Go, frozen=True):
    """A node's engine."""

    engine_version: str = ""


class Description(Go, frozen=True):
    """What a node says of itself."""

    hostname: str = ""
    engine: EngineDescription = EngineDescription()


class NodeSpec(Go, frozen=True):
    """What somebody wants of a node."""

    role: str = ""
    availability: str = ""


class NodeStatus(Go, frozen=True):
    """Whether a node is there."""

    state: str = ""
    message: str = ""
    addr: str = ""


class ManagerStatus(Go, frozen=True):
    """What a node is among the managers."""

    leader: bool = False
    reachability: str = ""


class Node(Go, frozen=True):
    """One element of GET /nodes."""

    id: str = msgspec.field(name="ID")
    spec: NodeSpec = NodeSpec()
    description: Description = Description()
    status: NodeStatus = NodeStatus()
    manager_status: ManagerStatus | None = None

    @property
    def name(self) -> str:
        """What people call it."""
        return clean(self.description.hostname or self.id[:12])


_STATES: Mapping[str, tuple[str, str]] = {
    "inactive": ("the engine is in no swarm", "docker swarm init there, or set url to a manager of the swarm"),
    "pending": ("the engine is still joining a swarm", "wait; if it stays so, see whether it reaches a manager"),
    "locked": ("the engine's part of the swarm is locked", "docker swarm unlock, with the key that was kept for this"),
    "error": ("the engine could not take part in its swarm", "docker info tells more; docker swarm leave, then join"),
}


def refuse_others(membership: Membership) -> None:
    """Raise CollectError unless the engine is a manager, which alone can tell."""
    if membership.local_node_state != "active":
        message, remedy = _STATES.get(membership.local_node_state, _STATES["error"])
        said = f": {clean(membership.error)}" if membership.error else ""
        raise CollectError(message + said, reason="missing", remedy=remedy)
    if not membership.control_available:
        known = ", ".join(clean(peer.addr) for peer in (membership.remote_managers or ())[:3])
        raise CollectError(
            "the engine is a worker of its swarm, and only a manager can tell",
            reason="permission",
            remedy="set url to a manager" + (f" ({known})" if known else ""),
        )
