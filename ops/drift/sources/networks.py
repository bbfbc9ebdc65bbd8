"""Networks that somebody made on every configured engine."""

from collections.abc import Mapping, Sequence
from functools import partial
from ipaddress import ip_network
from typing import Any

import msgspec

from collectors.docker_api.client import EngineClient
from collectors.docker_api.parse import Go
from collectors.docker_engine import DockerConfig
from ops.actions.compose import PROJECT
from ops.config.structs import TargetSpec
from ops.drift.base import Place, Source
from ops.drift.docker.hiding import Digest, hidden
from ops.drift.docker.reading import item_name, of_every_engine
from ops.drift.named import safe_name
from ops.drift.structs import Difference, Item, Value

_BUILT_IN = ("bridge", "host", "none", "docker_gwbridge")
_USUAL_POOLS = (*((f"172.{number}.0.0/16", 16) for number in range(17, 32)), ("192.168.0.0/16", 20))
"""What an engine chooses subnets from, unless it was told otherwise (moby `libnetwork/ipamutils`)."""


class Pool(Go, frozen=True):
    """One of an engine's own pools, of GET /info."""

    base: str = ""
    size: int = 0


class EngineInfo(Go, frozen=True):
    """What an engine chooses subnets from."""

    default_address_pools: list[Pool] | None = None


class Ipam(Go, frozen=True):
    """Addresses of a network, chosen or given."""

    driver: str = ""
    options: dict[str, str] | None = None
    config: list[dict[str, Any]] | None = None


class Network(Go, frozen=True):
    """One element of GET /networks."""

    id: str
    name: str = ""
    driver: str = ""
    scope: str = ""
    internal: bool = False
    attachable: bool = False
    ingress: bool = False
    enable_ipv6: bool = msgspec.field(default=False, name="EnableIPv6")
    ipam: Ipam = msgspec.field(default=Ipam(), name="IPAM")
    options: dict[str, str] | None = None
    labels: dict[str, str] | None = None


class Networks(Source):
    """How each network was made: driver, options, labels, and the subnets that were given.

    A subnet that the engine chose from its pools is left out: the next network of that name gets another one.
    """

    name = "networks"
    title = "networks of the engine"
    group = "docker"

    async def capture(self, place: Place) -> Sequence[Item]:
        """Two requests for each engine."""
        return await of_every_engine(place, partial(_read, place))

    def by_hand(self, difference: Difference) -> str:
        """Where something is still in it."""
        if difference.kind == "added":
            return "accept it if it belongs here, else take what is in it out and remove it with docker network rm"
        return "take what is in it out, make it anew as it was (docker compose up makes its own), and put it back in"


async def _read(place: Place, client: EngineClient, spec: TargetSpec) -> Sequence[Item]:
    listed = await client.get("/networks", list[Network])
    info = await client.get("/info", EngineInfo)
    pools = tuple((pool.base, pool.size) for pool in info.default_address_pools or ()) or _USUAL_POOLS
    return [
        Item(name=item_name(spec, one.name), facts=network_facts(one, pools, place.digest))
        for one in listed
        if is_somebodys(one) and of_project(spec, one.labels)
    ]


def is_somebodys(network: Network) -> bool:
    """Whether it was made by anybody but the engine itself."""
    return network.name not in _BUILT_IN and not network.ingress


def of_project(spec: TargetSpec, labels: Mapping[str, str] | None) -> bool:
    """Whether it belongs to the target's `project`, where that has one."""
    wanted = spec.config.project if isinstance(spec.config, DockerConfig) else ""
    return not wanted or (labels or {}).get(PROJECT) == wanted


def network_facts(network: Network, pools: Sequence[tuple[str, int]], digest: Digest) -> dict[str, Value]:
    """Its facts; `pools` are what its engine chooses subnets from, with the size of the pieces; pure."""
    facts: dict[str, Value] = {"driver": network.driver, "scope": network.scope}
    for name, value in (("internal", network.internal), ("attachable", network.attachable),
                        ("ipv6", network.enable_ipv6)):  # fmt: skip
        facts |= {name: True} if value else {}
    given = [one for one in network.ipam.config or () if not _is_chosen(one, pools)]
    if network.ipam.driver not in ("", "default"):
        facts["ipam.driver"] = network.ipam.driver
    for name, key in (("subnets", "Subnet"), ("ranges", "IPRange"), ("gateways", "Gateway")):
        words = tuple(str(one.get(key) or "") for one in given)
        facts |= {f"ipam.{name}": words} if any(words) else {}
    for prefix, named in (("options", network.options), ("labels", network.labels),
                          ("ipam.options", network.ipam.options)):  # fmt: skip
        facts |= {f"{prefix}.{safe_name(key)}": hidden(value, digest, key) for key, value in (named or {}).items()}
    return dict(sorted(facts.items()))


def _is_chosen(given: Mapping[str, Any], pools: Sequence[tuple[str, int]]) -> bool:
    """Whether a subnet is one that the engine could have chosen itself."""
    if given.get("IPRange"):
        return False
    try:
        subnet = ip_network(str(given.get("Subnet")))
        bases = [(ip_network(base, strict=False), size) for base, size in pools]
    except ValueError:
        return False
    return any(
        base.version == subnet.version and subnet.prefixlen == size and subnet.subnet_of(base)  # type: ignore[arg-type]
        for base, size in bases
    )
