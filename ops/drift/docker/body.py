"""A container's facts, back as the request to create one like it; pure."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from ops.actions.recreating import Endpoint, Recipe
from ops.drift.docker.hiding import Known, is_digest
from ops.drift.docker.mounts import asked_mounts
from ops.drift.docker.table import CONFIG, HOST, again, named, write
from ops.drift.named import raw_name
from ops.drift.structs import Value

_NANO = 10**9
_BUILT_IN = ("default", "bridge", "host", "none")


class Revealed(NamedTuple):
    """Facts with their names as the engine has them and digests replaced by what they are of."""

    facts: dict[str, Value]
    missing: tuple[str, ...]
    """Facts whose digest nothing is known for: "env.DATABASE_URL"."""


def revealed(facts: Mapping[str, Value], known: Known) -> Revealed:
    """Find the text of every digest."""
    plain: dict[str, Value] = {}
    missing = []
    for name, value in facts.items():
        found = _found(value, known)
        if found is None:
            missing.append(name)
        else:
            plain[raw_name(name)] = found
    return Revealed(plain, tuple(missing))


def _found(value: Value, known: Known) -> Value | None:
    if isinstance(value, tuple):
        words = [known.get(word) if is_digest(word) else word for word in value]
        return None if None in words else tuple(word for word in words if word is not None)
    return known.get(str(value)) if is_digest(value) else value


def creation(facts: Mapping[str, Value], image: str, volumes: Mapping[str, str], networks: Mapping[str, str]) -> Recipe:
    """The request for a container with these facts (`revealed`), from `image`.

    `volumes` are names of volumes without one that are to be kept, by their place inside; `networks` ids by name.
    """
    asked = asked_mounts(named(facts, "mounts"), volumes)
    config = {field.key: write(field, facts) for field in CONFIG}
    config |= {
        "Image": image,
        "Env": [f"{name}={value}" for name, value in named(facts, "env").items()],
        "Hostname": facts.get("hostname"),
        "Volumes": {place: {} for place in asked.nameless},
        "ExposedPorts": {port: {} for port in _words(facts, "exposed")},
        "Healthcheck": _health(facts),
    }
    host = {field.key: write(field, facts) for field in HOST} | _host(facts)
    host |= {"Binds": asked.binds, "Mounts": asked.mounts, "Tmpfs": asked.tmpfs}
    first, others = _endpoints(facts, networks)
    body = _said(config) | _rest(facts, "config") | {"HostConfig": _said(host) | _rest(facts, "host")}
    if first is not None:
        body["NetworkingConfig"] = {"EndpointsConfig": {first.name: first.config}}
    return Recipe(body, others)


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None and value not in ([], {})}


def _rest(facts: Mapping[str, Value], prefix: str) -> dict[str, Any]:
    return {name: again(value) for name, value in named(facts, prefix).items()}


def _words(facts: Mapping[str, Value], name: str) -> Sequence[str]:
    value = facts.get(name, ())
    return value if isinstance(value, tuple) else (str(value),)


def _host(facts: Mapping[str, Value]) -> dict[str, Any]:
    policy, _, most = str(facts.get("restart") or "no").partition(":")
    return {
        "NetworkMode": facts.get("network_mode"),
        "RestartPolicy": {"Name": policy, "MaximumRetryCount": int(most or 0)},
        "PortBindings": _bindings(_words(facts, "ports")),
        "Ulimits": [_limit(name, str(value)) for name, value in named(facts, "ulimits").items()],
        "Devices": [
            dict(zip(("PathOnHost", "PathInContainer", "CgroupPermissions"), one.rsplit(":", 2), strict=False))
            for one in _words(facts, "devices")
        ],
        "Links": list(_words(facts, "links")),
        "LogConfig": {"Type": facts["log.driver"], "Config": named(facts, "log.options")}
        if "log.driver" in facts else None,
    }  # fmt: skip


def _bindings(published: Sequence[str]) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for one in published:
        where, _, port = one.partition("->")
        address, _, number = where.rpartition(":")
        found.setdefault(port, []).append({"HostIp": address.strip("[]"), "HostPort": number})
    return found


def _limit(name: str, value: str) -> dict[str, Any]:
    soft, _, hard = value.partition(":")
    return {"Name": name, "Soft": int(soft), "Hard": int(hard)}


def _health(facts: Mapping[str, Value]) -> dict[str, Any] | None:
    check: dict[str, Any] = {"Test": list(_words(facts, "healthcheck.test"))}
    for key, name in (("Interval", "interval_s"), ("Timeout", "timeout_s"), ("StartPeriod", "start_period_s"),
                      ("StartInterval", "start_interval_s")):  # fmt: skip
        value = facts.get(f"healthcheck.{name}")
        check |= {key: round(value * _NANO)} if isinstance(value, int | float) else {}
    check |= {"Retries": facts["healthcheck.retries"]} if "healthcheck.retries" in facts else {}
    return check if check["Test"] or len(check) > 1 else None


def _endpoints(facts: Mapping[str, Value], networks: Mapping[str, str]) -> tuple[Endpoint | None, tuple[Endpoint, ...]]:
    """The network that goes with the creation, and those that are joined after it."""
    mode, first, others = str(facts.get("network_mode") or "default"), None, []
    for name in _words(facts, "networks"):
        endpoint = Endpoint(networks.get(name) or quote(name, safe=""), name, endpoint_config(facts, name))
        if name == mode:
            first = endpoint if name not in _BUILT_IN else None
        elif not (mode == "default" and name == "bridge"):
            others.append(endpoint)
    return first, tuple(others)


def endpoint_config(facts: Mapping[str, Value], network: str) -> dict[str, Any]:
    """What is asked for where a network is joined."""
    prefix = f"networks.{network}."
    addresses = {
        key: facts[prefix + fact] for key, fact in (("IPv4Address", "ipv4"), ("IPv6Address", "ipv6"))
        if prefix + fact in facts
    }  # fmt: skip
    options = facts.get(prefix + "options")
    config = {
        "IPAMConfig": addresses,
        "Aliases": list(_words(facts, prefix + "aliases")),
        "Links": list(_words(facts, prefix + "links")),
        "DriverOpts": again(options) if options else None,
    }
    return {name: value for name, value in config.items() if value}
