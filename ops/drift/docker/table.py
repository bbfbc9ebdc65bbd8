"""What is asked for of a container, field by field: how the engine calls it, how its fact is called; both ways.

One table is read in both directions, so that whatever is captured can also be asked for again.
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import msgspec

from ops.drift.structs import Value

_NANO = 10**9
How = Literal["plain", "exact", "set", "list", "map", "cpus"]


class Field(NamedTuple):
    """One field of an inspection.

    plain: left out where it is empty; exact: only where it is null; set: sorted, its order means nothing; list: in its
    order; map: a fact for each name; cpus: billionths of a processor.
    """

    key: str
    fact: str
    how: How = "plain"


CONFIG = (
    Field("User", "user"), Field("WorkingDir", "working_dir"), Field("Domainname", "domainname"),
    Field("Tty", "tty"), Field("OpenStdin", "stdin_open"), Field("StdinOnce", "stdin_once"),
    Field("Cmd", "command", "list"), Field("Entrypoint", "entrypoint", "list"), Field("Shell", "shell", "list"),
    Field("StopSignal", "stop_signal"), Field("StopTimeout", "stop_timeout_s", "exact"),
    Field("NetworkDisabled", "network_disabled"), Field("MacAddress", "mac_address"), Field("Labels", "labels", "map"),
)  # fmt: skip
"""Of its Config."""
CONFIG_ELSEWHERE = frozenset({
    "Image", "Env", "Hostname", "Volumes", "ExposedPorts", "Healthcheck", "AttachStdin", "AttachStdout",
    "AttachStderr", "OnBuild", "ArgsEscaped",
})  # fmt: skip
"""Fields that are read by themselves, and those that mean nothing once it was created."""
HOST = (
    Field("Memory", "limits.memory_bytes"), Field("MemorySwap", "limits.memory_swap_bytes"),
    Field("MemoryReservation", "limits.memory_reservation_bytes"), Field("NanoCpus", "limits.cpus", "cpus"),
    Field("MemorySwappiness", "limits.memory_swappiness", "exact"), Field("CpuShares", "limits.cpu_shares"),
    Field("CpuQuota", "limits.cpu_quota_us"), Field("CpuPeriod", "limits.cpu_period_us"),
    Field("CpusetCpus", "limits.cpuset_cpus"), Field("CpusetMems", "limits.cpuset_mems"),
    Field("PidsLimit", "limits.pids"), Field("BlkioWeight", "limits.blkio_weight"),
    Field("OomKillDisable", "limits.oom_kill_disable"), Field("OomScoreAdj", "oom_score_adj"),
    Field("ShmSize", "shm_size_bytes"), Field("Privileged", "privileged"), Field("ReadonlyRootfs", "read_only"),
    Field("PublishAllPorts", "publish_all_ports"), Field("AutoRemove", "auto_remove"), Field("Init", "init"),
    Field("CapAdd", "cap_add", "set"), Field("CapDrop", "cap_drop", "set"),
    Field("SecurityOpt", "security_opt", "set"), Field("GroupAdd", "group_add", "set"),
    Field("ExtraHosts", "extra_hosts", "set"), Field("Dns", "dns", "list"), Field("DnsSearch", "dns_search", "list"),
    Field("DnsOptions", "dns_options", "list"), Field("DeviceCgroupRules", "device_cgroup_rules", "set"),
    Field("VolumesFrom", "volumes_from", "list"), Field("VolumeDriver", "volume_driver"),
    Field("IpcMode", "ipc_mode"), Field("PidMode", "pid_mode"), Field("UTSMode", "uts_mode"),
    Field("UsernsMode", "userns_mode"), Field("CgroupnsMode", "cgroupns_mode"), Field("CgroupParent", "cgroup_parent"),
    Field("Runtime", "runtime"), Field("Sysctls", "sysctls", "map"),
)  # fmt: skip
"""Of its HostConfig."""
HOST_ELSEWHERE = frozenset({
    "NetworkMode", "PortBindings", "RestartPolicy", "LogConfig", "Binds", "Mounts", "Tmpfs", "Ulimits", "Devices",
    "Links", "ContainerIDFile", "ConsoleSize", "Cgroup", "Isolation",
})  # fmt: skip
"""The same of HostConfig."""


def read(field: Field, value: Any) -> dict[str, Value]:
    """The facts of one field; none where it says nothing."""
    if value is None or (field.how != "exact" and not value):
        return {}
    if field.how == "map":
        return {f"{field.fact}.{name}": str(one) for name, one in sorted(value.items())}
    if field.how in ("set", "list"):
        words = [str(one) for one in value]
        return {field.fact: tuple(sorted(words) if field.how == "set" else words)}
    if field.how == "cpus":
        return {field.fact: value / _NANO}
    return {field.fact: value} if isinstance(value, str | int | float | bool) else {field.fact: written(value)}


def write(field: Field, facts: Mapping[str, Value]) -> Any:
    """What is asked for to get these facts; None where they say nothing of it."""
    if field.how == "map":
        return named(facts, field.fact) or None
    value = facts.get(field.fact)
    if isinstance(value, tuple):
        return list(value)
    if field.how == "cpus" and isinstance(value, int | float):
        return round(value * _NANO)
    return value


def named(facts: Mapping[str, Value], prefix: str) -> dict[str, Any]:
    """The facts below a name, by what follows it: "labels.a.b" is "a.b" of "labels"."""
    return {name[len(prefix) + 1 :]: value for name, value in facts.items() if name.startswith(f"{prefix}.")}


def written(value: object) -> str:
    """What has no fact of its own, as JSON in an order of its own."""
    return msgspec.json.encode(value, order="deterministic").decode()


def again(value: Value) -> object:
    """What was `written` so; what was not is as it is."""
    if isinstance(value, str) and value[:1] in "[{" and value:
        try:
            return msgspec.json.decode(value)
        except msgspec.DecodeError:
            return value
    return list(value) if isinstance(value, tuple) else value
