"""What a container is made anew from: its own inspection, as the body of a request to create one like it; pure."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ops.actions.docker import MountPoint, Whole

_OF_THE_IMAGE = ("User", "WorkingDir", "Healthcheck", "StopSignal", "Shell", "OnBuild", "ArgsEscaped")
_BUILT_IN = ("", "default", "bridge", "host", "none")
_NOT_GIVEN = ("ContainerIDFile",)


class Endpoint(NamedTuple):
    """A network to be connected to, by its exact id, and how."""

    network: str
    name: str
    config: dict[str, Any]


class Recipe(NamedTuple):
    """The body of POST /containers/create, and the networks that are joined before the start."""

    body: dict[str, Any]
    others: tuple[Endpoint, ...]

    @property
    def networks(self) -> tuple[str, ...]:
        """Names of all its networks that are somebody's own."""
        first = self.body.get("NetworkingConfig", {}).get("EndpointsConfig", {})
        return (*first, *(endpoint.name for endpoint in self.others))


def recipe(seen: Whole, image: str, image_config: Mapping[str, Any] | None = None) -> Recipe:
    """A container like the one that was seen, from `image` (a name or an id).

    With `image_config`, the Config of the image that it was made from before, what came from that image is left to the
    new one: its command, environment, labels. Volumes stay the same ones, also those without a name.
    """
    config = dict(seen.config) | {"Image": image}
    mode = str(seen.host_config.get("NetworkMode") or "")
    if config.get("Hostname") == seen.id[:12]:
        del config["Hostname"]  # The engine's default, which is the short id: the new one has its own.
    if mode.startswith("container:"):
        for name in ("Hostname", "Domainname", "MacAddress", "ExposedPorts"):
            config.pop(name, None)
    if mode == "host":
        config.pop("Hostname", None)
    if image_config is not None:
        config = without_image(config, image_config)
    first, others = _endpoints(seen, mode)
    body = config | {"HostConfig": _host_config(seen)}
    if first is not None:
        body["NetworkingConfig"] = {"EndpointsConfig": {first.name: first.config}}
    return Recipe(body, others)


def without_image(config: Mapping[str, Any], image: Mapping[str, Any]) -> dict[str, Any]:
    """A container's Config without what it has from its image's, as docker run would be told it."""
    kept = {name: value for name, value in config.items() if name not in _OF_THE_IMAGE or value != image.get(name)}
    if config.get("Entrypoint") == image.get("Entrypoint"):
        kept.pop("Entrypoint", None)
        if config.get("Cmd") == image.get("Cmd"):
            kept.pop("Cmd", None)
    kept["Env"] = [pair for pair in config.get("Env") or () if pair not in (image.get("Env") or ())]
    for name in ("Labels", "Volumes", "ExposedPorts"):
        own, theirs = config.get(name) or {}, image.get(name) or {}
        kept[name] = {key: value for key, value in own.items() if key not in theirs or theirs[key] != value}
    return kept


def _host_config(seen: Whole) -> dict[str, Any]:
    host = {name: value for name, value in seen.host_config.items() if name not in _NOT_GIVEN}
    mounts = {mount.destination: mount for mount in seen.mounts or () if mount.type == "volume" and mount.name}
    asked = [_with_volume(dict(one), mounts) for one in host.get("Mounts") or ()]
    binds = [bind for bind in host.get("Binds") or () if ":" in bind]
    named = {bind.split(":")[1] for bind in binds} | {one.get("Target") for one in asked}
    binds += [_bind(mount) for where, mount in mounts.items() if where not in named]
    host["Binds"] = binds or None
    if asked:
        host["Mounts"] = asked
    host["Links"] = [_link(link) for link in host.get("Links") or ()] or None
    return host


def _with_volume(asked: dict[str, Any], mounts: Mapping[str, MountPoint]) -> dict[str, Any]:
    """A mount of a volume without a name gets the name that the engine gave it."""
    found = mounts.get(str(asked.get("Target")))
    return asked | {"Source": found.name} if asked.get("Type") == "volume" and found else asked


def _bind(mount: MountPoint) -> str:
    return f"{mount.name}:{mount.destination}" + ("" if mount.rw else ":ro")


def _link(link: str) -> str:
    """ "/db:/web-1/database" as it was asked for: "db:database"."""
    target, _, alias = link.partition(":")
    return f"{target.removeprefix('/')}:{alias.rpartition('/')[2]}"


def _endpoints(seen: Whole, mode: str) -> tuple[Endpoint | None, tuple[Endpoint, ...]]:
    """The endpoint that goes with the creation, and those that must be connected after it (API before 1.44)."""
    first, others = None, []
    for name, settings in (seen.network_settings.networks or {}).items():
        own = name not in _BUILT_IN
        endpoint = Endpoint(str(settings.get("NetworkID") or name), name, _endpoint(settings, seen.id, own=own))
        if mode in (name, settings.get("NetworkID")) or (mode in ("", "default") and name == "bridge"):
            first = endpoint if own else first
        else:
            others.append(endpoint)
    return first, tuple(others)


def _endpoint(settings: Mapping[str, Any], container_id: str, *, own: bool) -> dict[str, Any]:
    """What was asked for of an endpoint, without what the engine chose: addresses, gateways, its own alias."""
    if not own:
        return {}
    aliases = [alias for alias in settings.get("Aliases") or () if alias != container_id[:12]]
    asked = {"IPAMConfig": settings.get("IPAMConfig"), "DriverOpts": settings.get("DriverOpts")}
    links = [_link(link) for link in settings.get("Links") or ()]
    return {name: value for name, value in (asked | {"Aliases": aliases, "Links": links}).items() if value}
