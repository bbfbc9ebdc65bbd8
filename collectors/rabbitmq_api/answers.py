"""What the management API answers, as far as it is read: every figure may be missing or of a strange type. Pure.

The names are those of the API ("HTTP API" of RabbitMQ's documentation); `columns=` keeps all else away.
"""

from typing import TypeVar

import msgspec

from collectors.base import CollectError, Value
from collectors.text import clean

Figures = dict[str, object]
T = TypeVar("T")


class Overview(msgspec.Struct, frozen=True):
    """`/api/overview`"""

    rabbitmq_version: str
    rates_mode: str = "basic"
    disable_stats: bool = False
    queue_totals: Figures = {}
    object_totals: Figures = {}
    message_stats: Figures = {}

    @property
    def counts(self) -> bool:
        """Whether messages are counted at all: then what it does not tell is nothing."""
        return self.rates_mode != "none" and not self.disable_stats


class Node(msgspec.Struct, frozen=True):
    """One of `/api/nodes`; one that does not run has a name and little more."""

    name: str
    running: bool = False
    mem_used: object = None
    mem_limit: object = None
    mem_alarm: object = None
    disk_free: object = None
    disk_free_limit: object = None
    disk_free_alarm: object = None
    partitions: list[str] = []


class Listed(msgspec.Struct, frozen=True):
    """One of `/api/queues`; one that was just made, or is down, has no figures yet."""

    name: str
    vhost: str
    type: object = None
    state: object = None
    exclusive: bool = False
    auto_delete: bool = False
    arguments: Figures = {}
    effective_policy_definition: Figures | list[object] | None = None
    consumers: object = None
    memory: object = None
    messages_ready: object = None
    messages_unacknowledged: object = None
    messages_ready_details: object = None
    message_stats: Figures = {}

    @property
    def goes_by_itself(self) -> bool:
        """Whether it ends without anybody's fault: with its last consumer, or unused for a while."""
        policy = self.effective_policy_definition
        return self.auto_delete or "x-expires" in self.arguments or (isinstance(policy, dict) and "expires" in policy)


class Page(msgspec.Struct, frozen=True):
    """One page of `/api/queues`."""

    items: list[Listed]
    total_count: int = 0
    """All that the user may see."""
    filtered_count: int = 0
    """Those of them whose name was asked for."""


class Vhost(msgspec.Struct, frozen=True):
    """One of `/api/vhosts`."""

    name: str


OVERVIEW_COLUMNS = ",".join(Overview.__struct_fields__)
NODE_COLUMNS = ",".join(Node.__struct_fields__)
QUEUE_COLUMNS = ",".join(
    (
        *(name for name in Listed.__struct_fields__ if name not in ("arguments", "effective_policy_definition")),
        "arguments.x-expires",
        "effective_policy_definition.expires",
    )
)

_overview = msgspec.json.Decoder(Overview)
_nodes = msgspec.json.Decoder(list[Node])
_page = msgspec.json.Decoder(Page)
_vhosts = msgspec.json.Decoder(list[Vhost])
_refusal = msgspec.json.Decoder(dict[str, object])


def read_overview(body: bytes) -> Overview:
    """Raises CollectError for what is no overview."""
    return _read(_overview, body)


def read_nodes(body: bytes) -> list[Node]:
    """Raises CollectError for what is no list of nodes."""
    return _read(_nodes, body)


def read_page(body: bytes) -> Page:
    """Raises CollectError for what is no page of queues."""
    return _read(_page, body)


def read_vhosts(body: bytes) -> list[Vhost]:
    """Raises CollectError for what is no list of virtual hosts."""
    return _read(_vhosts, body)


def read_reason(body: bytes) -> str:
    """Why the API refuses, in its own words; "" where it does not say."""
    try:
        return clean(_refusal.decode(body).get("reason", ""))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""


def _read(decoder: "msgspec.json.Decoder[T]", body: bytes) -> T:
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CollectError(
            "the answer is not that of RabbitMQ's management API", reason="protocol", remedy="check the url"
        ) from error


def number(value: object) -> float | int | None:
    """A figure; None for anything else, such as "unlimited"."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def rate_told(figures: Figures, name: str) -> float | None:
    """What the API gives as the rate of a counter."""
    details = figures.get(f"{name}_details")
    return number(details.get("rate")) if isinstance(details, dict) else None


def word(value: object) -> Value:
    """A short text, cleaned; None for anything else."""
    return clean(value) if isinstance(value, str) else None
