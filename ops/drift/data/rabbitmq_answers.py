"""What RabbitMQ's management API tells of its settings, as items; pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from collectors.text import clean
from ops.drift.hiding import told
from ops.drift.named import safe_name
from ops.drift.structs import DIGEST, Item, Value

Digest = Callable[[str, str], str]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One list of the API, and which of its fields are facts."""

    kind: str
    path: str
    named: tuple[str, ...]
    """Fields that make the item's name."""
    facts: tuple[str, ...]
    """Fields that are facts; of an object each of its own fields."""
    secret: tuple[str, ...] = ()
    """Fields of which only a digest is kept."""
    first: bool = False
    """Without its answer nothing can be read."""
    needs: str = ""
    """A field that is only there while the thing runs; without it nothing of it is known."""

    def counts(self, row: Mapping[str, Any]) -> bool:
        """Whether it is a thing of somebody's own that has a name."""
        return all(isinstance(row.get(name), str) for name in self.named)

    def item(self, prefix: str, row: Mapping[str, Any], digest: Digest) -> Item:
        """The item of one thing of the list."""
        parts = (self.kind, *(_part(row[name]) for name in self.named))
        if self.needs and row.get(self.needs) is None:
            return Item(name=prefix + "/".join(parts), unreadable={"": f"this {self.kind} does not tell of itself now"})
        facts: dict[str, Value] = {}
        for name in self.facts:
            facts |= flat(name, row.get(name), digest, secret=name in self.secret)
        whole = not any(isinstance(value, str) and DIGEST in value for value in facts.values())
        return Item(name=prefix + "/".join(parts), facts=facts, kept=whole)


QUESTIONS: Sequence[Question] = (
    Question(
        kind="cluster",
        path="overview?columns=rabbitmq_version,cluster_name,rates_mode",
        named=(),
        facts=("rabbitmq_version", "cluster_name", "rates_mode"),
        first=True,
    ),
    Question(
        kind="node",
        path="nodes?columns=name,mem_limit,disk_free_limit,config_files,enabled_plugins,net_ticktime,fd_total",
        named=("name",),
        facts=("mem_limit", "disk_free_limit", "config_files", "enabled_plugins", "net_ticktime", "fd_total"),
        needs="enabled_plugins",
    ),
    Question(
        kind="vhost",
        path="vhosts?columns=name,default_queue_type,description,tracing",
        named=("name",),
        facts=("default_queue_type", "description", "tracing"),
    ),
    Question(
        kind="policy",
        path="policies",
        named=("vhost", "name"),
        facts=("pattern", "apply-to", "priority", "definition"),
    ),
    Question(
        kind="operator_policy",
        path="operator-policies",
        named=("vhost", "name"),
        facts=("pattern", "apply-to", "priority", "definition"),
    ),
    Question(kind="user", path="users?columns=name,tags,limits", named=("name",), facts=("tags", "limits")),
    Question(
        kind="permission",
        path="permissions",
        named=("vhost", "user"),
        facts=("configure", "write", "read"),
    ),
    Question(
        kind="parameter",
        path="parameters",
        named=("component", "vhost", "name"),
        facts=("value",),
        secret=("value",),
    ),
)
"""What is asked, in this order; hashes of passwords are never asked for."""


def flat(name: str, value: object, digest: Digest, *, secret: bool = False) -> dict[str, Value]:
    """A field as facts: an object as one for each of its fields, a list in its order, text with its secrets hidden."""
    if value is None:
        return {}
    if secret:
        return {name: digest(name, msgspec.json.encode(value, order="deterministic").decode())}
    if isinstance(value, dict):
        found: dict[str, Value] = {}
        for key, inner in value.items():
            found |= flat(f"{name}.{safe_name(str(key))}", inner, digest)
        return found
    if isinstance(value, list):
        return {name: tuple(clean(one) for one in value)}
    return {name: value if isinstance(value, bool | int | float) else told(digest, name, str(value))}


def _part(name: str) -> str:
    """A virtual host's name may be "/" itself, and any other may have one."""
    return safe_name(name).replace("/", "%2F")
