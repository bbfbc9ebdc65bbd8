"""A container's facts: what an inspection becomes, what is left out, what is never kept, and the way back."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.actions.docker import Networks, Whole
from ops.drift.docker.body import creation, revealed
from ops.drift.docker.facts import container_facts, plain_facts
from ops.drift.docker.hiding import Known, texts_inside
from ops.drift.docker.mounts import named_volumes
from ops.drift.structs import Value
from tests.parts.drift_engine import digest, seen

ID = "c0" * 32
SECRET = "hunter2-is-the-password"  # pragma: allowlist secret
PLAIN: Mapping[str, Value] = {
    "image": "shop/web:1.4", "image_digest": f"sha256:{ID}", "state": "running", "restart": "no",
    "command": ("/bin/sh", "-c", "while :; do sleep 0.2; done"), "labels.watchfloor.test": "1",
    "shm_size_bytes": 67108864, "ipc_mode": "private", "cgroupns_mode": "host", "runtime": "runc",
    "log.driver": "json-file", "network_mode": "none", "networks": ("none",),
}  # fmt: skip


def facts(whole: Whole, names: Mapping[str, str] = {}) -> dict[str, Value]:
    return container_facts(whole, names, digest)


def test_a_recorded_container_has_what_was_asked_for_and_nothing_that_its_engine_chose() -> None:
    assert facts(seen()) == PLAIN


FIELDS = [
    pytest.param({"Env": ["A=1", "B=x=y", "C="]}, {}, {"env.A": digest("value", "1"),
                 "env.B": digest("value", "x=y"), "env.C": digest("value", "")}, id="environment values are digests"),
    pytest.param({"Hostname": "shop"}, {}, {"hostname": "shop"}, id="a host name that was given"),
    pytest.param({"Cmd": ["db", "--requirepass", SECRET]}, {}, {"command": ("db", "--requirepass",
                 digest("value", SECRET))}, id="what follows a flag for a password is a digest"),
    pytest.param({"Healthcheck": {"Test": ["CMD-SHELL", f"redis-cli -a {SECRET} ping"]}}, {},
                 {"healthcheck.test": ("CMD-SHELL", digest("value", f"redis-cli -a {SECRET} ping"))},
                 id="so is a line of a shell with a password"),
    pytest.param({"Cmd": ["mysqladmin", "ping", f"-p{SECRET}"]}, {}, {"command": ("mysqladmin", digest("value", "ping"),
                 digest("value", f"-p{SECRET}"))}, id="and what only the whole command tells"),
    pytest.param({"Cmd": ["java", *["-Dlong.setting=true"] * 200]}, {},
                 {"command": ("java", *["-Dlong.setting=true"] * 200)}, id="a long command stays"),
    pytest.param({"Cmd": ["db", "postgres://ann:pw123456@db/shop"]}, {}, {"command": ("db",  # pragma: allowlist secret
                 digest("value", "postgres://ann:pw123456@db/shop"))},  # pragma: allowlist secret
                 id="so is a URL with a password"),
    pytest.param({"Labels": {"a.token": "t", "b": "1"}}, {}, {"labels.a.token": digest("value", "t"), "labels.b": "1"},
                 id="and a label that is called like a secret"),
    pytest.param({"Labels": {"com.docker.compose.replace": ID}}, {}, {}, id="the id of a predecessor is left out"),
    pytest.param({"Labels": {"a#b\n": "x"}}, {}, {"labels.a%23b%0A": "x"}, id="a label's name is one printable line"),
    pytest.param({}, {"Memory": 64, "MemorySwap": 128}, {"limits.memory_bytes": 64},
                 id="swap of twice the memory is the engine's choice"),
    pytest.param({}, {"Memory": 64, "MemorySwap": 64}, {"limits.memory_bytes": 64, "limits.memory_swap_bytes": 64},
                 id="any other amount of swap was asked for"),
    pytest.param({}, {"NanoCpus": 500_000_000}, {"limits.cpus": 0.5}, id="processors"),
    pytest.param({}, {"RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 4}}, {"restart": "on-failure:4"},
                 id="a restart policy with a count"),
    pytest.param({}, {"CapDrop": ["SYS_TIME", "ALL"]}, {"cap_drop": ("ALL", "SYS_TIME")},
                 id="capabilities have no order"),
    pytest.param({}, {"PortBindings": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}, {"HostIp": "::1"}]}},
                 {"ports": ("127.0.0.1:8080->80/tcp", "[::1]:->80/tcp")}, id="ports, with addresses of both kinds"),
    pytest.param({"Volumes": {"/cache": {}}}, {"Binds": ["/srv/x:/given:ro", f"{'ab' * 32}:/cache:rw", "data:/data"],
                 "Tmpfs": {"/fast": "size=64k"}},
                 {"mounts./cache": "a volume without a name", "mounts./data": "data", "mounts./fast": "tmpfs:size=64k",
                  "mounts./given": "/srv/x:ro"}, id="mounts of each kind, without names that the engine chose"),
    pytest.param({}, {"Mounts": [{"Type": "volume", "Target": "/v", "Source": "cd" * 32, "ReadOnly": True}]},
                 {"mounts./v": '{"ReadOnly":true,"Type":"volume"}'}, id="a mount that was asked for at length"),
    pytest.param({"Healthcheck": {"Test": ["CMD", "true"], "Interval": 10**9, "Retries": 2}}, {},
                 {"healthcheck.test": ("CMD", "true"), "healthcheck.interval_s": 1.0, "healthcheck.retries": 2},
                 id="a health check"),
    pytest.param({}, {"Ulimits": [{"Name": "nofile", "Soft": 512, "Hard": 1024}]}, {"ulimits.nofile": "512:1024"},
                 id="limits of a process"),
    pytest.param({}, {"Devices": [{"PathOnHost": "/dev/fuse", "PathInContainer": "/dev/fuse",
                 "CgroupPermissions": "rwm"}]}, {"devices": ("/dev/fuse:/dev/fuse:rwm",)}, id="devices"),
    pytest.param({}, {"Links": ["/db:/web-1/database"]}, {"links": ("db:database",)}, id="links"),
    pytest.param({}, {"Mounts": [{"Type": "volume", "Target": "/v", "VolumeOptions": {"DriverConfig":
                 {"Options": {"o": "password=x"}}}}]},  # pragma: allowlist secret
                 {"mounts./v": digest("value", '{"Type":"volume","VolumeOptions":{"DriverConfig":'
                 '{"Options":{"o":"password=x"}}}}')},  # pragma: allowlist secret
                 id="options of a volume's driver with a password"),
    pytest.param({"StopTimeout": 0}, {"MaskedPaths": [], "NewField": {"B": 1, "A": [2]}},
                 {"stop_timeout_s": 0, "host.MaskedPaths": "[]", "host.NewField": '{"A":[2],"B":1}'},
                 id="a field that no table knows is neither overlooked nor lost"),
]  # fmt: skip


@pytest.mark.parametrize(("config", "host", "more"), FIELDS)
def test_each_field_has_its_fact(config: Mapping[str, Any], host: Mapping[str, Any], more: Mapping[str, Value]) -> None:
    plain = {name: value for name, value in PLAIN.items() if "Labels" not in config or not name.startswith("labels.")}
    assert facts(seen(config, host)) == plain | dict(more)


def as_made(body: Mapping[str, Any], others: tuple[Any, ...]) -> Whole:
    """What an engine would say of the container that was asked for so."""
    config = {name: value for name, value in body.items() if name not in ("HostConfig", "NetworkingConfig")}
    first = body.get("NetworkingConfig", {}).get("EndpointsConfig", {})
    joined = {**first, **{one.name: one.config for one in others}}
    mode = body["HostConfig"]["NetworkMode"]
    joined |= {"bridge": {}} if mode == "default" else {mode: {}} if mode in ("none", "host") else {}
    return Whole(id="d1" * 32, name="/web", image=f"sha256:{ID}", state=seen().state, config=config,
                 host_config=body["HostConfig"], network_settings=Networks(networks=joined))  # fmt: skip


def way_back(whole: Whole) -> tuple[dict[str, Value], dict[str, Value]]:
    """The facts of a container, and of the one that was asked for by them."""
    before, known = facts(whole), Known(digest)
    known.add(texts_inside([plain_facts(whole, {}), whole.config.get("Env")]))
    found = revealed(before, known)
    assert found.missing == ()
    made = creation(found.facts, str(found.facts["image"]), {}, {})
    return before, facts(as_made(made.body, made.others))


@pytest.mark.parametrize(("config", "host", "more"), FIELDS)
def test_a_container_made_from_facts_has_the_same_facts(
    config: Mapping[str, Any], host: Mapping[str, Any], more: Mapping[str, Value]
) -> None:
    before, after = way_back(seen(config, host))
    assert before.items() >= more.items()
    assert after == before


TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="="), min_size=1, max_size=8)


@given(
    environment=st.dictionaries(NAMES, TEXTS, max_size=4),
    labels=st.dictionaries(NAMES, TEXTS, max_size=4),
    command=st.lists(TEXTS, max_size=4),
)
def test_whatever_stands_in_environment_labels_and_command_comes_back_as_it_was(
    environment: dict[str, str], labels: dict[str, str], command: list[str]
) -> None:
    env = [f"{name}={value}" for name, value in environment.items()]
    before, after = way_back(seen({"Env": env, "Labels": labels, "Cmd": command}))
    assert after == before
    assert all(name.isprintable() and "#" not in name for name in before)


def test_networks_have_what_was_asked_for_there_and_no_address_that_was_chosen() -> None:
    joined = {
        "shop": {"NetworkID": "n1", "Aliases": [ID[:12], "web", "api", "shop"], "IPAddress": "172.20.0.7",
                 "IPAMConfig": {"IPv4Address": "172.20.0.7"}},
        "audit": {"NetworkID": "n2", "IPAMConfig": {}, "Aliases": None, "IPAddress": "172.21.0.3"},
    }  # fmt: skip
    found = facts(seen({"Hostname": "shop"}, {"NetworkMode": "n1"}, NetworkSettings={"Networks": joined}))
    assert {name: value for name, value in found.items() if name.startswith("network")} == {
        "network_mode": "shop", "networks": ("audit", "shop"), "networks.shop.aliases": ("api", "web"),
        "networks.shop.ipv4": "172.20.0.7",
    }  # fmt: skip
    made = creation(found, "shop/web:1.4", {}, {"audit": "n2"})
    assert made.body["NetworkingConfig"] == {
        "EndpointsConfig": {"shop": {"IPAMConfig": {"IPv4Address": "172.20.0.7"}, "Aliases": ["api", "web"]}}
    }
    assert made.others == (("n2", "audit", {}),)


def test_another_container_is_named_by_its_name() -> None:
    found = facts(seen({}, {"NetworkMode": f"container:{'ab' * 32}"}), {"ab" * 32: "vpn"})
    assert found["network_mode"] == "container:vpn"
    other = {"PidMode": f"container:{'ab' * 32}", "IpcMode": "host", "VolumesFrom": [f"{'ab' * 32}:ro", "data"]}
    found = facts(seen({}, other), {"ab" * 32: "vpn"})
    assert [found[name] for name in ("pid_mode", "ipc_mode")] == ["container:vpn", "host"]
    assert found["volumes_from"] == ("vpn:ro", "data")


def test_a_value_that_is_found_nowhere_is_named_and_no_value_is_made_up() -> None:
    before = facts(seen({"Env": ["PASSWORD=" + SECRET, "MODE=shop"]}))
    known = Known(digest)
    known.add(["shop"])
    found = revealed(before, known)
    assert found.missing == ("env.PASSWORD",)
    assert "env.PASSWORD" not in found.facts
    assert found.facts["env.MODE"] == "shop"
    assert SECRET not in str(before)
    assert SECRET not in repr(known)


def test_volumes_without_a_name_are_kept_where_there_still_are_some() -> None:
    found = facts(seen({"Volumes": {"/cache": {}, "/logs": {}}}, {"Mounts": [{"Type": "volume", "Target": "/v"}]}))
    made = creation(found, "shop/web:1.4", {"/cache": "ab" * 32, "/v": "cd" * 32}, {})
    assert made.body["Volumes"] == {"/cache": {}, "/logs": {}}
    assert made.body["HostConfig"]["Binds"] == [f"{'ab' * 32}:/cache"]
    assert made.body["HostConfig"]["Mounts"] == [{"Type": "volume", "Target": "/v", "Source": "cd" * 32}]


def test_volumes_with_a_name_are_told_from_folders_and_those_without() -> None:
    values = ["data:rw", "/srv/x:ro", "a volume without a name", "tmpfs:size=64k", '{"Source":"more","Type":"volume"}',
              '{"Type":"volume"}', '{"Source":"/srv","Type":"bind"}']  # fmt: skip
    assert named_volumes(values) == ["data", "more"]
