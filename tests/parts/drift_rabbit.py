"""A RabbitMQ that is changed for real: policies, permissions, users, virtual hosts, parameters."""

from collections.abc import Callable, Mapping, Sequence

from tests.parts.drift_world import CANARY, Mutation
from tests.parts.rabbitmq import RabbitServer

FIX = ("drift.rabbitmq",)
_POLICY = {"pattern": "^wf-drift-none", "apply-to": "queues", "priority": 1, "definition": {"max-length": 9}}
_MAY = {"configure": "^$", "write": "^$", "read": "^$"}
_POLICIES = ("pattern", "apply-to", "priority", "definition", "gone")
_USERS = ("configure", "write", "read", "granted", "tags", "gone", "new")


class Broker:
    """The things of one world, all of them called wf-drift-…"""

    def __init__(self, server: RabbitServer) -> None:
        self.server = server

    def agreed(self) -> None:
        """Everything as it is meant to be."""
        self.vhost("said", {"description": "one"})
        for name in _POLICIES:
            self.policy(name)
        for name in _USERS[:-1]:
            self.user(name)
        for name in _USERS[:3]:
            self.may(name)

    def policy(self, name: str, **other: object) -> None:
        """Set a policy that no queue has."""
        self.server.api("PUT", f"policies/%2F/wf-drift-{name}", _POLICY | other)

    def may(self, name: str, **other: str) -> None:
        """Say what a user may."""
        self.server.api("PUT", f"permissions/%2F/wf-drift-{name}", _MAY | other)

    def user(self, name: str, tags: str = "") -> None:
        """Make a user, or change one."""
        self.server.api("PUT", f"users/wf-drift-{name}", {"password": CANARY, "tags": tags})

    def vhost(self, name: str, said: Mapping[str, str]) -> None:
        """Make a virtual host, or change one."""
        self.server.api("PUT", f"vhosts/wf-drift-{name}", said)

    def remove(self, path: str) -> None:
        """Take something away, if it is there."""
        self.server.api("DELETE", path)

    def end(self) -> None:
        """Whatever is left."""
        for kind, path in (("policies", "policies/%2F"), ("users", "users"), ("vhosts", "vhosts")):
            for one in self.server.api("GET", kind):
                if one["name"].startswith("wf-drift-"):
                    self.remove(f"{path}/{one['name']}")


def _policy(fact: str, told: str, **other: object) -> Mutation:
    return Mutation(f"{told} of a policy", {f"changed rabbitmq:mq/policy/%2F/wf-drift-{fact}#{told}": FIX},
                    lambda broker: broker.policy(fact, **other))  # fmt: skip


def _may(fact: str) -> Mutation:
    return Mutation(f"what a user may {fact}", {f"changed rabbitmq:mq/permission/%2F/wf-drift-{fact}#{fact}": FIX},
                    lambda broker: broker.may(fact, **{fact: ".*"}))  # fmt: skip


def _removed(path: str) -> Callable[[Broker], object]:
    return lambda broker: broker.remove(path)


MUTATIONS: Sequence[Mutation] = (
    _policy("pattern", "pattern", pattern="^wf-drift-other"),
    _policy("apply-to", "apply-to", **{"apply-to": "all"}),
    _policy("priority", "priority", priority=2),
    _policy("definition", "definition.max-length", definition={"max-length": 8}),
    Mutation("a policy that is gone", {"removed rabbitmq:mq/policy/%2F/wf-drift-gone": FIX},
             _removed("policies/%2F/wf-drift-gone")),
    Mutation("a policy that nobody agreed on", {"added rabbitmq:mq/policy/%2F/wf-drift-extra": FIX},
             lambda broker: broker.policy("extra")),
    _may("configure"),
    _may("write"),
    _may("read"),
    Mutation("a permission that nobody agreed on", {"added rabbitmq:mq/permission/%2F/wf-drift-granted": FIX},
             lambda broker: broker.may("granted")),
    Mutation("the tags of a user", {"changed rabbitmq:mq/user/wf-drift-tags#tags": ()},
             lambda broker: broker.user("tags", "administrator"), lambda broker: broker.user("tags")),
    Mutation("a user that is gone", {"removed rabbitmq:mq/user/wf-drift-gone": ()}, _removed("users/wf-drift-gone"),
             lambda broker: broker.user("gone")),
    Mutation("a user that nobody agreed on", {"added rabbitmq:mq/user/wf-drift-new": ()},
             lambda broker: broker.user("new"), _removed("users/wf-drift-new")),
    Mutation("what is said of a virtual host", {"changed rabbitmq:mq/vhost/wf-drift-said#description": ()},
             lambda broker: broker.vhost("said", {"description": "two"}),
             lambda broker: broker.vhost("said", {"description": "one"})),
)  # fmt: skip
