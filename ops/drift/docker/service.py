"""Facts of a Swarm service, and a spec that is made to have them again; pure."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from ops.drift.docker.facts import env_facts
from ops.drift.docker.hiding import Digest, hidden, hidden_words
from ops.drift.docker.table import Field, again, named, read, write, written
from ops.drift.named import safe_name
from ops.drift.structs import Value

_CONTAINER = "TaskTemplate.ContainerSpec"
_IMAGE, _ENV, _MOUNTS = f"{_CONTAINER}.Image", f"{_CONTAINER}.Env", f"{_CONTAINER}.Mounts"
_PORTS = "EndpointSpec.Ports"
FIELDS = (
    Field("Mode.Replicated.Replicas", "replicas", "exact"), Field("Labels", "labels", "map"),
    Field(f"{_CONTAINER}.Labels", "container_labels", "map"), Field(f"{_CONTAINER}.Command", "command", "list"),
    Field(f"{_CONTAINER}.Args", "args", "list"), Field(f"{_CONTAINER}.User", "user"),
    Field(f"{_CONTAINER}.Dir", "working_dir"), Field(f"{_CONTAINER}.Hostname", "hostname"),
    Field(f"{_CONTAINER}.ReadOnly", "read_only"), Field(f"{_CONTAINER}.Init", "init"),
    Field(f"{_CONTAINER}.StopSignal", "stop_signal"), Field(f"{_CONTAINER}.Groups", "groups", "set"),
    Field(f"{_CONTAINER}.CapabilityAdd", "cap_add", "set"), Field(f"{_CONTAINER}.CapabilityDrop", "cap_drop", "set"),
    Field(f"{_CONTAINER}.Hosts", "extra_hosts", "list"), Field(f"{_CONTAINER}.Healthcheck", "healthcheck"),
    Field("TaskTemplate.Resources.Limits.NanoCPUs", "limits.cpus", "cpus"),
    Field("TaskTemplate.Resources.Limits.MemoryBytes", "limits.memory_bytes"),
    Field("TaskTemplate.Resources.Limits.Pids", "limits.pids"),
    Field("TaskTemplate.Resources.Reservations.NanoCPUs", "reservations.cpus", "cpus"),
    Field("TaskTemplate.Resources.Reservations.MemoryBytes", "reservations.memory_bytes"),
    Field("TaskTemplate.Placement.Constraints", "constraints", "set"),
    Field("TaskTemplate.Placement.Preferences", "preferences"),
    Field("TaskTemplate.Placement.MaxReplicas", "max_replicas_per_node"),
    Field("TaskTemplate.RestartPolicy", "restart"), Field("TaskTemplate.LogDriver", "log"),
    Field("UpdateConfig", "update"), Field("RollbackConfig", "rollback"), Field("EndpointSpec.Mode", "endpoint_mode"),
)  # fmt: skip
"""Of a service's spec, by the way to each; what is a table or a list of those is JSON."""
_MODES = ("Replicated", "Global", "ReplicatedJob", "GlobalJob")
LASTING = ("mode", "networks", "secrets", "configs")
"""Facts that no update from facts alone can bring back: they name other things by their ids, or never change."""


_REST = {"container": _CONTAINER, "task": "TaskTemplate"}
"""Where what has no field of its own stands, by the beginning of its fact."""
_ELSEWHERE = frozenset({
    _IMAGE, _ENV, _MOUNTS, f"{_CONTAINER}.Secrets", f"{_CONTAINER}.Configs", f"{_CONTAINER}.Isolation", _CONTAINER,
    "TaskTemplate.Resources", "TaskTemplate.Placement", "TaskTemplate.Networks", "TaskTemplate.ForceUpdate",
    "TaskTemplate.Runtime",
})  # fmt: skip


def service_facts(spec: Mapping[str, Any], networks: Mapping[str, str], digest: Digest) -> dict[str, Value]:
    """The facts of a service; `networks` are names by id. How often it was forced to update is none."""
    image, _, image_digest = str(at(spec, _IMAGE) or "").partition("@")
    container = at(spec, _CONTAINER) or {}
    facts: dict[str, Value] = {
        "image": image,
        "mode": next((mode for mode in _MODES if mode in (spec.get("Mode") or {})), "Replicated"),
        **{safe_name(name): value for field in FIELDS for name, value in read(field, at(spec, field.key)).items()},
        **{f"mounts.{safe_name(str(one.get('Target')))}": _mount(one) for one in at(spec, _MOUNTS) or ()},
        **_rest(spec),
    }
    facts |= {"image_digest": image_digest} if image_digest else {}
    ports = tuple(sorted(port_text(one) for one in at(spec, _PORTS) or ()))
    joined = at(spec, "TaskTemplate.Networks") or spec.get("Networks") or ()
    lists = {"ports": ports, "networks": _sorted(networks.get(str(one.get("Target")), "?") for one in joined)}
    for fact, key in (("secrets", "Secrets"), ("configs", "Configs")):
        lists[fact] = _sorted(str(one.get(f"{key[:-1]}Name")) for one in container.get(key) or ())
    facts |= {name: words for name, words in lists.items() if words}
    facts = {name: _shielded(name, value, digest) for name, value in sorted(facts.items())}
    return facts | env_facts(at(spec, _ENV) or (), digest)


def plain_texts(spec: Mapping[str, Any]) -> list[object]:
    """What a digest among the facts of this spec may be of."""
    mounts = [_mount(one) for one in at(spec, _MOUNTS) or ()]
    return [dict(spec), mounts, [read(field, at(spec, field.key)) for field in FIELDS]]


def spec_with(spec: Mapping[str, Any], facts: Mapping[str, Value], wanted: Sequence[str]) -> dict[str, Any]:
    """The spec, with the facts of these names as they are in `facts`; what is not there goes from it."""
    made = deepcopy(dict(spec))
    for field in FIELDS:
        if any(name == field.fact or name.startswith(f"{field.fact}.") for name in wanted):
            value = write(field, facts)
            put(made, field.key, again(value) if isinstance(value, str) else value)
    if {"image", "image_digest"} & set(wanted):
        put(made, _IMAGE, "@".join(str(facts[name]) for name in ("image", "image_digest") if facts.get(name)))
    if any(name.startswith("env.") for name in wanted):
        put(made, _ENV, [f"{name}={value}" for name, value in named(facts, "env").items()])
    if any(name.startswith("mounts.") for name in wanted):
        mounts = {place: again(value) for place, value in named(facts, "mounts").items()}
        put(made, _MOUNTS, [{**one, "Target": place} for place, one in mounts.items() if isinstance(one, dict)])
    for name in wanted:
        prefix, _, key = name.partition(".")
        if prefix in _REST:
            put(made, f"{_REST[prefix]}.{key}", again(facts[name]) if name in facts else None)
    if "ports" in wanted:
        ports = facts.get("ports", ())
        put(made, _PORTS, [port_of(one) for one in ports] if isinstance(ports, tuple) else None)
    return made


def _rest(spec: Mapping[str, Any]) -> dict[str, Value]:
    """What no table knows, such as fields of newer engines, so that it is neither overlooked nor lost."""
    known = {field.key for field in FIELDS} | _ELSEWHERE
    found: dict[str, Value] = {}
    for prefix, path in _REST.items():
        for name, value in (at(spec, path) or {}).items():
            said = value is not None and value is not False and value not in ("", [], {})
            if said and f"{path}.{name}" not in known:
                found[f"{prefix}.{name}"] = value if isinstance(value, str | int | float | bool) else written(value)
    return found


def at(spec: Mapping[str, Any], path: str) -> Any:
    """What stands there; None where nothing does."""
    found: Any = spec
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def put(spec: dict[str, Any], path: str, value: object) -> None:
    """Make it stand there; None takes away what does."""
    *way, last = path.split(".")
    for name in way:
        inner = spec.get(name)
        if not isinstance(inner, dict):
            if value is None:
                return
            inner = spec[name] = {}
        spec = inner
    if value is None:
        spec.pop(last, None)
    else:
        spec[last] = value


def port_text(port: Mapping[str, Any]) -> str:
    """ "8080->80/tcp ingress"; without the first figure where the swarm may choose it."""
    published, target = port.get("PublishedPort") or "", port.get("TargetPort")
    return f"{published}->{target}/{port.get('Protocol') or 'tcp'} {port.get('PublishMode') or 'ingress'}"


def port_of(text: str) -> dict[str, Any]:
    """The port that is written so."""
    published, _, rest = text.partition("->")
    where, _, mode = rest.partition(" ")
    target, _, protocol = where.partition("/")
    port = {"Protocol": protocol, "TargetPort": int(target), "PublishMode": mode}
    return port | ({"PublishedPort": int(published)} if published else {})


def _sorted(words: Any) -> tuple[str, ...]:
    return tuple(sorted(words))


def _mount(one: Mapping[str, Any]) -> str:
    return written({name: value for name, value in one.items() if name != "Target"})


def _shielded(name: str, value: Value, digest: Digest) -> Value:
    if name in ("command", "args") and isinstance(value, tuple):
        return hidden_words(value, digest)
    if isinstance(value, str) and (value[:1] in ("{", "[") or name.startswith(("labels.", "container_labels."))):
        return hidden(value, digest, name.partition(".")[2] if "labels." in name else "")
    return value
