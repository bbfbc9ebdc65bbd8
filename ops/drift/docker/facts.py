"""Facts of a container: all that was asked for of it, without anything that changes by itself; pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from ops.actions.docker import Whole
from ops.drift.docker.hiding import FOUND_AGAIN, Digest, hidden, hidden_words
from ops.drift.docker.mounts import mount_facts
from ops.drift.docker.table import CONFIG, CONFIG_ELSEWHERE, HOST, HOST_ELSEWHERE, read, written
from ops.drift.named import safe_name
from ops.drift.structs import Value

_NANO = 10**9
VOLATILE_LABELS = ("com.docker.compose.replace",)
"""The id of the container that Compose put this one in the place of."""
_OF_THE_ENGINE = ("MaskedPaths", "ReadonlyPaths")
"""Lists that an engine fills in by itself; only that they were emptied says something."""
_WITH_SECRETS = ("labels.", "log.options.")
_STATES = {"running": "running", "restarting": "running", "paused": "paused"}
"""By the engine's word; whatever else is "stopped". One that is restarted again and again is meant to run."""


def container_facts(seen: Whole, names: Mapping[str, str], digest: Digest) -> dict[str, Value]:
    """The facts of an inspected container; `names` are those of all containers by id.

    Environment values are digests, and so are other texts that seem to hold a secret.
    """
    facts = {safe_name(name): _shielded(name, value, digest) for name, value in plain_facts(seen, names).items()}
    return facts | env_facts(seen.config.get("Env") or (), digest)


def plain_facts(seen: Whole, names: Mapping[str, str]) -> dict[str, Value]:
    """All but the environment as it is, secrets too, sorted: for whoever looks for the text of a digest."""
    config, host = seen.config, seen.host_config
    facts: dict[str, Value] = {
        "image": seen.image_name,
        "image_digest": seen.image,
        "state": _STATES.get(seen.state.status, "stopped"),
        "restart": _restart(host.get("RestartPolicy") or {}),
        **dict(_from_table(config, _named(host, names))),
        **_hostname(seen),
        **_ports(config, host),
        **{f"mounts.{place}": mounted for place, mounted in mount_facts(config, host).items()},
        **_health(config.get("Healthcheck") or {}),
        **_lists(host),
        **_networks(seen, names),
    }
    return dict(sorted(facts.items()))


def env_facts(pairs: Any, digest: Digest, prefix: str = "env") -> dict[str, Value]:
    """NAME=value as salted digests by name, sorted; the value is in none."""
    found = {}
    for pair in pairs:
        name, _, value = str(pair).partition("=")
        found[f"{prefix}.{safe_name(name)}"] = digest(FOUND_AGAIN, value)
    return dict(sorted(found.items()))


def _named(host: Mapping[str, Any], names: Mapping[str, str]) -> Mapping[str, Any]:
    """The same with names of other containers for their ids, which change when those are made anew."""
    modes = {key: _of_container(str(host.get(key) or ""), names) for key in ("IpcMode", "PidMode")}
    volumes = [one.partition(":") for one in host.get("VolumesFrom") or ()]
    return {**host, **modes, "VolumesFrom": [f"{names.get(one, one)}{sign}{how}" for one, sign, how in volumes]}


def _of_container(mode: str, names: Mapping[str, str]) -> str:
    """ "container:" with a name in place of an id; any other mode as it is."""
    kind, _, other = mode.partition(":")
    return f"container:{names.get(other, other)}" if kind == "container" else mode


def _from_table(config: Mapping[str, Any], host: Mapping[str, Any]) -> Iterator[tuple[str, Value]]:
    for field in CONFIG:
        for name, value in read(field, config.get(field.key)).items():
            if name.removeprefix("labels.") not in VOLATILE_LABELS:
                yield name, value
    for field in HOST:
        if field.key == "MemorySwap" and host.get("MemorySwap") == 2 * (host.get("Memory") or 0):
            continue  # The engine's own choice where none was made.
        yield from read(field, host.get(field.key)).items()
    yield from _rest("config", config, {one.key for one in CONFIG} | CONFIG_ELSEWHERE)
    yield from _rest("host", host, {one.key for one in HOST} | HOST_ELSEWHERE)


def _rest(prefix: str, values: Mapping[str, Any], known: set[str]) -> Iterator[tuple[str, Value]]:
    """What no table knows, such as fields of newer engines, so that it is neither overlooked nor lost."""
    for name, value in values.items():
        if name in _OF_THE_ENGINE:
            if value == []:
                yield f"{prefix}.{name}", "[]"
        elif name not in known and value:
            yield f"{prefix}.{name}", value if isinstance(value, str | int | float | bool) else written(value)


def _restart(policy: Mapping[str, Any]) -> str:
    name, most = policy.get("Name") or "no", policy.get("MaximumRetryCount") or 0
    return f"{name}:{most}" if most else str(name)


def _hostname(seen: Whole) -> dict[str, Value]:
    """Only one that was asked for: the engine's own is the short id, that of the host, or another container's."""
    name = str(seen.config.get("Hostname") or "")
    mode = str(seen.host_config.get("NetworkMode") or "")
    chosen = not name or name == seen.id[:12] or mode == "host" or mode.startswith("container:")
    return {} if chosen else {"hostname": name}


def _ports(config: Mapping[str, Any], host: Mapping[str, Any]) -> dict[str, Value]:
    published = []
    for port, bindings in (host.get("PortBindings") or {}).items():
        for one in bindings or ():
            address = str(one.get("HostIp") or "")
            address = f"[{address}]" if ":" in address else address
            published.append(f"{address}:{one.get('HostPort') or ''}->{port}")
    facts: dict[str, Value] = {"ports": tuple(sorted(published))} if published else {}
    exposed = config.get("ExposedPorts") or ()
    return facts | ({"exposed": tuple(sorted(exposed))} if exposed else {})


def _health(check: Mapping[str, Any]) -> dict[str, Value]:
    facts: dict[str, Value] = {"healthcheck.test": tuple(check["Test"])} if check.get("Test") else {}
    for key, name in (("Interval", "interval_s"), ("Timeout", "timeout_s"), ("StartPeriod", "start_period_s"),
                      ("StartInterval", "start_interval_s")):  # fmt: skip
        if check.get(key):
            facts[f"healthcheck.{name}"] = check[key] / _NANO
    return facts | ({"healthcheck.retries": check["Retries"]} if check.get("Retries") else {})


def _lists(host: Mapping[str, Any]) -> dict[str, Value]:
    """Limits of processes, devices, links, and where the log goes."""
    facts: dict[str, Value] = {}
    for limit in host.get("Ulimits") or ():
        facts[f"ulimits.{limit.get('Name')}"] = f"{limit.get('Soft')}:{limit.get('Hard')}"
    devices = [
        ":".join(str(one.get(key) or "") for key in ("PathOnHost", "PathInContainer", "CgroupPermissions"))
        for one in host.get("Devices") or ()
    ]
    facts |= {"devices": tuple(sorted(devices))} if devices else {}
    links = host.get("Links") or ()
    facts |= {"links": tuple(sorted(link_asked(one) for one in links))} if links else {}
    log = host.get("LogConfig") or {}
    facts |= {"log.driver": log["Type"]} if log.get("Type") else {}
    return facts | {f"log.options.{name}": str(value) for name, value in (log.get("Config") or {}).items()}


def link_asked(link: str) -> str:
    """ "/db:/web-1/database" as it was asked for: "db:database"."""
    target, _, alias = link.partition(":")
    return f"{target.removeprefix('/')}:{alias.rpartition('/')[2]}"


def _networks(seen: Whole, names: Mapping[str, str]) -> dict[str, Value]:
    """Its networks by name with what was asked for there; addresses that the engine chose are left out."""
    joined = seen.network_settings.networks or {}
    by_id = {str(one.get("NetworkID")): name for name, one in joined.items()}
    mode = str(seen.host_config.get("NetworkMode") or "default")
    mode = _of_container(by_id.get(mode, mode), names)
    facts: dict[str, Value] = {"network_mode": mode, "networks": tuple(sorted(joined))}
    engines = (seen.id[:12], seen.own_name, seen.config.get("Hostname"))
    for name, one in joined.items():
        asked = one.get("IPAMConfig") or {}
        own = [alias for alias in one.get("Aliases") or () if alias not in engines]
        facts |= {f"networks.{name}.aliases": tuple(sorted(set(own)))} if own else {}
        for key, fact in (("IPv4Address", "ipv4"), ("IPv6Address", "ipv6")):
            facts |= {f"networks.{name}.{fact}": str(asked[key])} if asked.get(key) else {}
        links = [link_asked(link) for link in one.get("Links") or ()]
        facts |= {f"networks.{name}.links": tuple(sorted(links))} if links else {}
        options = one.get("DriverOpts")
        facts |= {f"networks.{name}.options": written(options)} if options else {}
    return facts


def _shielded(name: str, value: Value, digest: Digest) -> Value:
    """Commands, labels, options of logs, and what is JSON: as they are, or as digests."""
    if isinstance(value, tuple) and name in ("command", "entrypoint", "healthcheck.test"):
        return hidden_words(value, digest)
    if isinstance(value, str) and (name.startswith(_WITH_SECRETS) or value[:1] in ("{", "[")):
        return hidden(value, digest, name if name.startswith(_WITH_SECRETS) else "")
    return value
