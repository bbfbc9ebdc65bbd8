"""Images, networks and volumes as facts: names and what they stand for, without what the engine chose."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from ops.actions.images import ListedImage
from ops.drift.sources.images import image_facts
from ops.drift.sources.networks import _USUAL_POOLS, Network, is_somebodys, network_facts
from ops.drift.sources.volumes import Volume, volume_facts
from ops.drift.structs import Value
from tests.parts.drift_engine import digest

A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64


@pytest.mark.parametrize(
    ("tags", "digests", "facts"),
    [
        pytest.param(["shop:1", "shop:latest"], [], {"shop:1": {"digest": A}, "shop:latest": {"digest": A}},
                     id="each tag is an item"),
        pytest.param(["redis:7"], [f"redis@{B}", f"mirror/redis@{A}"], {"redis:7": {"digest": A,
                     "pulled_as": f"redis@{B}"}}, id="with the digest of its own repository"),
        pytest.param(["docker.io/library/redis:7"], [f"redis@{B}"], {"docker.io/library/redis:7": {"digest": A,
                     "pulled_as": f"redis@{B}"}}, id="which may be written at length"),
        pytest.param(["<none>:<none>"], [f"redis@{B}"], {}, id="one whose name moved on with a pull is left out"),
        pytest.param(["<none>:<none>"], ["<none>@<none>"], {}, id="one without any name is left out"),
        pytest.param(None, None, {}, id="also where the engine says null"),
    ],
)  # fmt: skip
def test_images_by_their_names(
    tags: list[str] | None, digests: list[str] | None, facts: Mapping[str, Mapping[str, Value]]
) -> None:
    assert image_facts([ListedImage(id=A, repo_tags=tags, repo_digests=digests)]) == facts


def network(**fields: Any) -> Network:
    return msgspec.convert({"Id": "n1", "Name": "shop", "Driver": "bridge", "Scope": "local"} | fields, Network)


@pytest.mark.parametrize(
    ("fields", "facts"),
    [
        pytest.param({"IPAM": {"Driver": "default", "Config": [{"Subnet": "172.20.0.0/16", "Gateway": "172.20.0.1"}]}},
                     {}, id="a subnet that the engine chose is left out"),
        pytest.param({"IPAM": {"Config": [{"Subnet": "192.168.16.0/20"}]}}, {}, id="also one of the smaller pool"),
        pytest.param({"IPAM": {"Config": [{"Subnet": "10.7.0.0/24", "Gateway": "10.7.0.9"}]}},
                     {"ipam.subnets": ("10.7.0.0/24",), "ipam.gateways": ("10.7.0.9",)}, id="a given one is not"),
        pytest.param({"IPAM": {"Config": [{"Subnet": "172.20.0.0/16", "IPRange": "172.20.5.0/24"}]}},
                     {"ipam.subnets": ("172.20.0.0/16",), "ipam.ranges": ("172.20.5.0/24",)},
                     id="nor one with a range, which no engine chooses"),
        pytest.param({"IPAM": {"Config": [{"Subnet": "fd00:1::/64"}]}, "EnableIPv6": True},
                     {"ipam.subnets": ("fd00:1::/64",), "ipv6": True}, id="a subnet of IPv6"),
        pytest.param({"Internal": True, "Options": {"com.docker.network.bridge.name": "br1"}, "Labels": {"a": "1"}},
                     {"internal": True, "options.com.docker.network.bridge.name": "br1", "labels.a": "1"},
                     id="options and labels"),
    ],
)  # fmt: skip
def test_networks(fields: Mapping[str, Any], facts: Mapping[str, Value]) -> None:
    usual = {"driver": "bridge", "scope": "local"}
    assert network_facts(network(**fields), _USUAL_POOLS, digest) == usual | dict(facts)


def test_networks_that_the_engine_makes_by_itself_are_no_ones() -> None:
    assert not is_somebodys(network(Name="bridge"))
    assert not is_somebodys(network(Name="ingress", Ingress=True))
    assert is_somebodys(network())


def test_a_volume_keeps_its_options_but_no_password_of_a_share() -> None:
    volume = Volume(name="data", driver="local", scope="local", options={"type": "cifs", "o": "password=x"})
    assert volume_facts(volume, digest) == {
        "driver": "local", "scope": "local", "options.type": "cifs", "options.o": digest("value", "password=x"),
    }  # fmt: skip
