"""A RabbitMQ with things of a shop in it, and a set of it."""

from pathlib import Path

from collectors.backup import BackupConfig
from collectors.rabbitmq import RabbitConfig, RabbitMq
from ops.backup.base import Place
from ops.config.structs import TargetSpec
from tests.parts.rabbitmq import USER, RabbitServer
from tests.parts.tree_backups import place

VHOST = "wf shop/1"
QUOTED = "wf%20shop%2F1"


def fill(server: RabbitServer) -> None:
    """A virtual host with a user, queues, an exchange, a binding and a policy."""
    server.api("PUT", f"vhosts/{QUOTED}")
    server.add_user("wf-orders", "wf-canary-orders", "")
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    for user in (USER, "wf-orders"):
        server.api("PUT", f"permissions/{QUOTED}/{user}", everything)
    server.api("PUT", f"queues/{QUOTED}/orders", {"durable": True, "arguments": {"x-max-length": 10}})
    server.api("PUT", f"queues/{QUOTED}/mails", {"durable": True})
    server.api("PUT", f"exchanges/{QUOTED}/events", {"type": "topic", "durable": True})
    server.api("POST", f"bindings/{QUOTED}/e/events/q/orders", {"routing_key": "order.*"})
    server.api("PUT", f"policies/{QUOTED}/short", {"pattern": "^mails", "definition": {"max-length": 5}})


def clear(server: RabbitServer) -> None:
    """Take all of it away."""
    server.api("DELETE", f"vhosts/{QUOTED}")
    if any(one["name"] == "wf-orders" for one in server.api("GET", "users")):
        server.api("DELETE", "users/wf-orders")


def set_of(server: RabbitServer, scratch: Path, *, name: str = "queue", key_file: str = "") -> Place:
    """A set of that broker, which the config calls `name`."""
    config = RabbitConfig(name=name, url=server.url, user=USER)
    secrets = {"password": server.password}
    spec = TargetSpec(id=f"rabbitmq:{name}", collector=RabbitMq, config=config, secrets=secrets)  # type: ignore[arg-type]
    backup = BackupConfig(name="queue", kind="rabbitmq", target="file:///nowhere", key_file=key_file)
    return place(scratch, backup, spec)
