"""Services of a real swarm that are changed for real, one for each fact of a service's spec."""

from collections.abc import Sequence
from typing import NamedTuple

from tests.parts.drift_world import Mutation
from tests.parts.swarm import IMAGE, Stack

SERVICE = ("drift.service",)


class Way(NamedTuple):
    """One service: how it was agreed, how it is updated then, and what that shows."""

    name: str
    options: Sequence[str]
    update: Sequence[str]
    shows: str

    @property
    def mutation(self) -> Mutation:
        """The same in a world of these."""
        kind, _, fact = self.shows.partition(" ")
        path = f"{kind} swarm:local/{{p}}-{self.name}#{fact}"
        return Mutation(f"{fact} of a service", {path: SERVICE}, self._change)

    def _change(self, stack: Stack) -> None:
        name = f"{stack.prefix}-{self.name}"
        stack.engine.docker("service", "update", "--detach", "--quiet", *self.update, name)


def _way(name: str, shows: str, options: str, update: str) -> Way:
    return Way(name, options.split(), update.split(), shows)


WAYS: Sequence[Way] = (
    _way("label", "changed labels.release", "--label release=1", "--label-add release=2"),
    _way("container-label", "added container_labels.release", "", "--container-label-add release=2"),
    _way("args", "changed args", "", "--args false"),
    _way("entrypoint", "added command", "", "--entrypoint /bin/busybox"),
    _way("user", "changed user", "--user 1000", "--user 1001"),
    _way("dir", "changed working_dir", "--workdir /tmp", "--workdir /bin"),
    _way("hostname", "changed hostname", "--hostname one", "--hostname two"),
    _way("read-only", "added read_only", "", "--read-only"),
    _way("init", "added init", "", "--init"),
    _way("signal", "changed stop_signal", "--stop-signal SIGTERM", "--stop-signal SIGINT"),
    _way("groups", "added groups", "", "--group-add 7"),
    _way("cap-add", "added cap_add", "", "--cap-add NET_ADMIN"),
    _way("cap-drop", "added cap_drop", "", "--cap-drop CHOWN"),
    _way("hosts", "added extra_hosts", "", "--host-add db:127.0.0.1"),
    _way("health", "added healthcheck", "", "--health-cmd true"),
    _way("cpus", "added limits.cpus", "", "--limit-cpu 0.5"),
    _way("memory", "changed limits.memory_bytes", "--limit-memory 64m", "--limit-memory 96m"),
    _way("pids", "added limits.pids", "", "--limit-pids 99"),
    _way("reserved-cpus", "added reservations.cpus", "", "--reserve-cpu 0.1"),
    _way("reserved-memory", "added reservations.memory_bytes", "", "--reserve-memory 16m"),
    _way("constraint", "added constraints", "", "--constraint-add node.role==manager"),
    _way("per-node", "added max_replicas_per_node", "", "--replicas-max-per-node 3"),
    _way("restart", "changed restart", "--restart-max-attempts 3", "--restart-max-attempts 4"),
    _way("log", "added log", "", "--log-driver json-file"),
    _way("update", "changed update", "--update-parallelism 1", "--update-parallelism 2"),
    _way("rollback", "changed rollback", "--rollback-parallelism 1", "--rollback-parallelism 2"),
    _way("endpoint", "changed endpoint_mode", "--endpoint-mode vip", "--endpoint-mode dnsrr"),
    _way("env", "added env.NEW", "", "--env-add NEW=1"),
    _way("mount", "added mounts./scratch", "", "--mount-add type=tmpfs,target=/scratch"),
    _way("port", "added ports", "", "--publish-add target=80,mode=host"),
    _way("image", "changed image", "", f"--image {IMAGE}-2"),
    _way("replicas", "changed replicas", "", "--replicas 1"),
)
"""None of them has a task, but for that which is given one: an update of no tasks is there at once."""
NO_TASK = ("--replicas", "0", "--no-resolve-image")
GONE, NEW = "gone", "new"


def _remove(stack: Stack) -> None:
    stack.engine.docker("service", "rm", f"{stack.prefix}-{GONE}")


def _add(stack: Stack) -> None:
    stack.engine.docker("service", "create", "--detach", *NO_TASK, "--name", f"{stack.prefix}-{NEW}", IMAGE, "true")


MUTATIONS = (
    *(way.mutation for way in WAYS),
    Mutation("a service that is gone", {f"removed swarm:local/{{p}}-{GONE}": SERVICE}, _remove),
    Mutation("a service that nobody agreed on", {f"added swarm:local/{{p}}-{NEW}": ("drift.remove",)}, _add),
)
