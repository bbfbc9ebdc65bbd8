"""What a service of a compose file asks for, as facts, and what `docker compose up` would change of what runs; pure."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from collectors.units import Size
from ops.drift.docker.compose_file import plain
from ops.drift.docker.facts import env_facts
from ops.drift.docker.hiding import Digest, hidden, hidden_words
from ops.drift.named import safe_name
from ops.drift.structs import Value

NOTHING = "nothing"
_TEXTS = ("image", "user", "working_dir", "hostname", "network_mode", "container_name")
_COMPARED = ("image", "command", "entrypoint", "user", "working_dir", "hostname", "restart", "limits.memory_bytes",
             "privileged", "read_only")  # fmt: skip
"""Facts that a container has under the same name, and that are compared where the file asks for them."""


def service_facts(asked: Mapping[str, Any], environment: Mapping[str, str], digest: Digest) -> dict[str, Value]:
    """What the file asks for, by the names that a container's facts have, as far as both can be compared."""
    facts: dict[str, Value] = {name: plain(asked[name]) for name in _TEXTS if asked.get(name) not in (None, "")}
    for name in ("command", "entrypoint"):
        if asked.get(name) is not None:
            facts[name] = hidden_words(_words(asked[name]), digest)
    for name in ("privileged", "read_only"):
        facts |= {name: True} if asked.get(name) else {}
    facts |= {"restart": plain(asked["restart"])} if asked.get("restart") is not None else {}
    facts |= _memory(asked)
    facts["replicas"] = _replicas(asked)
    for name in ("ports", "volumes", "networks", "cap_add", "cap_drop", "depends_on"):
        listed = asked.get(name)
        if listed:
            facts[name] = tuple(sorted(hidden(_short(one), digest) for one in listed))
    for key, value in _named(asked.get("labels")).items():
        facts[f"labels.{safe_name(key)}"] = hidden(value, digest, key)
    return dict(sorted(facts.items())) | env_facts((f"{name}={value}" for name, value in environment.items()), digest)


def up_would(asked: Mapping[str, Value], running: Sequence[Mapping[str, Value]]) -> str:
    """What `docker compose up` would change, as far as the file says it: "nothing", "create 2", "recreate: image".

    `running` are the facts of the service's containers.
    """
    wanted = asked.get("replicas")
    changes = []
    if isinstance(wanted, int) and len(running) != wanted:
        changes.append(
            f"create {wanted - len(running)}" if len(running) < wanted else f"remove {len(running) - wanted}"
        )
    differing = sorted({name for facts in running for name in _differing(asked, facts)})
    if differing:
        changes.append(f"recreate: {', '.join(differing)}")
    idle = sum(facts.get("state") == "stopped" for facts in running)
    if idle and not differing:
        changes.append(f"start {idle}")
    return "; ".join(changes) or NOTHING


def _differing(asked: Mapping[str, Value], facts: Mapping[str, Value]) -> list[str]:
    compared = [name for name in asked if name in _COMPARED or name.startswith(("env.", "labels."))]
    found = [name for name in compared if asked[name] != facts.get(name)]
    return found + (["ports"] if _ports_differ(asked.get("ports"), facts.get("ports")) else [])


def _ports_differ(asked: Value | None, live: Value | None) -> bool:
    """Whether another number of ports is published than the short forms ask for."""
    if not isinstance(asked, tuple) or any("-" in one or "{" in one for one in asked):
        return False
    return len(asked) != (len(live) if isinstance(live, tuple) else 0)


def _words(value: object) -> list[str]:
    if isinstance(value, list):
        return [plain(one) for one in value]
    try:
        return shlex.split(plain(value))
    except ValueError:
        return [plain(value)]


def _memory(asked: Mapping[str, Any]) -> dict[str, Value]:
    deploy = asked.get("deploy") or {}
    limits = ((deploy.get("resources") or {}).get("limits") or {}) if isinstance(deploy, Mapping) else {}
    given = asked.get("mem_limit") or (limits.get("memory") if isinstance(limits, Mapping) else None)
    if given is None:
        return {}
    return {"limits.memory_bytes": bytes_of(plain(given))}


def bytes_of(text: str) -> Value:
    """A size as Compose writes it ("64m", "1gb": 1024 each), in bytes; the text itself where it is none."""
    number = text.strip().lower().removesuffix("b")
    units = {"k": "KiB", "m": "MiB", "g": "GiB"}
    try:
        return int(Size.parse(f"{number[:-1]}{units[number[-1]]}")) if number[-1:] in units else int(number)
    except ValueError:
        return text


def _replicas(asked: Mapping[str, Any]) -> int:
    deploy = asked.get("deploy") or {}
    given = asked.get("scale", deploy.get("replicas") if isinstance(deploy, Mapping) else None)
    return given if isinstance(given, int) else 1


def _short(value: object) -> str:
    """One of a list: as it is written, or the parts of its long form in an order of their own."""
    if isinstance(value, Mapping):
        return ",".join(f"{key}={plain(one)}" for key, one in sorted(value.items(), key=lambda pair: str(pair[0])))
    return plain(value)


def _named(value: object) -> dict[str, str]:
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    pairs = (str(one).partition("=") for one in value) if isinstance(value, list) else ()
    return {name: rest for name, _, rest in pairs}
