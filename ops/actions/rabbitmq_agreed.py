"""Requests that make a policy or a permission of RabbitMQ again what was agreed; pure."""

from collections.abc import Mapping
from typing import Literal
from urllib.parse import quote

import msgspec

from ops.actions.errors import Refused
from ops.drift.named import raw_name
from ops.drift.structs import Item, Value
from ops.runner.calls import Rabbitmq

_PLACES: Mapping[str, str] = {
    "policy": "policies",
    "operator_policy": "operator-policies",
    "permission": "permissions",
}
"""Where the API has each kind of item."""
_DEFINITION = "definition."


def can(item: str) -> bool:
    """Whether there is a request for an item of that name."""
    parts = item.split("/")
    return len(parts) == 4 and parts[1] in _PLACES


def request(target: str, item: str, agreed: Item | None) -> Rabbitmq:
    """Put it as it was agreed; take it away where nothing was. Raises Refused for what can't be written so."""
    _, kind, vhost, name = item.split("/")
    path = f"/{_PLACES[kind]}/{quote(raw_name(vhost), safe='')}/{quote(raw_name(name), safe='')}"
    if agreed is None:
        return Rabbitmq(target=target, method="DELETE", path=path)
    if not agreed.kept:
        message = "something of it is secret, and only a digest of that is kept"
        raise Refused(message, "set it with rabbitmqctl by hand", reason="missing")
    method: Literal["PUT"] = "PUT"
    return Rabbitmq(target=target, method=method, path=path, body=msgspec.Raw(_body(agreed.facts)))


def _body(facts: Mapping[str, Value]) -> bytes:
    """The facts as the API takes them; what stood inside the definition goes back there."""
    plain = {name: value for name, value in facts.items() if not name.startswith(_DEFINITION)}
    inside = {name.removeprefix(_DEFINITION): value for name, value in facts.items() if name.startswith(_DEFINITION)}
    if any("." in name for name in inside):
        message = "its definition has parts of parts"
        raise Refused(message, "set it with rabbitmqctl set_policy by hand", reason="missing")
    whole = plain | ({"definition": {raw_name(name): value for name, value in inside.items()}} if inside else {})
    return msgspec.json.encode(whole, order="deterministic")
