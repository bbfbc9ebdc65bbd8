"""What one more container of a Compose service is made from: a copy of one that there is; pure."""

import re
from collections.abc import Collection, Iterator
from typing import Any

from msgspec.structs import replace

from ops.actions.compose import NUMBER, Group
from ops.actions.docker import Whole
from ops.actions.errors import Refused
from ops.actions.recreating import Endpoint, Recipe, recipe

_WITHOUT_NAME = re.compile(r"[0-9a-f]{64}")
"""What the engine calls a volume that nobody named."""
_REPLACED = "com.docker.compose.replace"


def next_names(group: Group, taken: Collection[str]) -> Iterator[tuple[int, str]]:
    """Numbers after the highest with the names that go with them, in the form that the others have; never a taken one.

    "shop-web-4", or "shop_web_4" as the first Compose wrote it.
    """
    old = f"{group.project}_{group.service}_"
    sign = "_" if any(one.name.startswith(old) for one in group.replicas) else "-"
    number = max((one.number for one in group.replicas), default=0)
    while True:
        number += 1
        name = f"{group.project}{sign}{group.service}{sign}{number}"
        if name not in taken:
            yield number, name


def refuse_unique(seen: Whole, name: str) -> None:
    """Raise Refused for what two containers can't both have: a port of the host, an address that was given."""
    ports = sorted(
        {
            str(binding.get("HostPort"))
            for bindings in (seen.host_config.get("PortBindings") or {}).values()
            for binding in bindings or ()
            if str(binding.get("HostPort") or "0") != "0" and "-" not in str(binding.get("HostPort"))
        }
    )
    if ports:
        raise Refused(
            f"{name} has the port {', '.join(ports)} of its host to itself, so there can't be a second one",
            "publish a range of ports or none, and let a proxy share out the requests",
            reason="conflict",
        )
    for network, settings in (seen.network_settings.networks or {}).items():
        asked = settings.get("IPAMConfig") or {}
        if asked.get("IPv4Address") or asked.get("IPv6Address"):
            raise Refused(
                f"{name} has an address of its own in {network}, so there can't be a second one",
                "leave the address to the engine",
                reason="conflict",
            )


def copy(seen: Whole, image: str, number: int, name: str) -> Recipe:
    """A container like the one that was seen, with that number and name, and new volumes where they have no name."""
    made = recipe(_without_nameless(seen), image)
    labels = {key: value for key, value in (seen.config.get("Labels") or {}).items() if key != _REPLACED}
    body = {key: value for key, value in made.body.items() if key != "MacAddress"}
    body["Labels"] = labels | {NUMBER: str(number)}
    networking = body.get("NetworkingConfig")
    if networking is not None:
        first = networking["EndpointsConfig"]
        body["NetworkingConfig"] = {
            "EndpointsConfig": {network: _renamed(config, seen.own_name, name) for network, config in first.items()}
        }
    others = (Endpoint(one.network, one.name, _renamed(one.config, seen.own_name, name)) for one in made.others)
    return Recipe(body, tuple(others))


def _renamed(endpoint: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    """The same aliases, with the new one's own name in the place of the old one's."""
    aliases = [new if alias == old else alias for alias in endpoint.get("Aliases") or ()]
    kept = {key: value for key, value in endpoint.items() if key != "Aliases"}
    return kept | ({"Aliases": aliases} if aliases else {})


def _without_nameless(seen: Whole) -> Whole:
    """Without the volumes that have no name: each container has its own, made from the same list."""
    nameless = {one.name for one in seen.mounts or () if one.type == "volume" and _WITHOUT_NAME.fullmatch(one.name)}
    targets = [one.destination for one in seen.mounts or () if one.name in nameless]
    host = dict(seen.host_config)
    host["Binds"] = [bind for bind in host.get("Binds") or () if bind.split(":")[0] not in nameless]
    asked = [one | {"Source": ""} if one.get("Source") in nameless else one for one in host.get("Mounts") or ()]
    host["Mounts"] = asked or None
    named = {one.get("Target") for one in asked}
    new: dict[str, Any] = {where: {} for where in targets if where not in named}
    volumes = (seen.config.get("Volumes") or {}) | new
    return replace(
        seen,
        host_config=host,
        config=seen.config | {"Volumes": volumes or None},
        mounts=[one for one in seen.mounts or () if one.name not in nameless],
    )
