"""Containers that are changed for real, one for each fact of a container: as agreed, and as it is then."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.parts.containers import SECOND
from tests.parts.docker import LABEL, Box
from tests.parts.drift_shop import STAYS
from tests.parts.drift_world import CANARY, Mutation

ANEW = ("drift.recreate",)
LIVE = ("drift.update", "drift.recreate")
JOIN = ("drift.connect", "drift.recreate")
STATE = ("drift.state",)
_HOST, _BESIDE = "Host.", "NetworkingConfig"


class Hold:
    """The containers of one world: made by the engine's own API, so that every field of one can be asked for."""

    def __init__(self, box: Box, folder: Path) -> None:
        self.box, self.client = box, box.engine.client
        self.names = {"p": box.prefix, "folder": str(folder), "image": box.engine.image}
        for name in ("one", "two"):
            self.client.networks.create(self.name(name), labels=LABEL)
        for name in ("source", "other"):
            self.create(name, {})

    def name(self, short: str) -> str:
        """The whole name of a thing."""
        return f"{self.box.prefix}-{short}"

    def create(self, short: str, given: Mapping[str, Any], state: str = "") -> None:
        """Make a container, in the place of the one that is there; most need not run to differ."""
        self.remove(short)
        body = {"Image": "{image}", "Cmd": ["/bin/sh", "-c", STAYS], "Labels": LABEL, "StopSignal": "SIGTERM"}
        host = {"NetworkMode": "none", **{key[len(_HOST) :]: one for key, one in given.items() if key[:5] == _HOST}}
        body |= {key: one for key, one in given.items() if key[:5] != _HOST} | {"HostConfig": host}
        api: Any = self.client.api
        made = api.create_container_from_config(filled(body, self.names), self.name(short))
        if state:
            self.client.api.start(made["Id"])
        if state == "paused":
            self.client.api.pause(made["Id"])

    def remove(self, short: str) -> None:
        """Take it away, if it is there."""
        from docker.errors import NotFound

        try:
            self.client.api.remove_container(self.name(short), force=True, v=True)
        except NotFound:
            return

    def state(self, short: str, *verbs: str) -> None:
        """Start, kill, pause or unpause it."""
        for verb in verbs:
            getattr(self.client.api, verb)(self.name(short))


class Way(NamedTuple):
    """One container: how it was agreed, how it is made then, and what that shows."""

    name: str
    before: Mapping[str, Any]
    after: Mapping[str, Any] | Callable[[Hold], object]
    shows: Mapping[str, Sequence[str]]
    """ "changed user" to the fixes."""
    state: str = ""

    @property
    def mutation(self) -> Mutation:
        """The same in a world of these."""
        shows = {self._path(told): fixes for told, fixes in self.shows.items()}
        return Mutation(f"{self.name} of a container", shows, self._change)

    def _path(self, told: str) -> str:
        kind, _, fact = told.partition(" ")
        return f"{kind} containers:local/{{p}}-{self.name}{'#' if fact else ''}{fact}"

    def _change(self, hold: Hold) -> None:
        if callable(self.after):
            self.after(hold)
        else:
            hold.create(self.name, self.after, self.state)


def filled(value: Any, names: Mapping[str, str]) -> Any:
    """The same with the names of a world in all its texts."""
    if isinstance(value, str):
        return value.format_map(names) if "{" in value else value
    if isinstance(value, Mapping):
        return {filled(key, names): filled(one, names) for key, one in value.items()}
    return [filled(one, names) for one in value] if isinstance(value, list) else value


def _one(fact: str, key: str, before: Any, after: Any, fixes: Sequence[str] = ANEW, **beside: Any) -> Way:
    """A field that is a fact of its own."""
    kind = "added" if before is None else "removed" if after is None else "changed"
    first = beside if before is None else {**beside, key: before}
    then = beside if after is None else {**beside, key: after}
    return Way(fact.replace("/", "_").strip("._"), first, then, {f"{kind} {fact}": fixes})


def _check(fact: str, **other: Any) -> Way:
    usual = {"Test": ["CMD", "true"], "Interval": SECOND, "Timeout": SECOND, "Retries": 2, "StartPeriod": SECOND}
    return _one(f"healthcheck.{fact}", "Healthcheck", usual, {**usual, **other})


def _ends(name: str, **end: Any) -> Mapping[str, Any]:
    """In one network, in a certain way."""
    return {"Host.NetworkMode": f"{{p}}-{name}", _BESIDE: {"EndpointsConfig": {f"{{p}}-{name}": end}}}


ASKED: Sequence[Way] = (
    _one("user", "User", "1000", "1001"),
    _one("working_dir", "WorkingDir", "/tmp", "/bin"),
    _one("domainname", "Domainname", "a.example", "b.example"),
    _one("hostname", "Hostname", "one", "two"),
    _one("tty", "Tty", None, True),
    _one("stdin_open", "OpenStdin", None, True),
    _one("stdin_once", "StdinOnce", None, True, OpenStdin=True),
    _one("command", "Cmd", ["/bin/sh", "-c", STAYS], ["/bin/sh", "-c", "true"]),
    Way("order", {"Cmd": ["echo", "a", "b"]}, {"Cmd": ["echo", "b", "a"]}, {"reordered command": ANEW}),
    _one("entrypoint", "Entrypoint", ["/bin/sh"], ["/bin/busybox"]),
    _one("shell", "Shell", ["/bin/sh", "-c"], ["/bin/sh", "-ec"]),
    _one("stop_signal", "StopSignal", "SIGTERM", "SIGINT"),
    _one("stop_timeout_s", "StopTimeout", 5, 7),
    _one("exposed", "ExposedPorts", {"80/tcp": {}}, {"81/tcp": {}}),
    _one("labels.release", "Labels", {**LABEL, "release": "1"}, {**LABEL, "release": "2"}),
    _one("env.MODE", "Env", [f"MODE={CANARY}"], [f"MODE={CANARY}-2"]),
    Way("more", {}, {"Env": [f"NEW={CANARY}"]}, {"added env.NEW": ANEW}),
    Way("less", {"Env": [f"MODE={CANARY}"]}, {}, {"removed env.MODE": ANEW}),
    _check("test", Test=["CMD", "false"]),
    _check("interval_s", Interval=2 * SECOND),
    _check("timeout_s", Timeout=2 * SECOND),
    _check("retries", Retries=3),
    _check("start_period_s", StartPeriod=2 * SECOND),
    _one("mounts./given", "Host.Binds", ["{folder}:/given"], ["{folder}:/given:ro"]),
    _one("mounts./data", "Host.Binds", ["{p}-data:/data"], None),
    _one("mounts./nameless", "Volumes", None, {"/nameless": {}}),
    _one("mounts./scratch", "Host.Tmpfs", {"/scratch": "size=64k"}, {"/scratch": "size=128k"}),
    _one("mounts./long", "Host.Mounts", [{"Type": "bind", "Source": "{folder}", "Target": "/long"}],
         [{"Type": "bind", "Source": "{folder}", "Target": "/long", "ReadOnly": True}]),
)  # fmt: skip
"""What is asked for of the program."""
HOST: Sequence[Way] = (
    _one("restart", "Host.RestartPolicy", {"Name": "no"}, {"Name": "on-failure", "MaximumRetryCount": 4}, LIVE),
    _one("limits.memory_bytes", "Host.Memory", 64 << 20, 128 << 20, LIVE),
    _one("limits.memory_swap_bytes", "Host.MemorySwap", 96 << 20, 99 << 20, LIVE, **{"Host.Memory": 64 << 20}),
    _one("limits.memory_reservation_bytes", "Host.MemoryReservation", 32 << 20, 48 << 20, LIVE),
    _one("limits.cpus", "Host.NanoCpus", 5 * 10**8, 6 * 10**8, LIVE),
    _one("limits.cpu_shares", "Host.CpuShares", 256, 512, LIVE),
    _one("limits.cpu_quota_us", "Host.CpuQuota", 50_000, 60_000, LIVE),
    _one("limits.cpu_period_us", "Host.CpuPeriod", 50_000, 60_000, LIVE),
    _one("limits.cpuset_cpus", "Host.CpusetCpus", "0", "0-1", LIVE),
    _one("limits.cpuset_mems", "Host.CpusetMems", None, "0"),
    _one("limits.pids", "Host.PidsLimit", 99, 77, LIVE),
    _one("oom_score_adj", "Host.OomScoreAdj", 100, 200),
    _one("shm_size_bytes", "Host.ShmSize", 32 << 20, 48 << 20),
    _one("privileged", "Host.Privileged", None, True, **{"Host.SecurityOpt": ["label=disable"]}),
    _one("read_only", "Host.ReadonlyRootfs", None, True),
    _one("publish_all_ports", "Host.PublishAllPorts", None, True),
    _one("init", "Host.Init", None, True),
    _one("cap_add", "Host.CapAdd", ["NET_ADMIN"], ["SYS_TIME"]),
    _one("cap_drop", "Host.CapDrop", ["NET_RAW"], None),
    _one("security_opt", "Host.SecurityOpt", ["no-new-privileges"], None),
    _one("group_add", "Host.GroupAdd", ["7"], ["8"]),
    _one("extra_hosts", "Host.ExtraHosts", ["db:127.0.0.1"], ["db:127.0.0.2"]),
    _one("dns", "Host.Dns", ["127.0.0.1"], ["127.0.0.2"]),
    _one("dns_search", "Host.DnsSearch", ["a.example"], ["b.example"]),
    _one("dns_options", "Host.DnsOptions", ["ndots:1"], ["ndots:2"]),
    _one("device_cgroup_rules", "Host.DeviceCgroupRules", ["c 1:3 r"], ["c 1:3 rw"]),
    _one("volumes_from", "Host.VolumesFrom", ["{p}-source"], ["{p}-other"]),
    _one("volume_driver", "Host.VolumeDriver", None, "local"),
    _one("ipc_mode", "Host.IpcMode", "private", "shareable"),
    _one("pid_mode", "Host.PidMode", None, "host", **{"Host.SecurityOpt": ["label=disable"]}),
    _one("uts_mode", "Host.UTSMode", None, "host"),
    _one("userns_mode", "Host.UsernsMode", None, "host"),
    _one("cgroupns_mode", "Host.CgroupnsMode", "private", "host"),
    _one("cgroup_parent", "Host.CgroupParent", None, "/wf-drift"),
    _one("sysctls.net.ipv4.ip_unprivileged_port_start", "Host.Sysctls", {"net.ipv4.ip_unprivileged_port_start": "0"},
         {"net.ipv4.ip_unprivileged_port_start": "9"}),
    _one("ulimits.nofile", "Host.Ulimits", [{"Name": "nofile", "Soft": 9, "Hard": 9}],
         [{"Name": "nofile", "Soft": 8, "Hard": 9}]),
    _one("devices", "Host.Devices",
         [{"PathOnHost": "/dev/null", "PathInContainer": "/dev/a", "CgroupPermissions": "r"}],
         [{"PathOnHost": "/dev/null", "PathInContainer": "/dev/b", "CgroupPermissions": "r"}]),
    _one("log.driver", "Host.LogConfig", {"Type": "json-file"}, {"Type": "none"}),
    _one("log.options.max-size", "Host.LogConfig", {"Type": "json-file", "Config": {"max-size": "1m"}},
         {"Type": "json-file", "Config": {"max-size": "2m"}}),
    _one("ports", "Host.PortBindings", {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}]},
         {"80/tcp": [{"HostIp": "127.0.0.2", "HostPort": ""}]}, ExposedPorts={"80/tcp": {}}),
    Way("links", {"Host.NetworkMode": "bridge"}, {"Host.NetworkMode": "bridge", "Host.Links": ["{p}-linked:db"]},
        {"added links": ANEW}),
)  # fmt: skip
"""What is asked for of the engine."""
JOINED: Sequence[Way] = (
    Way("moved", {"Host.NetworkMode": "{p}-one"}, {"Host.NetworkMode": "{p}-two"},
        {"changed network_mode": ANEW, "changed networks": JOIN}),
    Way("aliases", _ends("one", Aliases=["web"]), _ends("one", Aliases=["api"]),
        {"changed networks.{p}-one.aliases": JOIN}),
    Way("options", _ends("one", DriverOpts={"a.b": "1"}), _ends("one", DriverOpts={"a.b": "2"}),
        {"changed networks.{p}-one.options": JOIN}),
    Way("joined", {"Host.NetworkMode": "{p}-one"},
        lambda hold: hold.client.networks.get(hold.name("two")).connect(hold.name("joined")),
        {"changed networks": JOIN}),
)  # fmt: skip
"""How it is connected."""
STATES: Sequence[Way] = (
    Way("killed", {}, lambda hold: hold.state("killed", "kill"), {"changed state": STATE}, "running"),
    Way("paused", {}, lambda hold: hold.state("paused", "pause"), {"changed state": STATE}, "running"),
    Way("resumed", {}, lambda hold: hold.state("resumed", "unpause"), {"changed state": STATE}, "paused"),
    Way("started", {}, lambda hold: hold.state("started", "start"), {"changed state": STATE}),
    Way("gone", {}, lambda hold: hold.remove("gone"), {"removed": ANEW}),
)
"""Whether it runs, and is there."""
WAYS = (*ASKED, *HOST, *JOINED, *STATES)
ORPHAN = Mutation(
    "a container that nobody agreed on",
    {"added containers:local/{p}-orphan": ("drift.remove",)},
    lambda hold: hold.create("orphan", {}),
)
NOT_CHANGED: Mapping[str, str] = {
    "auto_remove": "what was started with --rm can't be made anew while it is there: told as refused",
    "limits.memory_swappiness": "an engine on cgroups of version 2 takes none",
    "limits.oom_kill_disable": "an engine on cgroups of version 2 takes none",
    "limits.blkio_weight": "a kernel without that scheduler takes none",
    "mac_address": "engines since 25 have it below the network",
    "network_disabled": "engines that have it are gone",
    "runtime": "the engine has but one",
}
"""Facts of a container that this engine has no two values of, and why."""
